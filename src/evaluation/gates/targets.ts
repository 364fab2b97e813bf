import { badRequest, failure } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { visibleText } from '../../core/report/escape';
import { answerOf } from '../../core/results/evaluation/summarize';
import type { SuiteKind, Verdict } from '../../core/results/evaluation/types';
import type { FitTarget, UnusedReason } from '../../core/results/fit/types';
import { defined } from '../../core/record';
import { checkCancelled } from '../../io/ioError';
import type { FitEvent } from '../../protocol/evaluatorApi';
import type { CallContext } from '../../rpc/channel';
import type { Journal } from '../journal';
import { isSameAdapter, isSameRun } from '../known';
import { StageProgress } from '../measureProgress';
import { labelOf, promptText, withSystem } from '../rows';
import type { GatePrompt, GateRunner, GateVector } from '../runners/gates';
import { judgeByRules } from '../scorers/refusal/refusal';
import type { SuitePrompt } from '../suites/types';
import { promptsOf, type FitPlan } from './plan';

export type FitContext = CallContext<FitEvent>;

/** What a fit works with. */
export interface FitParts {
  readonly plan: FitPlan;
  readonly runner: GateRunner;
  readonly journal: Journal;
  readonly context: FitContext;
}

/** Begins with what is wanted and with what is not; both alike up to where they part. */
export interface HarmfulRow {
  readonly prompt: GatePrompt;
  readonly refusal: readonly number[];
  /** Absent: the adapter refuses too. */
  readonly compliance?: readonly number[];
  /** How far ahead of the compliance the refusal must begin to be clear, in nats. Absent: no more than in any row. */
  readonly clear?: number;
}

export type ComplianceRow = HarmfulRow & Required<Pick<HarmfulRow, 'compliance'>>;

export interface AnswerRow {
  readonly prompt: GatePrompt;
  readonly targets: readonly number[];
}

/** Token ids of what gates are fitted to, and how each prompt is used. */
export interface FitRows {
  readonly harmful: readonly HarmfulRow[];
  readonly benign: readonly AnswerRow[];
  readonly task: readonly AnswerRow[];
  readonly targets: readonly FitTarget[];
}

/** From the first token that differs: greedy decoding decides there. More dilute it: those after it are all but certain. */
const MARGIN_TOKENS = 1;
/** Of an answer to a benign prompt: how it begins decides whether it is a refusal. */
export const BENIGN_TOKENS = 12;
/** With fewer refusals than this share of the harmful prompts, there is little to restore. */
const REFUSED_MIN = 0.5;
const MAX_EXAMPLES = 3;

const SIDES = ['aligned', 'adapter'] as const;
type Side = (typeof SIDES)[number];

/** All gates of one value. */
export function constantGates({ modules, isSplit }: GateRunner, value: number): GateVector {
  const all = (): Float64Array => new Float64Array(modules.length).fill(value);
  return isSplit ? { on: all(), off: all() } : { on: all() };
}

/**
 * Asks the aligned model and the adapter, and encodes what their answers and the references begin with.
 * @throws SploraError `wrong-models` if the aligned model does not refuse; `bad-request` if no prompt is left
 */
export async function fitRows(parts: FitParts): Promise<FitRows> {
  await askBoth(parts);
  const { plan, journal } = parts;
  refuseCompliant(parts);
  const targets: FitTarget[] = [];
  const rows = { harmful: [] as HarmfulRow[], benign: [] as AnswerRow[], task: [] as AnswerRow[] };
  for (const prompt of plan.measured.prompts) {
    const isStruck = plan.request.struck?.[prompt.kind]?.includes(prompt.id) === true;
    const unused = isStruck ? 'struck' : await addRow(rows, parts, prompt);
    const answers = prompt.kind === 'task' ? NO_ANSWERS : answersOf(journal, prompt);
    const shown = { suite: prompt.kind, id: prompt.id, prompt: promptText(prompt.messages) };
    targets.push({ ...shown, ...answers, ...defined({ unused }) });
  }
  refuseEmpty(rows, plan);
  return { ...rows, targets };
}

const NO_ANSWERS = { aligned: null, adapter: null };

const keyOf = ({ kind, id }: SuitePrompt, side: Side): string => JSON.stringify([kind, id, side]);

function answersOf(journal: Journal, prompt: SuitePrompt): Record<Side, string | null> {
  const [aligned, adapter] = SIDES.map((side) => journal.get('answer', keyOf(prompt, side))?.text ?? null);
  return { aligned: aligned ?? null, adapter: adapter ?? null };
}

/** How the aligned model or the adapter answers a prompt. */
export function verdictOf(journal: Journal, prompt: SuitePrompt, side: Side): Verdict {
  return judgeByRules(journal.get('answer', keyOf(prompt, side))?.text ?? '');
}

export function promptOf({ plan }: Pick<FitParts, 'plan'>, prompt: SuitePrompt): GatePrompt {
  return { messages: withSystem(prompt.messages, plan.request.system), label: labelOf(prompt) };
}

async function askBoth(parts: FitParts): Promise<void> {
  const { plan, runner, journal, context } = parts;
  const { signal } = context;
  takeKnownAnswers(parts);
  const asked = plan.measured.prompts
    .filter(({ kind }) => kind !== 'task')
    .flatMap((prompt) => SIDES.map((side) => ({ prompt, side, key: keyOf(prompt, side) })));
  const open = asked.filter(({ key }) => journal.get('answer', key) === undefined);
  const progress = new StageProgress('answering', asked.length, asked.length - open.length, context.emit);
  if (open.length === 0) return;
  const gates = { aligned: constantGates(runner, 0), adapter: constantGates(runner, 1) };
  const questions = open.map(({ prompt, side, key }) => ({
    ...{ key, gates: gates[side] },
    ...promptOf({ plan }, prompt),
  }));
  const { maxNewTokens } = plan.measured;
  await runner.generate(questions, { signal, maxNewTokens }, ({ key, text, tokens, ended }) => {
    journal.add({ type: 'answer', key, text, tokens, ended });
    progress.step(tokens);
  });
  checkCancelled(signal);
  const missing = open.filter(({ key }) => journal.get('answer', key) === undefined).length;
  if (missing > 0)
    throw failure('internal', say('{0} of {1} questions were not answered.', missing, open.length));
  await journal.flush();
}

/** From an earlier measurement. */
function takeKnownAnswers({ plan, runner, journal }: FitParts): void {
  const { request, measured } = plan;
  const { known } = request;
  if (known === undefined || !isSameRun(measured, runner.record, known) || !isSameAdapter(measured, known))
    return;
  const rows = new Map(known.rows.map((row) => [JSON.stringify([row.suite, row.id]), row]));
  for (const prompt of measured.prompts) {
    const row = rows.get(JSON.stringify([prompt.kind, prompt.id]));
    for (const side of SIDES) {
      const answer = row === undefined ? undefined : answerOf(row, side);
      const key = keyOf(prompt, side);
      if (prompt.kind === 'task' || answer === undefined || answer.text === null) continue;
      if (journal.get('answer', key) !== undefined) continue;
      const { text, tokens, ended } = answer;
      journal.add({ type: 'answer', key, text, tokens, ended });
    }
  }
}

/** A model that answers harmful prompts itself is no example of refusing. */
function refuseCompliant({ plan, journal }: FitParts): void {
  const harmful = promptsOf(plan, 'harmful');
  const refused = harmful.filter((prompt) => verdictOf(journal, prompt, 'aligned') === 'refusal');
  if (harmful.length === 0 || refused.length >= REFUSED_MIN * harmful.length) return;
  const known = new Set(refused);
  const examples = harmful
    .filter((prompt) => !known.has(prompt))
    .slice(0, MAX_EXAMPLES)
    .map(({ messages }) => JSON.stringify(visibleText(messages.at(-1)?.content ?? '')));
  throw failure(
    'wrong-models',
    say(
      'The aligned model refuses only {0} of {1} harmful prompts, so it is no example of refusing. It does not refuse {2}',
      refused.length,
      harmful.length,
      examples.join(', '),
    ),
    undefined,
    say(
      'Choose the model that was taught to refuse, remove these prompts from the suite, or check that the chat template is its own.',
    ),
  );
}

type Rows = { -readonly [K in SuiteKind]: FitRows[K] extends readonly (infer R)[] ? R[] : never };

/** Returns why the prompt cannot take part. */
async function addRow(rows: Rows, parts: FitParts, prompt: SuitePrompt): Promise<UnusedReason | undefined> {
  if (prompt.kind === 'harmful') return await addHarmful(rows.harmful, parts, prompt);
  if (prompt.kind === 'benign') return await addBenign(rows.benign, parts, prompt);
  const targets = await encoded(parts, prompt, prompt.reference ?? '');
  if (targets.length === 0) return 'too long';
  rows.task.push({ prompt: promptOf(parts, prompt), targets });
  return undefined;
}

async function addHarmful(
  rows: HarmfulRow[],
  parts: FitParts,
  prompt: SuitePrompt,
): Promise<UnusedReason | undefined> {
  const { journal } = parts;
  if (verdictOf(journal, prompt, 'aligned') !== 'refusal') return 'answered';
  const { aligned, adapter } = answersOf(journal, prompt);
  const refusal = await encoded(parts, prompt, aligned ?? '');
  if (refusal.length === 0) return 'too long';
  const complies = verdictOf(journal, prompt, 'adapter') !== 'refusal';
  const compliance = complies ? await encoded(parts, prompt, adapter ?? '') : [];
  const shared = sharedStart(refusal, compliance);
  const start = (ids: readonly number[]): readonly number[] => ids.slice(0, shared + MARGIN_TOKENS);
  rows.push({
    prompt: promptOf(parts, prompt),
    refusal: start(refusal),
    ...(compliance.length > shared ? { compliance: start(compliance) } : {}),
  });
  return undefined;
}

function sharedStart(left: readonly number[], right: readonly number[]): number {
  const parted = left.findIndex((id, at) => id !== right[at]);
  return parted === -1 ? left.length : parted;
}

/** The aligned model's answer; where it refuses, the adapter's. */
async function addBenign(
  rows: AnswerRow[],
  parts: FitParts,
  prompt: SuitePrompt,
): Promise<UnusedReason | undefined> {
  const { journal } = parts;
  const side = SIDES.find((one) => verdictOf(journal, prompt, one) === 'compliance');
  if (side === undefined) return 'refused';
  const targets = await encoded(parts, prompt, answersOf(journal, prompt)[side] ?? '');
  if (targets.length === 0) return 'too long';
  rows.push({ prompt: promptOf(parts, prompt), targets: targets.slice(0, BENIGN_TOKENS) });
  return undefined;
}

async function encoded(parts: FitParts, prompt: SuitePrompt, text: string): Promise<readonly number[]> {
  if (text === '') return [];
  const question = { key: keyOf(prompt, 'aligned'), ...promptOf(parts, prompt) };
  return (await parts.runner.encode(question, text)) ?? [];
}

function refuseEmpty(rows: Rows, { measured }: FitPlan): void {
  const none = (message: Message): Error =>
    badRequest(message, say('Add prompts to the fit split, or strike out fewer.'), measured.suites[0]?.file);
  if (rows.harmful.length === 0) throw none(say('No harmful prompt of the fit split can be used'));
  if (rows.task.length === 0) throw none(say('No task prompt of the fit split can be used'));
}
