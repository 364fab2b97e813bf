import * as path from 'node:path';
import * as vscode from 'vscode';
import { EXPORTED, parseRepairOrigin, type RepairOrigin } from '../../core/provenance';
import { visibleText } from '../../core/report/escape';
import { summarize } from '../../core/results/evaluation/summarize';
import { REPAIRED, type RepairDocument } from '../../core/results/repair/types';
import { readRepairRecord } from '../../io/repairRecord';
import { Disposable } from '../disposable';
import { adapterLabel, formatCount } from '../format';
import type { AnalysisStore } from '../state/analysisStore';

/** More rows than a user looks at; the others show their status only. */
const MAX_READ = 1000;

/** What repaired copies are made of: from the repair that wrote them, else from the record in their files. */
export class AdapterOrigins extends Disposable {
  /** Adapter -> text; null: it is no repaired copy, or is being read. */
  readonly #read = new Map<string, string | null>();

  /** @param changed draws the row of an adapter */
  constructor(
    private readonly store: Pick<AnalysisStore, 'adapters' | 'onDidChange'>,
    private readonly changed: (adapter: string) => void,
  ) {
    super();
    // Adapters may be written again.
    this._register(store.onDidChange((adapter) => adapter === undefined && this.#read.clear()));
  }

  /** In the window's language; undefined for an adapter that is no repaired copy, as far as is known. */
  get(adapter: string): string | undefined {
    const folder = path.dirname(adapter);
    for (const { adapter: original, results } of this.store.adapters) {
      const document = results.repair?.document;
      if (document?.written?.out === folder) return repairText(adapterLabel(original), document);
    }
    if (!this.#read.has(adapter) && this.#read.size < MAX_READ) {
      this.#read.set(adapter, null);
      // A file that cannot be read is reported where it is used.
      void this.#load(adapter).catch(() => undefined);
    }
    return this.#read.get(adapter) ?? undefined;
  }

  async #load(adapter: string): Promise<void> {
    const record = await readRepairRecord(adapter);
    const origin = record === undefined ? undefined : parseRepairOrigin(record);
    if (origin === undefined || this.isDisposed) return;
    this.#read.set(adapter, originText(origin));
    this.changed(adapter);
  }
}

function originText({ method, folder }: RepairOrigin): string {
  const from = visibleText(folder ?? '');
  if (method === EXPORTED)
    return from === '' ? vscode.l10n.t('exported') : vscode.l10n.t('exported from {0}', from);
  return from === ''
    ? vscode.l10n.t('repaired by {0}', visibleText(method))
    : vscode.l10n.t('repaired by {0} from {1}', visibleText(method), from);
}

function repairText(original: string, { points, chosen, test }: RepairDocument): string {
  const method = visibleText((chosen === null ? undefined : points[chosen]?.method) ?? '');
  const asr = summarize(test).variants.find(({ id }) => id === REPAIRED)?.asr;
  if (asr === null || asr === undefined) return vscode.l10n.t('repaired by {0} from {1}', method, original);
  const share = asr.value.toFixed(2);
  return vscode.l10n.t(
    'repaired by {0} from {1}, {2} ASR on {3} test prompts',
    method,
    visibleText(original),
    share,
    formatCount(asr.n),
  );
}
