import * as vscode from 'vscode';
import { say, type Message } from '../../core/message';
import type { ComparisonContent, ComparisonRequest } from '../../protocol/comparison';
import { runContent } from '../../protocol/comparisonContent';
import { adapterLabel, errorText, translate } from '../format';
import { doneReport, doneSummary, type DoneEntry } from '../reports/doneReport';
import { inRunOrder, runNames, runReport } from '../reports/runReport';
import type { Services } from '../services';
import type { AdapterState } from '../state/types';
import type { ComparisonSource } from './source';

/** The adapters of a training run over its steps, or others side by side. Follows the results of the window. */
export class RunSource implements ComparisonSource {
  readonly request: ComparisonRequest;
  readonly title: string;
  readonly key: string;
  readonly #adapters: readonly { readonly adapter: string; readonly label: string; readonly head: string }[];

  /** @param done of the analysis that ended with this page; empty: there was none */
  constructor(
    private readonly services: Pick<Services, 'store' | 'settings'>,
    adapters: readonly string[],
    private readonly done: readonly DoneEntry[] = [],
  ) {
    const ordered = inRunOrder(adapters.map((adapter) => ({ adapter, label: adapterLabel(adapter) })));
    const { title, heads } = runNames(
      ordered.map(({ label }) => label),
      translate,
    );
    this.title = title;
    // A later checkpoint belongs to the same page.
    this.key = `run ${title}`;
    this.#adapters = ordered.map((one, at) => ({ ...one, head: heads[at] ?? '' }));
    this.request = { kind: 'run', adapters: ordered.map(({ adapter }) => adapter) };
  }

  content(): Promise<ComparisonContent> {
    const entries = this.#adapters.map(({ adapter, label, head }) => {
      const state = this.services.store.get(adapter);
      return { label, head, document: state?.document ?? null, evaluation: measured(state) };
    });
    return Promise.resolve(runContent(entries, this.#rankBy, this.#notes(), translate));
  }

  inputs(): readonly unknown[] {
    return this.#adapters.flatMap(({ adapter }) => {
      const state = this.services.store.get(adapter);
      return [state?.document, measured(state), failureOf(state)];
    });
  }

  report(): Promise<string> {
    const entries = this.#adapters.map(({ adapter, label }) => {
      const state = this.services.store.get(adapter);
      const document = state?.document ?? null;
      const why = document === null ? (failureOf(state) ?? vscode.l10n.t('not analyzed')) : null;
      return { label, document, verdicts: state?.verdicts ?? [], evaluation: measured(state), failure: why };
    });
    const report = runReport(entries, this.#rankBy, translate);
    return Promise.resolve(
      this.done.length === 0 ? report : `${report}\n${doneReport(this.done, translate)}`,
    );
  }

  get #rankBy() {
    const [first = ''] = this.request.adapters;
    return this.services.settings.selection(vscode.Uri.file(first)).rankBy;
  }

  #notes(): readonly Message[] {
    const failed = this.#adapters.flatMap(({ adapter, head }) => {
      const why = failureOf(this.services.store.get(adapter));
      return why === undefined ? [] : [say('{0} was not analyzed: {1}', head, why)];
    });
    return [...(this.done.length === 0 ? [] : [doneSummary(this.done)]), ...failed.slice(0, MAX_FAILED)];
  }
}

/** Failed adapters that the page names; the report has all. */
const MAX_FAILED = 5;

/** Answers, unless they are of other weights. */
function measured(state: AdapterState | undefined) {
  const { evaluation } = state?.results ?? {};
  return evaluation?.stale === null ? evaluation.document : null;
}

function failureOf(state: AdapterState | undefined): string | undefined {
  const { run } = state ?? {};
  return run?.kind === 'failed' && run.error.code !== 'cancelled' ? errorText(run.error) : undefined;
}
