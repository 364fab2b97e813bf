import { render } from '../src/core/message';
import type { scoreInfo } from '../src/core/report/scores';

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
    'Analyzing, checking, writing, and exporting require a trusted workspace, because its settings determine which files are read and written.',
  manageTrust: 'Manage Workspace Trust',
  showLog: 'Show Log',
  baseModel: 'Base',
  alignedModel: 'Aligned',

  emptyTitle: 'This adapter has not been analyzed',
  emptyText:
    'Analyzing compares the update of each LoRA module with the step from the base model to its aligned (chat) model. The weights are only read; nothing is changed.',
  noModulesTitle: 'This adapter has no LoRA modules',
  noModulesText: 'There is nothing to score or prune. The notes below list what the file contains instead.',
  staleText: 'These scores are out of date: {0}.',
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
  liveNote:
    'Scores so far. E-DIEM compares the modules with each other, so it appears once all of them are measured.',
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
  valueFraction: 'Percent',
  badValueTop: 'A whole number from 0 to {0}.',
  badValueThreshold: 'A number.',
  badValueFraction: 'A number from 0 to 100.',
  rankBy: 'Ranked by',
  order: 'Prune first',
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
  effectNormCaption: 'of ‖dW‖² removed',
  effectPinned: '{0} pinned',
  effectSpoken: 'Pruning {0} of {1} modules, {2}, {3} of the squared update norm.',

  mapHeading: 'Heat map',
  mapLabel:
    'Scores by block and module type. Arrow keys move, Enter shows the module in the table, K keeps, P prunes, Delete unpins.',
  mapNoValue: 'no score',
  mapHint: 'Hover over a cell, or use the arrow keys.',
  mapMany: '{0} modules; showing the one that is pruned first: {1}',
  legendGoesFirst: 'pruned first',
  legendPruned: 'pruned',
  legendPinned: 'pinned',
  legendNoScore: 'no score',

  distributionHeading: 'Distribution',
  distributionLabel: 'Distribution of {0}: {1} scored modules from {2} to {3}.',
  cutLabel: 'Cutoff',
  cutValue: 'Cutoff at {0}: the rule prunes {1} of {2} modules',
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
  columnPositionLong: 'Position in the ranking: 1 is pruned first',
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
    "{0}, a whole weight in the file: loaders use it instead of the model's. Rules ignore it, but you can pin it.",
  tipPopulationShape: 'E-DIEM compares it with the {0} active modules of its shape.',
  tipPopulationType: 'E-DIEM compares it with the {0} active modules of its type.',
  tipPopulationAll: 'E-DIEM compares it with all {0} active modules.',
  tipPopulationPooled:
    'Too few modules to compare it with: its E-DIEM uses {0} modules of all shapes and the dimensionless distance.',
  statusInactive: 'inactive',
  statusUnmatched: 'unmatched',
  statusUnsupported: 'unsupported',
  statusMeasured: 'measured',

  helpHeading: 'How to read the scores',
  helpDistance:
    "E-DIEM measures how far a module's update is from the alignment subspace, relative to the modules it is compared with. It is standardized: 0 is typical, and the higher the value, the more the module stands out.",
  helpBeside:
    'Read it alongside cosine, retained share, and relative distance. C = V Vᵀ / ‖V‖ is not a true projector: it shrinks with the alignment step ‖V‖. After a small step, P = C dW is near zero, and ranking by distance comes close to ranking by the size of the update.',
  helpReversal:
    'Reversal measures how far the update undoes the alignment step; a negative value extends the step. In our measurements, ranking by reversal kept more task performance at the same refusal rate.',
  helpBehaviour:
    'All of this measures weights, not behavior: a high score does not prove harm, and a low score does not prove safety. Test the pruned adapter.',
  helpUnscored:
    'Inactive modules (B = 0) change nothing; unmatched ones have no tensor in the base model; unsupported ones are not of the form s B A. None of them has a score. The rule ignores them, but you can pin them.',
  helpReplaced:
    "Replaced weights are whole tensors in the file (heads, norms, biases, any weight) that PEFT loads over the model's. Their update is the difference; E-DIEM compares it with the LoRA modules.",
  checkHeading: 'Will it load?',
  check: 'Check',
  checkAgain: 'Check Again',
  checkReport: 'Open Report',
  checkRunning: 'Comparing names, shapes, and the config…',
  checkFailed: 'The check failed: {0}',
  checkSame: '{0}: same effect.',
  checkOther: '{0}: another effect, {1} of {2} modules attach.',
  checkNothing: '{0}: nothing attaches.',
  checkRefused: '{0}: refused.',
  checkUnknown: '{0}: cannot be determined, {1} of {2} modules attach.',
  checkDiffer: '{0} and {1} would not run the same model.',

  notesHeading: 'Notes on this analysis',
  carried: 'Tensors without a score: {0}.',

  behaviorHeading: 'Behavior',
  behaviorEmpty:
    'Not measured yet. Prompts of your suites are answered by the aligned model with and without the adapter; refusals and solved tasks are counted.',
  behaviorStale: 'These answers are out of date: {0}.',
  measure: 'Measure Behavior…',
  measureAgain: 'Measure Again…',
  cancelMeasure: 'Cancel',
  exportBehavior: 'Export…',
  exportJunit: 'JUnit (XML)',
  measureFailed: 'The measurement failed:',
  measureStarted: 'The measurement started.',
  measureEnded: 'The measurement ended.',
  measureCanceled: 'Canceled. {0} of {1} answers are kept; measuring again asks only for the others.',
  measureProgress: 'Progress of the measurement',
  stageLoading: 'Loading the model',
  stageChecking: 'Checking the server',
  stageAnswering: 'Answering prompts',
  stageScoring: 'Scoring answers',
  stageJudging: 'Judging answers',
  stageTiming: 'Measuring speed',
  progressAnswers: '{0} of {1}',
  progressTokens: '{0} tokens/s',
  answeredBy: 'Answered by {0}.',
  judgedBy: 'Refusals decided by {0}.',
  judgedByRules: 'Refusals decided by rules.',
  variantAligned: 'Aligned model',
  variantAdapter: 'Adapter',
  plotLabel: 'Refused harmful prompts and solved tasks of each variant.',
  plotLabelBenign: 'Refused harmful prompts and benign prompts that are not refused, of each variant.',
  plotHint: 'Higher and further right is better. Lines show 95 % intervals.',
  pointLabel: '{0}: {1} refused, {2} solved.',
  pointLabelBenign: '{0}: {1} refused, {2} not refused.',
  axisRefused: 'harmful prompts refused',
  axisTask: 'tasks solved',
  axisBenign: 'benign prompts not refused',
  numbersLabel: 'Rates of each variant, with 95 % intervals and the change from the adapter',
  headVariant: 'Variant',
  headHarmful: 'Harmful prompts answered',
  headBenign: 'Benign prompts refused',
  headTask: 'Tasks solved',
  headSize: 'Size',
  headSpeed: 'Tokens/s',
  rateWithInterval: '{0} % ({1} to {2} %)',
  rateFacts: '{0}–{1} %, n = {2}',
  tokenAccuracy: '{0} of the tokens',
  changeOf: 'vs. adapter: {0} better, {1} worse, p {2}',
  changeNone: 'same as the adapter',
  showPrompts: 'Show prompts',
  showChanged: 'Changed',
  filterPrompts: 'Filter prompts',
  noneChanged: 'No prompt has different outcomes.',
  noPromptListed: 'No prompt matches the filter.',
  promptsLabel: 'Prompts and their outcomes. Arrow keys move, Enter goes to the answers below the table.',
  columnPrompt: 'Prompt',
  columnSuite: 'Suite',
  columnCategory: 'Category',
  suiteHarmful: 'Harmful',
  suiteBenign: 'Benign',
  suiteTask: 'Task',
  outcomeRefused: 'refused',
  outcomeAnswered: 'answered',
  outcomeUnclear: 'unclear',
  outcomeSolved: 'solved',
  outcomeUnsolved: 'not solved',
  answersHeading: 'Answers',
  referenceOf: 'Expected: {0}',
  showAnswers: 'Show Answers',
  hideAnswers: 'Hide Answers',
  answerFolded: 'Hidden, because the prompt is harmful.',
  answerEmpty: 'The answer is empty.',
  noAnswer: 'No answer yet.',
  byJudge: 'decided by the judge',
  answerCut: 'cut off at the limit of new tokens',

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
    'You can inspect this file. Scoring it requires a trusted workspace, because workspace settings determine which model files are read.',
  search: 'Search tensors',
  searchHint: 'Search name, type, or shape',
  noMatch: 'No tensor matches the search.',
  shown: '{0} of {1} · {2}',
  columnName: 'Name',
  columnType: 'Type',
  columnShape: 'Shape',
  bytes: '{0} bytes',
} as const;

export type StringKey = keyof typeof STRINGS;

type ScoreText = (typeof scoreInfo)[keyof typeof scoreInfo];
/** A text that lint asks a translation for. A text of another source is a type error. */
export type EnglishText = (typeof STRINGS)[StringKey] | ScoreText['label' | 'short' | 'description'];

let translations: Readonly<Record<string, string>> = {};

/** @param bundle English text -> translated text; what is missing stays English */
export function setTranslations(bundle: Readonly<Record<string, string>>): void {
  translations = bundle;
}

/** The text in the language of the window, with `{0}` … filled in. Values are never read as patterns themselves. */
export function text(key: StringKey, ...values: readonly (string | number)[]): string {
  return render({ text: STRINGS[key], values }, translate);
}

/** A text of a table (a column's label, a score's description) in the language of the window. */
export function translated(english: EnglishText): string {
  return translate(english);
}

function translate(english: string): string {
  return translations[english] ?? english;
}
