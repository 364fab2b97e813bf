import { rescore } from '../../core/ediem/rescore';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { parseSetting } from '../settingDefinitions';

/** How measurements are read: what a module is compared with, and at which scale. No weights are read for another one. */
export type Reading = Pick<AnalysisOptions, 'population' | 'scale'>;

/** What readings need from outside. */
export interface ReadingParts {
  /** What the settings ask for, for an adapter that nobody changed by hand. */
  readonly defaults: (adapter: string) => AnalysisOptions;
  /** What was kept for an adapter in an earlier session: unknown until it is checked. */
  readonly remembered: (adapter: string) => unknown;
  readonly remember: (adapter: string, choice: Partial<Reading>) => void;
}

/** The reading of each adapter: what a person chose for it, else what the settings say. */
export class Readings {
  readonly #parts: ReadingParts;

  constructor(parts: ReadingParts) {
    this.#parts = parts;
  }

  /** What an analysis of this adapter is asked for. */
  optionsOf(adapter: string): AnalysisOptions {
    return { ...this.#parts.defaults(adapter), ...parseReading(this.#parts.remembered(adapter)) };
  }

  /** A person's choice for one adapter; it holds for later analyses too. */
  choose(adapter: string, choice: Partial<Reading>): void {
    this.#parts.remember(adapter, { ...parseReading(this.#parts.remembered(adapter)), ...choice });
  }

  /** A result in the reading of its adapter, whenever and however it was made; the same document where it is already. */
  read(document: AnalysisDocument): AnalysisDocument {
    const { population, scale } = this.optionsOf(document.adapter);
    const { options } = document;
    const same = options.population === population && options.scale === scale;
    return same ? document : rescore(document, { population, scale });
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
