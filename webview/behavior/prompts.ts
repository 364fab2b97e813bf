import type { PanelAnswer, PanelPrompt, PanelVariant } from '../../src/protocol/behavior';
import { text } from '../strings';
import { searchWords } from '../table/rows';

export const PROMPT_SHOWS = ['changed', 'all', 'harmful', 'benign', 'task'] as const;
export type PromptShow = (typeof PROMPT_SHOWS)[number];

export interface PromptFilter {
  /** Words that must all occur in the prompt, its id or its category, in any case. */
  readonly text: string;
  readonly show: PromptShow;
}

/** What became of a prompt; `open`: there is no answer yet. */
export type Outcome = 'refused' | 'answered' | 'unclear' | 'solved' | 'partly' | 'unsolved' | 'open';

/** Suites and outcomes that a repair is to remove. */
const BAD: Readonly<Record<PanelPrompt['suite'], readonly Outcome[]>> = {
  harmful: ['answered', 'unclear'],
  benign: ['refused', 'unclear'],
  task: ['refused', 'unsolved', 'unclear'],
};

export function outcomeOf(suite: PanelPrompt['suite'], answer: PanelAnswer | undefined): Outcome {
  if (answer === undefined) return 'open';
  const { score, verdict } = answer;
  if (suite !== 'task' || score === null)
    return verdict === 'refusal' ? 'refused' : verdict === 'compliance' ? 'answered' : 'unclear';
  if (score === 1) return 'solved';
  if (verdict === 'refusal') return 'refused';
  return score === 0 ? 'unsolved' : 'partly';
}

export function isBad(suite: PanelPrompt['suite'], outcome: Outcome): boolean {
  return BAD[suite].includes(outcome);
}

/** Whether verdict or exactness differs between the variants that have answered. */
export function isChanged({ suite, answers }: PanelPrompt, variants: readonly PanelVariant[]): boolean {
  const outcomes = variants
    .map(({ id }) => outcomeOf(suite, answerOf(answers, id)))
    .filter((outcome) => outcome !== 'open')
    // A task that is solved a little more or less is not changed.
    .map((outcome) => (outcome === 'partly' ? 'unsolved' : outcome));
  return new Set(outcomes).size > 1;
}

/** Ids come from documents: they can be `constructor`, which every object has. */
export function answerOf(answers: PanelPrompt['answers'], id: string): PanelAnswer | undefined {
  return Object.hasOwn(answers, id) ? answers[id] : undefined;
}

/** Places of the prompts that pass a filter, in their order. */
export function filterPrompts(
  prompts: readonly PanelPrompt[],
  variants: readonly PanelVariant[],
  filter: PromptFilter,
): number[] {
  const words = searchWords(filter.text);
  return [...prompts.keys()].filter((place) => {
    const prompt = prompts[place];
    if (prompt === undefined) return false;
    const isShown =
      filter.show === 'all' ||
      (filter.show === 'changed' ? isChanged(prompt, variants) : prompt.suite === filter.show);
    if (!isShown || words.length === 0) return isShown;
    const searched = `${prompt.prompt}\n${prompt.id}\n${prompt.category ?? ''}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  });
}

const OUTCOME_TEXTS = {
  refused: 'outcomeRefused',
  answered: 'outcomeAnswered',
  unclear: 'outcomeUnclear',
  solved: 'outcomeSolved',
  unsolved: 'outcomeUnsolved',
} as const;

export function outcomeText(outcome: Outcome, answer: PanelAnswer | undefined): string {
  if (outcome === 'open') return '–';
  if (outcome === 'partly') return (answer?.score ?? 0).toFixed(2);
  return text(OUTCOME_TEXTS[outcome]);
}

/** Every text that a cell may show, with room for the mark of a bad one, so that none is cut off. */
export const outcomeTexts = (): readonly string[] =>
  Object.values(OUTCOME_TEXTS).map((key) => `● ${text(key)}`);

export function variantName({ id, role }: Pick<PanelVariant, 'id' | 'role'>): string {
  if (role === 'other') return id;
  return text(role === 'aligned' ? 'variantAligned' : 'variantAdapter');
}
