import type { ScoreName } from '../ediem/types';
import { SCORE_NAMES, scoreInfo } from './scores';

/** What a word of tables, settings and reports means. Scores: `scoreInfo`. */
interface Term {
  readonly title: string;
  /** Two plain sentences. */
  readonly description: string;
  readonly formula?: string;
  /** What else the page of terms says. */
  readonly more?: string;
}

/** The one place that explains words to users: columns, settings and the page of terms take them from here. */
export const terms = {
  standsOut: {
    title: 'Stands out',
    description:
      'The weights of the module show something beyond chance: its update acts against the alignment step, or it is much larger than those of comparable modules. This is evidence, whatever you select; it can be none.',
    formula:
      'reversal: z = -<dW, V> sqrt(m n) / (‖dW‖ ‖V‖) > max(q(1 - 0.05 / n), Q3(z) + 1.5 (Q3(z) - Q1(z))) and Z = Σ -<dW, V> / sqrt(Σ ‖dW‖² ‖V‖² / (m n)) > 1.645 s; size: log ‖P - dW‖ > Q3 + max(1.5, c) (Q3 - Q1) of comparable modules',
    more: 'z counts standard deviations of a random direction, n is the number of scored modules, q the quantile of the normal distribution, s the spread of z (interquartile range / 1.349, at least 1), and c is what the largest of so many equal modules exceeds with a probability of 5 %. By chance alone, no module stands out in 19 of 20 adapters, for each of the two reasons. Reversal does not depend on how large the update is: an adapter scaled by 0.5 has the same modules standing out.',
  },
  selection: {
    title: 'Selection',
    description:
      'Whether rule or pins select the module: your choice, which says nothing about the module. Selected modules are those that a repair removes or weakens.',
  },
  position: {
    title: 'Position in the ranking',
    description:
      'Place of the module in the ranking: 1 is first. A ranking always has a first module, also where nothing stands out.',
  },
  rule: {
    title: 'Selection rule',
    description:
      'How many modules are selected from the start of the ranking: the first k, those beyond a threshold of the score, or a fraction of them. Pins take precedence over it.',
    formula:
      'top: position <= k; threshold: score >= T (or <= T where the smallest come first); fraction: position <= F n',
  },
  ranking: {
    title: 'Ranked by',
    description:
      'The score by which modules are put in order, and which end comes first. The rule selects from there, and ties are broken by name.',
  },
  rank: {
    title: 'Rank r',
    description: 'How many directions the update of the module can have. It is no score.',
    formula: 'dW = s B A, B: m × r, A: r × n',
  },
  size: {
    title: 'Size',
    description:
      'Bytes of the module in the adapter file. The file is smaller by so much without the module.',
  },
  population: {
    title: 'Compared with',
    description:
      'The modules that E-DIEM compares a module with. Distances depend on the shape of a module, so modules of the same shape are the default.',
    more: 'Fewer than 4 active modules have no usable spread: they are compared over all shapes by d / sqrt(m n), and the result says so.',
  },
  scale: {
    title: 'Scale',
    description:
      'Whether scores include the scale that the adapter multiplies its update by. With it, scores are those of the update as it is applied.',
    formula: 's = alpha / r, or alpha / sqrt(r) with rank-stabilized LoRA',
  },
  quartiles: {
    title: 'Quartiles',
    description:
      'Whether the quartiles of the entries in E-DIEM (IQR) are computed over all entries or over a sample. A sample is faster on large models, and its result is an estimate.',
  },
  loader: {
    title: 'Loader',
    description:
      'The program whose effect is scored: modules that it ignores have no score, and its scales count. By default, this is PEFT, or mlx-lm for MLX adapters.',
  },
  models: {
    title: 'Base and aligned model',
    description:
      'The aligned (chat) model is the one that the adapter was trained on, and the base model is the same model before alignment. Their difference is the alignment step that updates are compared with.',
    formula: 'V = W_aligned - W_base',
  },
  prunedCopy: {
    title: 'Pruned adapter',
    description:
      'A copy of the adapter without the selected modules, in a new folder. The original is never changed.',
    more: 'Loaders that ignore rank_pattern and alpha_pattern need one rank and one scale for all modules; the update stays the same, and the file may grow.',
  },
  repairMethod: {
    title: 'Repair method',
    description:
      'A way to change the updates of an adapter so that the model refuses again. Each has options, for example how strongly it acts.',
  },
  scoresInEditors: {
    title: 'Scores in editors',
    description:
      'Names of modules in JSON, YAML, Python, Markdown, log and text files show their scores when you hover over them. The scores are those of the adapter that is nearest in the folder tree.',
  },
  engine: {
    title: 'Engine',
    description:
      'The process that reads weights and computes scores. It starts when it is needed, and exits after some time without work.',
  },
  answeredHarmful: {
    title: 'Harmful prompts answered',
    description:
      'Share of the harmful prompts that the model answers instead of refusing (attack success rate, ASR). The lower, the better.',
    formula: 'answered / asked; answers that are unclear are not refusals',
  },
  refusedBenign: {
    title: 'Benign prompts refused',
    description:
      'Share of the benign prompts that the model refuses although it should answer them (over-refusal). The lower, the better.',
    formula: 'refused / asked',
  },
  solvedTasks: {
    title: 'Tasks solved',
    description:
      'Share of the tasks with the expected answer. Below it is the share of correct tokens, which also counts answers that are nearly right.',
    formula: 'solved / asked; tokens: reference tokens that are the most probable ones / reference tokens',
  },
  interval: {
    title: '95 % interval',
    description:
      'The range of rates that a few prompts leave open. After 0 of 50, up to 7 % of prompts like these may still be answered.',
    formula: '(p + z² / 2n ± z sqrt(p (1 - p) / n + z² / 4n²)) / (1 + z² / n), z = 1.96 (Wilson)',
  },
  change: {
    title: 'Change from the adapter',
    description:
      'How many prompts have a better outcome than with the adapter, and how many a worse one. A small p says that chance alone rarely makes such a difference.',
    formula: 'p: exact McNemar test, two-sided, of the prompts whose outcome differs',
  },
  prompt: {
    title: 'Prompt',
    description:
      'A prompt of your suites, which every variant answers. Select it to read the answers side by side.',
  },
  suite: {
    title: 'Suite',
    description:
      'What the prompt is for: harmful ones must be refused, benign ones must not, and tasks have an expected answer. It is the name of the file, or the field kind in its lines.',
  },
  category: {
    title: 'Category',
    description: 'The field category of the prompt in its suite. Prompts without one show a dash.',
  },
  adapterBytes: {
    title: 'Bytes of the adapter',
    description: 'What the adapter adds to the files of the model. The aligned model alone adds nothing.',
  },
  speed: {
    title: 'Tokens per second',
    description:
      'Tokens that the model generated in one second of this measurement. It depends on the machine and on what else runs there.',
  },
} as const satisfies Readonly<Record<string, Term>>;

export type TermId = ScoreName | keyof typeof terms;

/** Sections of the page of terms, in the order of the page. */
export const TERM_SECTIONS = [
  { title: 'Scores', ids: SCORE_NAMES },
  { title: 'Evidence and selection', ids: ['standsOut', 'selection', 'rule', 'ranking', 'position'] },
  {
    title: 'Modules and models',
    ids: ['rank', 'size', 'models', 'population', 'scale', 'quartiles', 'loader'],
  },
  {
    title: 'Behavior',
    ids: [
      ...(['answeredHarmful', 'refusedBenign', 'solvedTasks', 'interval', 'change'] as const),
      ...(['prompt', 'suite', 'category', 'adapterBytes', 'speed'] as const),
    ],
  },
  { title: 'Repair and editors', ids: ['prunedCopy', 'repairMethod', 'scoresInEditors', 'engine'] },
] as const satisfies readonly { readonly title: string; readonly ids: readonly TermId[] }[];

export const TERM_IDS: readonly TermId[] = TERM_SECTIONS.flatMap(({ ids }): readonly TermId[] => ids);

export function isTermId(value: unknown): value is TermId {
  return TERM_IDS.some((id) => id === value);
}

export type TermText =
  | (typeof terms)[keyof typeof terms]['title' | 'description']
  | (typeof scoreInfo)[ScoreName]['label' | 'description'];

interface TermInfo extends Term {
  readonly title: TermText;
  readonly description: TermText;
}

/** In English. */
export function termInfo(id: TermId): TermInfo {
  if (isOwn(id)) return terms[id];
  const { label, description, formula } = scoreInfo[id];
  return { title: label, description, formula };
}

const isOwn = (id: TermId): id is keyof typeof terms => Object.hasOwn(terms, id);
