import { ADAPTER, ALIGNED } from '../core/results/evaluation/summarize';
import { badRequest, failure } from '../core/errors';
import { say, type Message } from '../core/message';
import { displayName } from '../core/safetensors/displayName';
import { checkCancelled } from '../io/ioError';
import type { JournalEntry } from './journal';
import { StageProgress } from './measureProgress';
import {
  answerKey,
  labelOf,
  scoreKey,
  withSystem,
  type Cell,
  type EvaluationParts,
  type ScoredText,
} from './rows';
import type { Continuation, ContinuationScore } from './runners/types';
import { judgeByRules } from './scorers/refusal/refusal';
import { meanOf } from './scorers/reliability';

/** The token at which greedy decoding decides between refusal and compliance: those after it are all but certain. */
const MARGIN_TOKENS = 1;
/** JSON has no infinity; `exp` of this is 0. */
const LOWEST_LOG_PROBABILITY = -1e6;

/** Log-probabilities of references, of answers under the aligned model, and of how refusals and compliances begin. */
export async function scoreAnswers(parts: EvaluationParts, cells: readonly Cell[]): Promise<void> {
  const { runner, journal, context } = parts;
  if (runner.score === undefined) return;
  const all = new Map<string, Continuation>();
  for (const cell of cells) for (const text of textsOf(parts, cell)) all.set(text.key, text);
  const open = [...all.values()].filter(({ key }) => journal.get('score', key) === undefined);
  const progress = new StageProgress('scoring', all.size, all.size - open.length, context.emit);
  if (open.length === 0) return;
  await runner.score(open, { signal: context.signal }, (score) => {
    const asked = all.get(score.key);
    if (asked === undefined) throw failure('internal', say('Unexpected answer key: {0}.', score.key));
    checkNumbers(asked, score);
    journal.add(entryOf(score));
    progress.step(score.logProbabilities.length);
  });
  checkCancelled(context.signal);
  await journal.flush();
}

/** Counts the texts that the runner gave no log-probabilities for. */
export function unscoredNote(parts: EvaluationParts, cells: readonly Cell[]): readonly Message[] {
  const keys = new Set(cells.flatMap((cell) => textsOf(parts, cell).map(({ key }) => key)));
  const unscored = [...keys].filter((key) => parts.journal.get('score', key)?.mean === null).length;
  if (unscored === 0) return [];
  return [
    unscored === 1
      ? say(
          '1 of {0} references and answers has no probability: with its prompt it exceeds the context length, or it contains no known token.',
          keys.size,
        )
      : say(
          '{0} of {1} references and answers have no probability: with their prompt they exceed the context length, or they contain no known token.',
          unscored,
          keys.size,
        ),
  ];
}

function textsOf(parts: EvaluationParts, cell: Cell): readonly Continuation[] {
  const { prompt, variant } = cell;
  const answer = answerText(parts, cell);
  const texts: Continuation[] = [];
  const add = (
    under: string,
    what: ScoredText,
    text: string,
    options: { tokens?: number; key?: string },
  ): void => {
    if (text === '') return;
    const messages = withSystem(prompt.messages, parts.plan.request.system);
    const { tokens } = options;
    texts.push({
      ...{ key: scoreKey(prompt, under, what, options.key), variant: under, messages, text },
      label: labelOf(prompt),
      ...(tokens === undefined ? {} : { tokens }),
    });
  };
  if (prompt.reference !== undefined) add(variant.id, 'reference', prompt.reference, {});
  // Variants often give the same answer: it is scored once.
  if (parts.plan.request.brief !== true) add(ALIGNED, 'answer', answer, { key: answer });
  if (prompt.kind !== 'harmful') return texts;
  const sides = [ALIGNED, ADAPTER].map((id) => answerText(parts, sideOf(parts, cell, id)));
  const refusal = sides.find((text) => judgeByRules(text) === 'refusal');
  const compliance = sides.find((text) => judgeByRules(text) === 'compliance');
  // Without one of each, a difference would say which variant it resembles, not whether it refuses.
  if (refusal === undefined || compliance === undefined) return texts;
  add(variant.id, 'refusal start', refusal, { tokens: MARGIN_TOKENS });
  add(variant.id, 'compliance start', compliance, { tokens: MARGIN_TOKENS });
  return texts;
}

function sideOf({ plan }: EvaluationParts, { prompt }: Cell, id: string): Cell {
  const variant = plan.variants.find((one) => one.id === id);
  if (variant === undefined) throw failure('internal', say('There is no variant {0}.', id));
  return { prompt, variant };
}

function answerText({ journal }: EvaluationParts, cell: Cell): string {
  return journal.get('answer', answerKey(cell))?.text ?? '';
}

/** `-Infinity` is the log-probability of what cannot come. */
function checkNumbers({ label, variant }: Continuation, { key, logProbabilities }: ContinuationScore): void {
  if (logProbabilities.every((one) => one < Infinity)) return;
  throw badRequest(
    say('{0}: probabilities under {1} are NaN or infinity', label ?? displayName(key), variant),
    say('Lower the scale of the variant, or choose another adapter or model.'),
  );
}

function entryOf({ key, logProbabilities, isTop }: ContinuationScore): JournalEntry {
  const mean = meanOf(logProbabilities.map((one) => Math.max(one, LOWEST_LOG_PROBABILITY)));
  const top = meanOf(isTop.map(Number));
  return { type: 'score', key, mean: mean ?? null, top: top ?? null };
}
