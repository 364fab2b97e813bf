import * as path from 'node:path';
import * as vscode from 'vscode';
import type { ComparedAdapter, ComparisonContent, ComparisonRequest } from '../../protocol/comparison';
import { pairContent } from '../../protocol/comparisonContent';
import type { CompareResult } from '../../protocol/engineApi';
import { refuseUntrusted } from '../commands/trust';
import { adapterLabel, formatCount, translate } from '../format';
import { cutMiddle } from '../models/shortPath';
import { compareReport } from '../reports/compareReport';
import type { Services } from '../services';
import type { ComparisonSource } from './source';

/** Fits beside another one in the narrowest page. */
const MAX_HEAD = 14;

/** Two adapters, e.g. an original and its repaired copy. */
export class PairSource implements ComparisonSource {
  readonly request: ComparisonRequest;
  readonly title: string;
  readonly key: string;
  readonly #labels: readonly [string, string];

  /** @param result absent: the weights are read when it is first needed */
  constructor(
    private readonly services: Pick<Services, 'engine' | 'store'>,
    private readonly adapters: readonly [string, string],
    private result?: CompareResult,
  ) {
    this.#labels = [adapterLabel(adapters[0]), adapterLabel(adapters[1])];
    this.request = { kind: 'pair', adapters };
    this.key = JSON.stringify(adapters);
    this.title = this.#labels.join(' ↔ ');
  }

  async content(signal: AbortSignal, fresh: boolean): Promise<ComparisonContent> {
    return pairContent(
      await this.#compare(signal, fresh),
      heads(this.#labels),
      this.inputs(),
      translate,
      formatCount,
    );
  }

  inputs() {
    return this.adapters.map((adapter) => this.services.store.get(adapter)?.document ?? null);
  }

  async report(signal: AbortSignal): Promise<string> {
    return compareReport(await this.#compare(signal), this.#labels, translate);
  }

  async #compare(signal: AbortSignal, fresh = false): Promise<CompareResult> {
    refuseUntrusted();
    const [left, right] = this.adapters;
    if (this.result === undefined || fresh)
      this.result = await this.services.engine.call('compare', { left, right }, { signal });
    return this.result;
  }
}

/** The last parts of both labels; their sides where these do not tell them apart. */
function heads([left, right]: readonly [string, string]): [ComparedAdapter, ComparedAdapter] {
  const [one, other] = [left, right].map((label) => cutMiddle(path.basename(label), MAX_HEAD));
  const areAlike = one === other;
  return [
    { head: areAlike ? vscode.l10n.t('Left') : (one ?? ''), label: left },
    { head: areAlike ? vscode.l10n.t('Right') : (other ?? ''), label: right },
  ];
}
