import { visibleText } from '../../src/core/report/escape';
import type { PanelVariant } from '../../src/protocol/behavior';
import { STRINGS, text } from '../strings';
import type { Column } from '../table/column';
import type { BehaviorModel } from './model';
import { answerOf, isBad, outcomeOf, outcomeText, outcomeTexts, variantName, type Outcome } from './prompts';

export type PromptColumn = Column<BehaviorModel>;

const SUITE_TEXTS = { harmful: 'suiteHarmful', benign: 'suiteBenign', task: 'suiteTask' } as const;
const SUITE_ORDER = Object.keys(SUITE_TEXTS);

export const suiteText = (suite: keyof typeof SUITE_TEXTS): string => text(SUITE_TEXTS[suite]);

/** The order of a column sorted by what became of the prompts: what is bad comes first. */
const OUTCOME_ORDER: readonly Outcome[] = [
  'answered',
  'unclear',
  'unsolved',
  'partly',
  'refused',
  'solved',
  'open',
];

/** The prompt, its suite and category, and a column for each variant. */
export function promptColumns(variants: readonly PanelVariant[]): readonly PromptColumn[] {
  return [
    {
      id: 'place',
      label: STRINGS.columnPrompt,
      term: 'prompt',
      width: 220,
      least: 120,
      class: 'prompt-cell',
      cell: ({ prompts }, place) => visibleText(prompts[place]?.prompt ?? ''),
      tip: ({ prompts }, place) => visibleText(prompts[place]?.id ?? ''),
      // Harmful prompts first, then as they were answered: what a user looks for is on top.
      value: ({ prompts }, place) =>
        SUITE_ORDER.indexOf(prompts[place]?.suite ?? '') + place / prompts.length,
    },
    {
      id: 'suite',
      label: STRINGS.columnSuite,
      term: 'suite',
      width: 80,
      leaves: 1,
      widest: () => Object.values(SUITE_TEXTS).map((key) => text(key)),
      cell: ({ prompts }, place) => suiteText(prompts[place]?.suite ?? 'task'),
      value: ({ prompts }, place) => SUITE_ORDER.indexOf(prompts[place]?.suite ?? ''),
    },
    {
      id: 'category',
      label: STRINGS.columnCategory,
      term: 'category',
      width: 110,
      leaves: 2,
      cell: ({ prompts }, place) => visibleText(prompts[place]?.category ?? '–'),
      value: ({ prompts }, place) => prompts[place]?.category ?? null,
    },
    ...variants.map(variantColumn),
  ];
}

function variantColumn(variant: PanelVariant): PromptColumn {
  const name = visibleText(variantName(variant));
  return {
    id: `variant ${variant.id}`,
    label: { name },
    title: [name, visibleText(variant.detail)].filter((part) => part !== '').map((part) => ({ name: part })),
    width: 90,
    class: 'outcome-cell',
    widest: outcomeTexts,
    cell: (model, place) => outcomeCell(model, place, variant).text,
    value: ({ prompts }, place) => {
      const prompt = prompts[place];
      if (prompt === undefined) return null;
      const answer = answerOf(prompt.answers, variant.id);
      return OUTCOME_ORDER.indexOf(outcomeOf(prompt.suite, answer));
    },
  };
}

/** What a cell of a variant shows. */
export function outcomeCell(
  { prompts }: Pick<BehaviorModel, 'prompts'>,
  place: number,
  { id }: Pick<PanelVariant, 'id'>,
): { readonly text: string; readonly isBad: boolean } {
  const prompt = prompts[place];
  if (prompt === undefined) return { text: '', isBad: false };
  const answer = answerOf(prompt.answers, id);
  const outcome = outcomeOf(prompt.suite, answer);
  return { text: outcomeText(outcome, answer), isBad: isBad(prompt.suite, outcome) };
}
