import type * as vscode from 'vscode';
import { rescore } from '../../core/ediem/rescore';
import { isRecord } from '../../core/record';
import type { AnalysisDocument, AnalysisOptions } from '../../core/report/analysis';
import { isScoreName } from '../../core/report/scores';
import { parseRule } from '../../core/selection/rule';
import type { SelectionEdit } from '../../core/selection/select';
import type { Pins } from '../../core/selection/types';
import { parseSetting } from '../settingDefinitions';

/** A value for each adapter, kept in the workspace's memory across sessions. */
export class AdapterMemory<T> {
  /** @param parse checks a value: another version may have written it */
  constructor(
    private readonly memento: vscode.Memento,
    private readonly prefix: 'selection:' | 'reading:',
    private readonly parse: (value: unknown) => T,
    private readonly onFailure: (thrown: unknown) => void,
  ) {}

  get(adapter: string): T {
    return this.parse(this.memento.get<unknown>(this.prefix + adapter));
  }

  set(adapter: string, value: T): void {
    this.memento.update(this.prefix + adapter, value).then(undefined, this.onFailure);
  }
}

/** What the user changed of an adapter's selection; the rest follows the settings. */
export interface SelectionChange {
  readonly selection: SelectionEdit;
  readonly pins: Pins;
}

export const NO_CHANGE: SelectionChange = { selection: {}, pins: { keep: [], prune: [] } };

/** Without the parts that this version does not know. */
export function parseSelectionChange(value: unknown): SelectionChange {
  if (!isRecord(value) || !isRecord(value['selection']) || !isRecord(value['pins'])) return NO_CHANGE;
  const { keep, prune } = value['pins'];
  if (!isNames(keep) || !isNames(prune)) return NO_CHANGE;
  const { rankBy, order } = value['selection'];
  const rule = parseRule(value['selection']['rule']);
  return {
    selection: {
      ...(rule === undefined ? {} : { rule }),
      ...(typeof rankBy === 'string' && isScoreName(rankBy) ? { rankBy } : {}),
      ...(order === 'largest' || order === 'smallest' ? { order } : {}),
    },
    pins: { keep, prune },
  };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

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
