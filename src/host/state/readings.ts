import type * as vscode from 'vscode';
import { rescore } from '../../core/ediem/rescore';
import { isRecord } from '../../core/record';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { parseSetting } from '../settingDefinitions';

/** What modules are compared with, and at which scale. A change reads no weights. */
export type Reading = Pick<AnalysisOptions, 'population' | 'scale'>;

const KEY = 'reading:';

/** The reading of each adapter: the user's choice, kept in the workspace's memory, else the settings. */
export class Readings {
  /** @param defaults what the settings say */
  constructor(
    private readonly memento: vscode.Memento,
    private readonly defaults: (adapter: string) => AnalysisOptions,
    private readonly onFailure: (thrown: unknown) => void,
  ) {}

  /** The options for an analysis of this adapter. */
  optionsOf(adapter: string): AnalysisOptions {
    return { ...this.defaults(adapter), ...this.#chosen(adapter) };
  }

  /** The user's choice for one adapter; it holds for later analyses too. */
  choose(adapter: string, choice: Partial<Reading>): void {
    const chosen = { ...this.#chosen(adapter), ...choice };
    this.memento.update(KEY + adapter, chosen).then(undefined, this.onFailure);
  }

  /** The analysis re-scored with its adapter's options; the same document if it has them. */
  read(document: AnalysisDocument): AnalysisDocument {
    const { population, scale } = this.optionsOf(document.adapter);
    const { options } = document;
    const isSame = options.population === population && options.scale === scale;
    return isSame ? document : rescore(document, { population, scale });
  }

  /** Checked: another version may have written it. */
  #chosen(adapter: string): Partial<Reading> {
    const value = this.memento.get<unknown>(KEY + adapter);
    if (!isRecord(value)) return {};
    const population = parseSetting('analysis.population', value['population']);
    const scale = parseSetting('analysis.scale', value['scale']);
    return { ...(population === undefined ? {} : { population }), ...(scale === undefined ? {} : { scale }) };
  }
}
