import { parseRule } from '../core/selection/rule';
import {
  choice,
  flag,
  integer,
  modelOption,
  option,
  pathOption,
  type Option,
  type OptionTable,
  type OptionValues,
} from '../core/options';
import type { ScoreName } from '../core/ediem/types';
import { isScoreName, scoreInfo } from '../core/report/scores';
import { TERM_IDS } from '../core/report/terms';
import { FOR_OPTION } from '../core/export/targets';
import type { Rule } from '../core/selection/types';
import { METHODS } from '../methods';
import { isRecord } from '../core/record';
import { EXPORT_FORMATS } from '../protocol/panel';
import { AUTO } from '../protocol/repairApi';
import { SPLITS } from '../core/results/evaluation/types';
import type { VariantRequest } from '../protocol/evaluatorApi';
import type { AliasName, CommandName } from './ids';
import { SETTINGS } from './settingDefinitions';

/** What a command is called, needs and takes. package.json is generated from it. */
interface CommandSpec<O extends object> {
  readonly title: string;
  readonly icon: string;
  /** Reads settings of the workspace, or writes files: refused in an untrusted workspace. */
  readonly trust?: true;
  readonly options: OptionTable<O>;
  /** When the palette offers it, besides trust. */
  readonly palette?: string;
  readonly enablement?: string;
  /** Keys of the command in the tree; ctrl is cmd on macOS. */
  readonly keys?: readonly string[];
}

const NONE = {};
const MODELS = { base: modelOption(), aligned: modelOption() };
/** `ask` lets the user be asked if the models look swapped, though a program called. */
const ANALYSIS = { ...MODELS, models: choice(['ask']) };
const STALE = { stale: choice(['allow', 'ask']) };
const IN_TREE = 'false';
const WITH_RESULTS = 'splora.hasResults';
const WITH_ANY_RESULT = `(${WITH_RESULTS} || splora.hasBehavior)`;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

/** The evaluator checks ids and paths. */
function areVariants(value: unknown): value is readonly VariantRequest[] {
  const isVariant = (one: unknown): boolean =>
    isRecord(one) &&
    isText(one['id']) &&
    (one['adapter'] === undefined || isText(one['adapter'])) &&
    (one['scale'] === undefined || Number.isFinite(one['scale']));
  return Array.isArray(value) && value.every(isVariant);
}

function areMethods(value: unknown): value is readonly string[] {
  return isTexts(value) && value.every((id) => METHODS.some((method) => method.id === id));
}

function areNames(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every(isText);
}

function isScore(value: unknown): value is ScoreName {
  return typeof value === 'string' && isScoreName(value);
}

const TABLE = {
  analyze: {
    title: 'Analyze Adapter',
    icon: 'beaker',
    trust: true,
    options: { ...ANALYSIS, force: flag() },
  },
  measure: {
    title: 'Measure Behavior…',
    icon: 'pulse',
    trust: true,
    options: {
      aligned: modelOption(),
      suites: option<readonly string[]>('array', undefined, isTexts),
      variants: {
        ...option<readonly VariantRequest[]>('array', undefined, areVariants),
        example: '[{"id": "pruned", "adapter": "adapter-splora"}]',
      },
      runner: option('string', undefined, isText),
      models: {
        ...option<Readonly<Record<string, string>>>('object', undefined, areNames),
        example: '{"adapter": "my-lora"}',
      },
      split: choice([...SPLITS, 'all']),
      limit: integer(undefined, { minimum: 1 }),
      maxNewTokens: integer(undefined, { minimum: 1 }),
    },
  },
  cancel: {
    title: 'Cancel',
    icon: 'debug-stop',
    options: NONE,
    palette: 'splora.running',
    enablement: 'splora.running',
  },
  writePruned: {
    title: 'Write Pruned Adapter…',
    icon: 'save-as',
    trust: true,
    options: {
      out: pathOption(),
      mode: SETTINGS['prune.mode'],
      copyRest: SETTINGS['prune.copyRest'],
      bakeScale: SETTINGS['prune.bakeScale'],
      for: FOR_OPTION,
      ...STALE,
      ...ANALYSIS,
    },
  },
  repair: {
    title: 'Repair Adapter…',
    icon: 'tools',
    trust: true,
    options: {
      method: choice([...METHODS.map(({ id }) => id), AUTO]),
      suites: option<readonly string[]>('array', undefined, isTexts),
      runner: option('string', undefined, isText),
      options: option<Readonly<Record<string, unknown>>>('object', undefined, isRecord),
      safety: pathOption(),
      out: pathOption(),
      copyRest: SETTINGS['prune.copyRest'],
      for: FOR_OPTION,
      ...STALE,
      ...ANALYSIS,
    },
  },
  repairRun: {
    title: 'Repair Training Run…',
    icon: 'tools',
    trust: true,
    options: {
      suites: option<readonly string[]>('array', undefined, isTexts),
      runner: option('string', undefined, isText),
      copyRest: SETTINGS['prune.copyRest'],
      for: FOR_OPTION,
      ...ANALYSIS,
    },
    palette: 'workbenchState != empty',
  },
  compareMethods: {
    title: 'Compare Methods…',
    icon: 'graph-scatter',
    trust: true,
    options: {
      methods: {
        ...option<readonly string[]>('array', undefined, areMethods),
        example: '["cut", "scale"]',
      },
      suites: option<readonly string[]>('array', undefined, isTexts),
      runner: option('string', undefined, isText),
      safety: pathOption(),
      fitLimit: integer(undefined, { minimum: 1 }),
      testLimit: integer(undefined, { minimum: 1 }),
      out: pathOption(),
      copyRest: SETTINGS['prune.copyRest'],
      for: FOR_OPTION,
      ...ANALYSIS,
    },
  },
  exportAdapter: {
    title: 'Export Adapter For…',
    icon: 'package',
    trust: true,
    options: {
      for: FOR_OPTION,
      model: modelOption(),
      out: pathOption(),
      copyRest: SETTINGS['prune.copyRest'],
    },
  },
  showScores: { title: 'Show Scores and Behavior', icon: 'graph', options: NONE },
  checkLoad: { title: 'Will It Load?', icon: 'verified', trust: true, options: { model: modelOption() } },
  compare: { title: 'Compare Adapters…', icon: 'diff', trust: true, options: NONE },
  chooseModels: {
    title: 'Choose Base and Aligned Models…',
    icon: 'settings-gear',
    trust: true,
    options: MODELS,
  },
  changeRule: {
    title: 'Change Selection Rule…',
    icon: 'filter',
    options: {
      rule: {
        ...option<Rule>('object', undefined, (value): value is Rule => parseRule(value) !== undefined),
        example: '{"kind": "top", "k": 5}',
      },
      rankBy: { ...option<ScoreName>('string', undefined, isScore), choices: Object.keys(scoreInfo) },
      order: choice(['largest', 'smallest']),
    },
    palette: WITH_RESULTS,
  },
  analyzeAll: {
    title: 'Analyze All Adapters in Workspace',
    icon: 'run-all',
    trust: true,
    options: { ...ANALYSIS, force: flag() },
    palette: 'workbenchState != empty',
  },
  exportReport: {
    title: 'Export Report…',
    icon: 'export',
    trust: true,
    options: {
      result: choice(['analysis', 'evaluation', 'repair']),
      format: choice([...EXPORT_FORMATS, 'junit']),
      withAnswers: flag(),
      out: pathOption(),
      overwrite: flag(),
      ...STALE,
      ...ANALYSIS,
    },
    palette: WITH_ANY_RESULT,
  },
  openLayerListing: { title: 'Open Layer Listing', icon: 'list-flat', options: NONE },
  openInspector: { title: 'Open in Inspector', icon: 'search', options: NONE },
  openSample: { title: 'Open Sample', icon: 'package', options: { open: flag() } },
  clearResults: { title: 'Clear Results', icon: 'clear-all', options: NONE, palette: WITH_ANY_RESULT },
  refreshAdapters: {
    title: 'Refresh Adapters',
    icon: 'refresh',
    options: NONE,
    palette: 'workbenchState != empty',
  },
  showLog: { title: 'Show Log', icon: 'output', options: NONE },
  openWalkthrough: { title: 'Open Walkthrough', icon: 'mortar-board', options: NONE },
  openSettings: { title: 'Open Settings', icon: 'settings-gear', options: NONE },
  openHelp: { title: 'Help', icon: 'question', options: NONE },
  explainTerm: {
    title: 'Explain Terms and Formulas',
    icon: 'book',
    options: { term: choice(TERM_IDS) },
  },
  pinKeep: { title: 'Pin as Keep', icon: 'shield', options: NONE, palette: WITH_RESULTS },
  pinPrune: { title: 'Pin as Prune', icon: 'diff-removed', options: NONE, palette: WITH_RESULTS },
  unpin: { title: 'Unpin', icon: 'pinned', options: NONE, palette: WITH_RESULTS },
  unpinAll: { title: 'Unpin All Modules', icon: 'pinned', options: NONE, palette: WITH_RESULTS },
  resetToRule: {
    title: 'Reset to Rule in Settings',
    icon: 'discard',
    options: NONE,
    palette: WITH_RESULTS,
  },
  undoSelection: {
    title: 'Undo Change of Selection',
    icon: 'discard',
    options: NONE,
    palette: WITH_RESULTS,
    keys: ['ctrl+z'],
  },
  redoSelection: {
    title: 'Redo Change of Selection',
    icon: 'redo',
    options: NONE,
    palette: WITH_RESULTS,
    keys: ['ctrl+shift+z', 'ctrl+y'],
  },
  revealModule: { title: 'Show Module in Panel', icon: 'graph', options: NONE, palette: WITH_RESULTS },
  treeSortByScore: { title: 'Sort by Score', icon: 'sort-precedence', options: NONE, palette: IN_TREE },
  treeSortByName: { title: 'Sort by Name', icon: 'list-tree', options: NONE, palette: IN_TREE },
  treeShowMarked: {
    title: 'Show Only What Stands Out or Is Selected',
    icon: 'eye-closed',
    options: NONE,
    palette: IN_TREE,
  },
  treeShowAll: { title: 'Show All Modules', icon: 'eye', options: NONE, palette: IN_TREE },
} as const satisfies Readonly<
  Record<CommandName, Omit<CommandSpec<object>, 'options'> & { options: Record<string, Option<unknown>> }>
>;

export type CommandOptions = { readonly [K in CommandName]: OptionValues<(typeof TABLE)[K]['options']> };

export type OptionsOf<K extends CommandName> = Partial<CommandOptions[K]>;

export const COMMAND_TABLE: { readonly [K in CommandName]: CommandSpec<CommandOptions[K]> } = TABLE;

/** What the palette calls the aliases. */
export const ALIAS_TITLES: Readonly<Record<AliasName, string>> = {
  checkSafety: 'Is It Unsafe? Measure Safety: Does It Still Refuse?',
  showHeatMap: 'Show Heat Map of Alignment Scores',
  inspectSafetensors: 'Inspect Safetensors File',
  checkLoaders: 'Check Loading in PEFT, vLLM, mlx-lm, and llama.cpp',
  analyzeCheckpoints: 'Analyze Checkpoints of a Training Run',
};
