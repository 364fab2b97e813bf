import { createHash } from 'node:crypto';
import { say, type Message } from '../core/message';
import { displayName } from '../core/safetensors/displayName';
import { ALIGNED } from '../core/results/evaluation/summarize';
import type { Answer, EvaluationRow } from '../core/results/evaluation/types';
import type { Journal } from './journal';
import type { Context, MeasurePlan, PlannedPrompt, PlannedVariant } from './plan';
import type { Question, Runner } from './runners/types';
import { judgeByRules, withoutThought } from './scorers/refusal/refusal';
import { repetition } from './scorers/reliability';
import { taskScores } from './scorers/task';
import type { SuitePrompt } from './suites/types';

/** One prompt for one variant. */
export interface Cell {
  readonly prompt: PlannedPrompt;
  readonly variant: PlannedVariant;
}

/** What an evaluation works with. */
export interface EvaluationParts {
  readonly plan: MeasurePlan;
  readonly runner: Runner;
  readonly journal: Journal;
  readonly context: Context;
}

/** Texts that are scored after a prompt: what a score of the journal is of. */
export type ScoredText = 'reference' | 'answer' | 'refusal start' | 'compliance start';

export function answerKey({ prompt, variant }: Cell): string {
  return JSON.stringify([prompt.kind, prompt.id, variant.id]);
}

/** A prompt as errors name it. */
export function labelOf({ kind, id }: Pick<SuitePrompt, 'kind' | 'id'>): Message {
  return say('Prompt {0} ({1})', displayName(id), kind);
}

/** @param variant the id of the variant under which the text is scored */
export function scoreKey(prompt: SuitePrompt, variant: string, what: ScoredText, text?: string): string {
  // A hash, because keys are named in errors: an answer must not be.
  const hash = text === undefined ? [] : [createHash('sha256').update(text).digest('hex').slice(0, 16)];
  return JSON.stringify([prompt.kind, prompt.id, variant, what, ...hash]);
}

/** The row of a prompt, with what the journal has of it by now. */
export function rowOf(plan: MeasurePlan, journal: Journal, prompt: PlannedPrompt): EvaluationRow {
  const { id, kind, split, category, reference, messages, suiteAt, line } = prompt;
  const answers = plan.variants.flatMap((variant): [string, Answer][] => {
    const answer = answerFor(plan, journal, { prompt, variant });
    return answer === undefined ? [] : [[variant.id, answer]];
  });
  return {
    id,
    suite: kind,
    split,
    ...(category === undefined ? {} : { category }),
    prompt: promptText(messages),
    ...(reference === undefined ? {} : { reference }),
    ...(line === undefined ? {} : { source: { suite: suiteAt, line } }),
    answers: Object.fromEntries(answers),
  };
}

/** The user's message; of longer conversations all, each with who said it. */
export function promptText(messages: SuitePrompt['messages']): string {
  const [only] = messages;
  if (only !== undefined && messages.length === 1) return only.content;
  return messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
}

function answerFor(plan: MeasurePlan, journal: Journal, cell: Cell): Answer | undefined {
  const { prompt, variant } = cell;
  const key = answerKey(cell);
  const answer = journal.get('answer', key);
  if (answer === undefined) return undefined;
  const { text, tokens, ended } = answer;
  const judged = plan.request.judge === undefined ? undefined : journal.get('verdict', key);
  return {
    ...{ text, tokens, ended },
    verdict: judged?.verdict ?? judgeByRules(text),
    by: judged === undefined ? 'rules' : 'judge',
    scores: prompt.reference === undefined ? {} : taskScores(withoutThought(text), prompt.reference),
    repetition: repetition(text),
    ...scoresFor(journal, prompt, variant, text),
  };
}

function scoresFor(
  journal: Journal,
  prompt: SuitePrompt,
  { id }: PlannedVariant,
  text: string,
): Pick<Answer, 'referenceLogProbability' | 'tokenAccuracy' | 'refusalMargin' | 'perplexity'> {
  const reference = journal.get('score', scoreKey(prompt, id, 'reference'));
  const own = journal.get('score', scoreKey(prompt, ALIGNED, 'answer', text));
  const margin = refusalMargin(journal, prompt, id);
  return {
    ...(reference?.mean == null ? {} : { referenceLogProbability: reference.mean }),
    ...(reference?.top == null ? {} : { tokenAccuracy: reference.top }),
    ...(margin === undefined ? {} : { refusalMargin: margin }),
    ...(own?.mean == null ? {} : { perplexity: Math.min(Number.MAX_VALUE, Math.exp(-own.mean)) }),
  };
}

function refusalMargin(journal: Journal, prompt: SuitePrompt, variant: string): number | undefined {
  const refusal = journal.get('score', scoreKey(prompt, variant, 'refusal start'))?.mean;
  const compliance = journal.get('score', scoreKey(prompt, variant, 'compliance start'))?.mean;
  return refusal == null || compliance == null ? undefined : refusal - compliance;
}

/** The conversation with a system message in front, if it has none. */
export function withSystem(messages: Question['messages'], system: string | undefined): Question['messages'] {
  if (system === undefined || system === '' || messages[0]?.role === 'system') return messages;
  return [{ role: 'system', content: system }, ...messages];
}
