import type * as vscode from 'vscode';
import { rescore } from '../../core/ediem/rescore';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { parseSetting } from '../settingDefinitions';

/** How measurements are read: what a module is compared with, and at which scale. No weights are read for another one. */
export type Reading = Pick<AnalysisOptions, 'population' | 'scale'>;

const KEY = 'reading:';

/** The reading of each adapter: what a person chose for it, kept in the workspace's memory, else what the settings say. */
export class Readings {
  readonly #memento: vscode.Memento;
  readonly #defaults: (adapter: string) => AnalysisOptions;
  readonly #onFailure: (thrown: unknown) => void;

  /** @param defaults what the settings ask for, for an adapter that nobody changed by hand */
  constructor(
    memento: vscode.Memento,
    defaults: (adapter: string) => AnalysisOptions,
    onFailure: (thrown: unknown) => void,
  ) {
    this.#memento = memento;
    this.#defaults = defaults;
    this.#onFailure = onFailure;
  }

  /** What an analysis of this adapter is asked for. */
  optionsOf(adapter: string): AnalysisOptions {
    return { ...this.#defaults(adapter), ...this.#chosen(adapter) };
  }

  /** A person's choice for one adapter; it holds for later analyses too. */
  choose(adapter: string, choice: Partial<Reading>): void {
    const chosen = { ...this.#chosen(adapter), ...choice };
    this.#memento.update(KEY + adapter, chosen).then(undefined, this.#onFailure);
  }

  /** A result in the reading of its adapter, whenever and however it was made; the same document where it is already. */
  read(document: AnalysisDocument): AnalysisDocument {
    const { population, scale } = this.optionsOf(document.adapter);
    const { options } = document;
    const same = options.population === population && options.scale === scale;
    return same ? document : rescore(document, { population, scale });
  }

  #chosen(adapter: string): Partial<Reading> {
    return parseReading(this.#memento.get<unknown>(KEY + adapter));
  }
}

/** What was kept, checked: another version may have written it. */
function parseReading(value: unknown): Partial<Reading> {
  if (typeof value !== 'object' || value === null) return {};
  const population =
    'population' in value ? parseSetting('analysis.population', value.population) : undefined;
  const scale = 'scale' in value ? parseSetting('analysis.scale', value.scale) : undefined;
  return { ...(population === undefined ? {} : { population }), ...(scale === undefined ? {} : { scale }) };
}
