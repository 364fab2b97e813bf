import { toErrorData, type ErrorData } from '../../core/errors';
import type { CheckRequest, CheckResult } from '../../protocol/engineApi';

/** Ways to find the model to load an adapter onto. */
export interface ModelClues {
  /** The one that was asked for, analyzed with, or chosen. */
  chosen(): Promise<string | undefined>;
  /** The one that the adapter's config names, if it is on this machine. */
  named(): Promise<string | undefined>;
}

/**
 * Checks with the best known model. If only the config names one and it cannot be read, checks without a model.
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
