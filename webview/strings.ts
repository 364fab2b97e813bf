import { render } from '../src/core/message';

/**
 * Every text of the pages, in English. The English text is the key of its translation, as with `vscode.l10n.t`; the
 * host sends `vscode.l10n.bundle` in `init`.
 */
export const STRINGS = {
  analyze: 'Analyze',
  analyzeAgain: 'Analyze Again',
  cancel: 'Cancel',
  write: 'Write Pruned Adapter…',
  repair: 'Repair…',
  export: 'Export…',
  exportJson: 'JSON',
  exportCsv: 'CSV',
  exportMarkdown: 'Markdown',
  exportSvg: 'Heat map (SVG)',
  exportSarif: 'SARIF',
  chooseModels: 'Choose Models…',
  openSettings: 'Settings',
  restricted: 'Restricted Mode.',
  restrictedWhy:
    'Analyzing, checking, writing and exporting need a trusted workspace, because its settings say which files are read and written.',
  manageTrust: 'Manage Workspace Trust',
  showLog: 'Show Log',
  baseModel: 'Base',
  alignedModel: 'Aligned',

  emptyTitle: 'This adapter has not been analyzed',
  emptyText:
    'Analyzing compares the update of each LoRA module with the step from the base model to its aligned (chat) model. The weights are only read; nothing is changed.',
  noModulesTitle: 'This adapter has no LoRA modules',
  noModulesText: 'There is nothing to score or to prune. The notes below say what the file holds instead.',
  staleText: 'These scores are stale: {0}.',
  failedTitle: 'The analysis failed:',
  failedFile: 'File: {0}',
  failedTensor: 'Tensor: {0}',
  tryAgain: 'Try Again',
  starting: 'Starting…',
  progressOf: '{0} of {1} modules',
  progressBytes: '{0} of {1}',
  progressSpeed: '{0}/s',
  progressLeft: '{0} left',
  progressLabel: 'Progress of the analysis',
  liveNote: 'Scores so far. E-DIEM compares the modules with each other and follows when all are measured.',
  cancelledOrDone: 'The analysis ended.',
  runStarted: 'The analysis started.',

  ruleHeading: 'Selection rule',
  rule: 'Prune',
  ruleTop: 'Top k',
  ruleThreshold: 'Threshold',
  ruleFraction: 'Fraction',
  ruleNone: 'Pins only',
  valueTop: 'Modules',
  valueThreshold: 'Score',
  valueFraction: 'Per cent',
  badValueTop: 'A whole number from 0 to {0}.',
  badValueThreshold: 'A number.',
  badValueFraction: 'A number from 0 to 100.',
  rankBy: 'Ranked by',
  order: 'Goes first',
  orderLargest: 'Largest',
  orderSmallest: 'Smallest',
  population: 'Compared with',
  populationShape: 'Same shape',
  populationType: 'Same type',
  populationAll: 'All modules',
  scale: 'Scale',
  scaleEffective: 'With alpha / r',
  scaleNone: 'Without',

  effectHeading: 'Effect of the selection',
  effectModules: '{0} of {1} modules',
  effectBytes: '{0} of {1}',
  effectModulesCaption: 'would be pruned',
  effectBytesCaption: 'smaller',
  effectNormCaption: 'of ‖dW‖² goes',
  effectPinned: '{0} pinned',
  effectSpoken: 'Pruning {0} of {1} modules, {2}, {3} of the squared update norm.',

  mapHeading: 'Heat map',
  mapLabel:
    'Scores by block and module type. Arrow keys move, Enter shows the module in the table, K keeps, P prunes, Delete unpins.',
  mapNoValue: 'no score',
  mapHint: 'Point at a cell, or move with the arrow keys.',
  mapMany: '{0} modules, shown is the one that goes first: {1}',
  legendGoesFirst: 'goes first',
  legendPruned: 'pruned',
  legendPinned: 'pinned',
  legendNoScore: 'no score',

  distributionHeading: 'Distribution',
  distributionLabel: 'Distribution of {0}: {1} scored modules from {2} to {3}.',
  cutLabel: 'Cut',
  cutValue: 'Cut at {0}: the rule takes {1} of {2} modules',
  cutHint: 'Drag the line, or use the arrow keys.',
  axisModules: 'modules',
  nothingScored: 'No module has a score.',

  tableHeading: 'Modules',
  tableLabel: 'Modules and their scores. K keeps, P prunes, Delete unpins, Enter opens the layer listing.',
  filter: 'Filter modules',
  filterPlaceholder: 'Filter by name',
  show: 'Show',
  showAll: 'All',
  showPrune: 'Pruned',
  showKeep: 'Kept',
  showPinned: 'Pinned',
  showUnscored: 'Without score',
  listed: '{0} of {1} listed',
  chosen: '{0} selected',
  noneListed: 'No module matches the filter.',
  pinKeep: 'Keep',
  pinPrune: 'Prune',
  unpin: 'Unpin',
  pinKeepOne: 'Pin as keep: {0}',
  pinPruneOne: 'Pin as prune: {0}',
  columnModule: 'Module',
  columnVerdict: 'Verdict',
  columnPosition: '#',
  columnPositionLong: 'Place in the ranking: 1 goes first',
  columnRank: 'r',
  columnRankLong: 'LoRA rank',
  columnSize: 'Size',
  columnPins: 'Keep, Prune',
  columnBytesLong: 'Bytes in the adapter file',
  verdictKeep: 'keep',
  verdictPrune: 'prune',
  verdictReplaced: 'replaced',
  verdictPinnedKeep: 'keep, pinned',
  verdictPinnedPrune: 'prune, pinned',
  tipShape: '{0}, rank {1}, scale {2}',
  tipReplaced:
    "{0}, a whole weight in the file: loaders put it in the place of the model's. Rules leave it alone, pins do not.",
  tipPopulationShape: 'E-DIEM compares it with the {0} active modules of its shape.',
  tipPopulationType: 'E-DIEM compares it with the {0} active modules of its type.',
  tipPopulationAll: 'E-DIEM compares it with all {0} active modules.',
  tipPopulationPooled:
    'Too few modules to compare it with: its E-DIEM is from {0} modules of all shapes, by distance without dimension.',
  statusInactive: 'inactive',
  statusUnmatched: 'unmatched',
  statusUnsupported: 'unsupported',
  statusMeasured: 'measured',

  helpHeading: 'How to read the scores',
  helpDistance:
    'E-DIEM says how far a module’s update stands from the alignment subspace, for what is usual among the modules it is compared with. It is standardised: 0 is usual, and how far beyond it a module stands out.',
  helpBeside:
    'Read cosine, retained share and relative distance beside it. C = V Vᵀ / ‖V‖ is no true projector: it shrinks with the alignment step ‖V‖. After a small step P = C dW is near zero, and ranking by distance comes close to ranking by the size of the update.',
  helpReversal:
    'Reversal says how far the update walks the alignment step back; a negative one walks on. In our measurements it kept more of the task for the same refusal.',
  helpBehaviour:
    'All of this is measured on weights, not on behaviour: a high score proves no harm, a low one no safety. Test the pruned adapter.',
  helpUnscored:
    'Inactive modules (B = 0) change nothing; unmatched ones have no tensor in the base model; unsupported ones are not of the form s B A. None of them has a score, and the rule leaves them alone; pins do not.',
  helpReplaced:
    "Replaced weights are whole tensors in the file (heads, norms, biases, any weight) that PEFT loads over the model's. Their update is the difference; E-DIEM compares it with the LoRA modules.",
  checkHeading: 'Will it load?',
  check: 'Check',
  checkAgain: 'Check Again',
  checkReport: 'Open Report',
  checkRunning: 'Comparing names, shapes and the config…',
  checkFailed: 'The check failed: {0}',
  checkLoads: '{0}: loads.',
  checkPartly: '{0}: loads partially, {1} of {2} modules attach.',
  checkUnknown: '{0}: undetermined, {1} of {2} modules attach.',
  checkFails: '{0}: fails.',

  notesHeading: 'Notes on this analysis',
  carried: 'Tensors that no score covers: {0}.',

  // The inspector
  loading: 'Reading the header',
  tensors: 'Tensors',
  oneTensor: '1 tensor',
  manyTensors: '{0} tensors',
  adapterOne: '{0} adapter with 1 module',
  adapterMany: '{0} adapter with {1} modules',
  loraRank: 'rank {0}',
  loraScale: 'scale {0}',
  trainedOn: 'trained on {0}',
  declined: 'Cannot be scored:',
  unscoredOne: '1 module has no score:',
  unscoredMany: '{0} modules have no score:',
  note: 'Note:',
  metadataOne: 'Metadata (1 entry)',
  metadataMany: 'Metadata ({0} entries)',
  moreEntries: '{0} more entries',
  showWhole: 'Show All',
  openAsText: 'Open as Text',
  unreadable: 'This file cannot be read.',
  inspectorRestrictedWhy:
    'The file can be inspected; scoring it needs a trusted workspace, because its settings say which model files are read.',
  search: 'Search tensors',
  searchHint: 'Search name, type or shape',
  noMatch: 'No tensor matches the search.',
  shown: '{0} of {1} · {2}',
  columnName: 'Name',
  columnType: 'Type',
  columnShape: 'Shape',
  bytes: '{0} bytes',
} as const;

export type StringKey = keyof typeof STRINGS;

let translations: Readonly<Record<string, string>> = {};

/** @param bundle English text -> translated text; what is missing stays English */
export function setTranslations(bundle: Readonly<Record<string, string>>): void {
  translations = bundle;
}

/** The text in the language of the window, with `{0}` … filled in. Values are never read as patterns themselves. */
export function text(key: StringKey, ...values: readonly (string | number)[]): string {
  return render({ text: STRINGS[key], values }, translated);
}

/** An English text that comes from the core (a score's label or description), in the language of the window. */
export function translated(english: string): string {
  return Object.hasOwn(translations, english) ? (translations[english] ?? english) : english;
}
