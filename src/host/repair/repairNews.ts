import { renderError } from '../../core/errors';
import type { Translate } from '../../core/message';
import type { RepairDocument } from '../../core/results/repair/types';
import { METHODS } from '../../methods';
import type { PanelRepairing, RepairToPanel } from '../../protocol/panelRepair';
import type { Result } from '../state/types';
import type { Repairing, RepairRun } from './repairs';

/** What the page of a panel has of the repair, so that nothing is sent twice. */
export class RepairNews {
  #shown: object | null = null;
  #stale: string | null = null;
  #run: RepairRun = { kind: 'idle' };
  #steps: readonly RepairDocument[] = [];

  /** @param documents repairs of the run, in the order of the steps */
  async steps(documents: readonly RepairDocument[]): Promise<readonly RepairToPanel[]> {
    const isSame =
      documents.length === this.#steps.length && documents.every((one, at) => one === this.#steps[at]);
    if (isSame) return [];
    this.#steps = documents;
    const { panelSteps } = await import('./repairSteps');
    return [{ type: 'repairSteps', steps: panelSteps(documents) }];
  }

  /** One that is not finished is shown instead of an earlier result: the user asked for it. */
  async news(
    result: Result<RepairDocument> | undefined,
    { run, partial }: Repairing,
    translate: Translate,
  ): Promise<readonly RepairToPanel[]> {
    const news: RepairToPanel[] = [];
    const shown = partial ?? result?.document ?? null;
    const stale = partial === null ? (result?.stale ?? null) : null;
    if (shown !== this.#shown || stale !== this.#stale) {
      // Statistics, which most panels never need.
      const { panelRepair } = await import('./derive');
      news.push({ type: 'repair', repair: shown === null ? null : panelRepair(shown, translate), stale });
      this.#shown = shown;
      this.#stale = stale;
    }
    const isIdle = run.kind === 'idle' && this.#run.kind === 'idle';
    if (run !== this.#run && !isIdle) news.push({ type: 'repairing', run: panelRepairing(run, translate) });
    this.#run = run;
    return news;
  }
}

function panelRepairing(run: RepairRun, translate: Translate): PanelRepairing {
  if (run.kind === 'failed') return { ...run, error: renderError(run.error, translate) };
  if (run.kind !== 'running') return run;
  const title = METHODS.find(({ id }) => id === run.method)?.title;
  return { ...run, method: title === undefined ? null : translate(title) };
}
