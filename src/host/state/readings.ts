import { rescore } from '../../core/ediem/rescore';
import { isRecord } from '../../core/record';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { parseSetting } from '../settingDefinitions';
import type { AdapterMemory } from './adapterMemory';

/** What modules are compared with, and at which scale. A change reads no weights. */
export type Reading = Pick<AnalysisOptions, 'population' | 'scale'>;

/** The reading of each adapter: the user's choice, else the settings. */
export class Readings {
  /** @param settings what the settings say */
  constructor(
    private readonly memory: AdapterMemory<Partial<Reading>>,
    private readonly settings: (adapter: string) => AnalysisOptions,
  ) {}

  /** The options for an analysis of this adapter. */
  optionsOf(adapter: string): AnalysisOptions {
    return { ...this.settings(adapter), ...this.memory.get(adapter) };
  }

  /** The user's choice for one adapter; it holds for later analyses too. */
  choose(adapter: string, choice: Partial<Reading>): void {
    this.memory.set(adapter, { ...this.memory.get(adapter), ...choice });
  }

  /** The analysis re-scored with its adapter's options; the same document if it has them. */
  read(document: AnalysisDocument): AnalysisDocument {
    const { population, scale } = this.optionsOf(document.adapter);
    const { options } = document;
    const isSame = options.population === population && options.scale === scale;
    return isSame ? document : rescore(document, { population, scale });
  }
}

/** Without the parts that this version does not know. */
export function parseReading(value: unknown): Partial<Reading> {
  if (!isRecord(value)) return {};
  const population = parseSetting('analysis.population', value['population']);
  const scale = parseSetting('analysis.scale', value['scale']);
  return { ...(population === undefined ? {} : { population }), ...(scale === undefined ? {} : { scale }) };
}
