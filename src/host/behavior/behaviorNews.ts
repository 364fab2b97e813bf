import { renderError } from '../../core/errors';
import type { Translate } from '../../core/message';
import type { EvaluationDocument, EvaluationRow } from '../../core/results/evaluation/types';
import type { BehaviorToPanel, PanelMeasuring } from '../../protocol/behavior';
import type { Result } from '../state/types';
import type { Measuring, MeasureRun } from './measurements';

const IDLE: MeasureRun = { kind: 'idle' };

/** What the page of a panel has of the behavior, so that nothing is sent twice. */
export class BehaviorNews {
  #shown: object | null = null;
  #stale: string | null = null;
  #run: MeasureRun = IDLE;
  #rows = new Map<string, EvaluationRow>();

  /** A finished result stays until the next one is finished: the page shows an unfinished one only without. */
  async news(
    result: Result<EvaluationDocument> | undefined,
    { run, partial }: Measuring,
    translate: Translate,
  ): Promise<readonly BehaviorToPanel[]> {
    const news: BehaviorToPanel[] = [];
    const shown = result?.document ?? partial;
    const stale = result?.stale ?? null;
    if (shown !== this.#shown || stale !== this.#stale) {
      // Statistics, which most panels never need.
      const { panelBehavior, panelPrompt } = await import('../../protocol/panelBehavior');
      const rows = shown?.rows ?? [];
      const restart = !this.#continues(rows);
      if (restart) this.#rows = new Map();
      const changed = rows.filter((row) => this.#rows.get(keyOf(row)) !== row);
      for (const row of changed) this.#rows.set(keyOf(row), row);
      const behavior = shown === null ? null : panelBehavior(shown, translate);
      news.push({ type: 'behavior', behavior, stale, prompts: changed.map(panelPrompt), restart });
      this.#shown = shown;
      this.#stale = stale;
    }
    const isIdle = run.kind === 'idle' && this.#run.kind === 'idle';
    if (run !== this.#run && !isIdle) news.push({ type: 'measuring', run: panelMeasuring(run, translate) });
    this.#run = run;
    return news;
  }

  /** Whether the page's prompts are among these: they grow, or have more answers. */
  #continues(rows: readonly EvaluationRow[]): boolean {
    const keys = new Set(rows.map(keyOf));
    return [...this.#rows.keys()].every((key) => keys.has(key));
  }
}

function keyOf({ suite, id }: EvaluationRow): string {
  return `${suite}\n${id}`;
}

function panelMeasuring(run: MeasureRun, translate: Translate): PanelMeasuring {
  return run.kind === 'failed' ? { ...run, error: renderError(run.error, translate) } : run;
}
