/** Every identifier that package.json and the code share; package.json is generated (src/host/manifest). */

/** Title, options and trust: commandTable.ts. */
export const COMMANDS = {
  analyze: 'splora.analyze',
  measure: 'splora.measure',
  cancel: 'splora.cancel',
  writePruned: 'splora.writePruned',
  repair: 'splora.repair',
  repairRun: 'splora.repairRun',
  compareMethods: 'splora.compareMethods',
  exportAdapter: 'splora.exportAdapter',
  showScores: 'splora.showScores',
  compare: 'splora.compare',
  checkLoad: 'splora.checkLoad',
  chooseModels: 'splora.chooseModels',
  changeRule: 'splora.changeRule',
  analyzeAll: 'splora.analyzeAll',
  exportReport: 'splora.exportReport',
  openLayerListing: 'splora.openLayerListing',
  openInspector: 'splora.openInspector',
  openSample: 'splora.openSample',
  clearResults: 'splora.clearResults',
  refreshAdapters: 'splora.refreshAdapters',
  showLog: 'splora.showLog',
  openWalkthrough: 'splora.openWalkthrough',
  openSettings: 'splora.openSettings',
  openHelp: 'splora.openHelp',
  explainTerm: 'splora.explainTerm',
  pinKeep: 'splora.pinKeep',
  pinPrune: 'splora.pinPrune',
  unpin: 'splora.unpin',
  unpinAll: 'splora.unpinAll',
  resetToRule: 'splora.resetToRule',
  undoSelection: 'splora.undoSelection',
  redoSelection: 'splora.redoSelection',
  revealModule: 'splora.revealModule',
  treeSortByScore: 'splora.tree.sortByScore',
  treeSortByName: 'splora.tree.sortByName',
  treeShowMarked: 'splora.tree.showMarked',
  treeShowAll: 'splora.tree.showAll',
} as const;

/** Commands under other names, for those who look for these words in the palette. */
export const ALIASES = {
  checkSafety: { id: 'splora.find.safety', runs: 'measure' },
  showHeatMap: { id: 'splora.find.heatMap', runs: 'showScores' },
  inspectSafetensors: { id: 'splora.find.safetensors', runs: 'openInspector' },
  checkLoaders: { id: 'splora.find.loaders', runs: 'checkLoad' },
  analyzeCheckpoints: { id: 'splora.find.checkpoints', runs: 'analyzeAll' },
} as const satisfies Readonly<Record<string, { readonly id: string; readonly runs: keyof typeof COMMANDS }>>;

export type AliasName = keyof typeof ALIASES;
export type CommandName = keyof typeof COMMANDS;
export type CommandId = (typeof COMMANDS)[CommandName];

/** Modules of one adapter. Rows of the tree, links and quick fixes have a `kind` too: see parseCall. */
export interface ModuleTarget {
  /** Key of the adapter: absolute path of its weights file. */
  readonly adapter: string;
  readonly modules: readonly string[];
}

export const SUBMENU = 'splora.explorer';

export const VIEWS = {
  container: 'splora',
  adapters: 'splora.adapters',
} as const;

/** `viewType` of webview panels and custom editors. */
export const EDITORS = {
  panel: 'splora.panel',
  comparison: 'splora.comparison',
  /** Two contributions over one provider: the default for adapters, an option for other safetensors files. */
  adapterInspector: 'splora.adapterInspector',
  inspector: 'splora.inspector',
} as const;

/** Uri schemes of our read-only documents. */
export const SCHEMES = {
  /** One line for each module of an adapter. */
  layers: 'splora-layers',
  /** Markdown reports: comparison, training run. */
  report: 'splora-report',
} as const;

/** `viewItem` values of tree items. A block is pinned if any of its modules is. */
export const TREE_ITEMS = {
  run: 'splora.run',
  adapter: 'splora.adapter',
  adapterRunning: 'splora.adapter.running',
  block: 'splora.block',
  blockPinned: 'splora.block.pinned',
  module: 'splora.module',
  modulePinned: 'splora.module.pinned',
} as const;

/** Keys for `when` clauses, set with the built-in `setContext` command. */
export const CONTEXT = {
  /** A first look for adapters has ended. */
  scanned: 'splora.scanned',
  hasAdapters: 'splora.hasAdapters',
  /** An analysis. */
  hasResults: 'splora.hasResults',
  /** An evaluation, and one that compares the adapter with others. */
  hasBehavior: 'splora.hasBehavior',
  hasComparison: 'splora.hasComparison',
  running: 'splora.running',
  /** File system paths of folders with an adapter that is being worked on, for `resourceDirname in`. */
  runningFolders: 'splora.runningFolders',
  /** File system paths of folders that hold an adapter, for `resourcePath in`. */
  adapterFolders: 'splora.adapterFolders',
  /** `name` or `score`, and whether the tree shows only modules that stand out or are selected. */
  treeSort: 'splora.tree.sort',
  treeMarkedOnly: 'splora.tree.markedOnly',
} as const;

export const WALKTHROUGH = 'splora.start';

/** `source` and codes of diagnostics. */
export const DIAGNOSTIC_SOURCE = 'SPLoRA';

/** Setting ids below `splora.`. Types and defaults: settings.ts. */
export const SETTING_SECTION = 'splora';

/** As `isAdapterWeights`, for file searches. */
export const ADAPTER_WEIGHTS_GLOB =
  '**/{adapter_model.safetensors,adapters.safetensors,[0-9]*_adapters.safetensors}';
export { CONFIG_NAME as ADAPTER_CONFIG, isAdapterWeights } from '../io/adapterFiles';
