import { toErrorData, type ErrorData } from '../../core/errors';
import type { CheckRequest, CheckResult } from '../../protocol/engineApi';

/** Where the model that an adapter is to be loaded onto may be known from. */
export interface ModelClues {
  /** What somebody said: asked for, analyzed with, or chosen. */
  chosen(): Promise<string | undefined>;
  /** What the adapter's config names, where it is on this machine. */
  named(): Promise<string | undefined>;
}

/**
 * A load check with the best model that is known. What only the config names may be no model that can be read: names
 * are compared with nothing then, as without it.
 * @throws what `check` throws otherwise
 */
export async function checkAgainst(
  adapter: string,
  clues: ModelClues,
  engine: {
    readonly check: (request: CheckRequest) => Promise<CheckResult>;
    readonly onUnusable: (error: ErrorData) => void;
  },
): Promise<CheckResult> {
  const chosen = await clues.chosen();
  if (chosen !== undefined) return engine.check({ adapter, model: chosen });
  const named = await clues.named();
  if (named === undefined) return engine.check({ adapter });
  try {
    return await engine.check({ adapter, model: named });
  } catch (thrown) {
    const error = toErrorData(thrown);
    if (error.code === 'cancelled') throw thrown;
    engine.onUnusable(error);
    return engine.check({ adapter });
  }
}
