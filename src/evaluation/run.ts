import { cancelled, failure } from '../core/errors';
import { say, type Message } from '../core/message';
import {
  EVALUATION_SCHEMA_VERSION,
  type EvaluationDocument,
  type VariantCost,
} from '../core/results/evaluation/types';
import { TOOL } from '../core/tool';
import { withFileLock } from '../io/fileLock';
import { checkCancelled } from '../io/ioError';
import type { MeasureRequest } from '../protocol/evaluatorApi';
import { Journal, measurementHash } from './journal';
import { takeKnown } from './known';
import { StageProgress } from './measureProgress';
import { planMeasure, type Context, type MeasurePlan } from './plan';
import { answerKey, labelOf, rowOf, withSystem, type Cell, type EvaluationParts } from './rows';
import type { Question, Runner } from './runners/types';
import type { Judge, OpenJudge } from './scorers/judge/types';
import { judgeByRules } from './scorers/refusal/refusal';
import { scoreAnswers, unscoredNote } from './scoring';

/** How a runner and a judge are made; tests have their own. */
export interface Makers {
  readonly openRunner: (plan: MeasurePlan, context: Context) => Promise<Runner>;
  readonly openJudge: OpenJudge;
}

/**
 * Measures an adapter: answers of all variants to all prompts, verdicts, scores and costs. Finished answers are kept in
 * the journal, if there is one, also when the run is cancelled or fails.
 * @throws SploraError those of `planMeasure`, of the runner, and of `withFileLock` where another run has the journal;
 * `cancelled`
 */
export async function measure(
  request: MeasureRequest,
  context: Context,
  makers: Makers,
): Promise<EvaluationDocument> {
  const plan = await planMeasure(request, context.signal);
  // Before the model is loaded: two of them may not fit into memory.
  return await withFileLock(request.journal, () => measurePlanned(plan, context, makers));
}

async function measurePlanned(
  plan: MeasurePlan,
  context: Context,
  makers: Makers,
): Promise<EvaluationDocument> {
  const runner = await makers.openRunner(plan, context);
  try {
    const journal = await Journal.open(plan.request.journal, measurementHash(plan, runner.record));
    takeKnown(plan, runner.record, journal);
    try {
      return await new Evaluation({ plan, runner, journal, context }).run(makers.openJudge);
    } finally {
      await journal.close();
    }
  } catch (thrown) {
    throw context.signal.aborted ? cancelled({ cause: thrown }) : thrown;
  } finally {
    await runner.close();
  }
}

class Evaluation {
  private readonly cells: readonly Cell[];

  constructor(private readonly parts: EvaluationParts) {
    const { prompts, variants } = parts.plan;
    this.cells = prompts.flatMap((prompt) => variants.map((variant) => ({ prompt, variant })));
  }

  async run(openJudge: OpenJudge): Promise<EvaluationDocument> {
    const { plan, runner, journal } = this.parts;
    const judge = await this.answerAndJudge(openJudge);
    const costs = await this.costs();
    await journal.flush();
    return {
      schemaVersion: EVALUATION_SCHEMA_VERSION,
      toolVersion: TOOL.version,
      createdAt: new Date().toISOString(),
      adapter: plan.adapter,
      aligned: plan.request.aligned,
      inputs: plan.inputs,
      runner: runner.record,
      sampling: {
        maxNewTokens: plan.maxNewTokens,
        temperature: 0,
        system: plan.request.system ?? null,
      },
      suites: plan.suites,
      judge,
      variants: plan.variants.map((variant) => ({
        ...variant,
        cost: costs.get(variant.id) ?? {},
      })),
      rows: plan.prompts.map((prompt) => rowOf(plan, journal, prompt)),
      notes: [...plan.notes, ...runner.notes, ...this.cutOffNote(), ...unscoredNote(this.parts, this.cells)],
    };
  }

  private async costs(): Promise<ReadonlyMap<string, VariantCost>> {
    const { plan, runner, context } = this.parts;
    if (plan.request.brief === true) return new Map();
    const timing = new StageProgress('timing', 1, 0, context.emit);
    const costs = await runner.costs({ signal: context.signal });
    timing.step();
    return costs;
  }

  /** The judge is opened first: what is wrong with it must not be found after hours of answering. */
  private async answerAndJudge(openJudge: OpenJudge): Promise<Judge['record'] | null> {
    const { plan, context } = this.parts;
    const { judge: wanted } = plan.request;
    const judge = wanted === undefined ? undefined : await openJudge(wanted, plan, context);
    try {
      await this.answer();
      await scoreAnswers(this.parts, this.cells);
      if (judge !== undefined) await this.judge(judge);
      return judge?.record ?? null;
    } finally {
      await judge?.close();
    }
  }

  /** Asks what no earlier run has asked. */
  private async answer(): Promise<void> {
    const { plan, runner, journal, context } = this.parts;
    const byKey = new Map(this.cells.map((cell) => [answerKey(cell), cell]));
    const questions = [...byKey].flatMap(([key, cell]) =>
      journal.get('answer', key) === undefined ? [questionOf(plan, cell, key)] : [],
    );
    const already = byKey.size - questions.length;
    const progress = new StageProgress('answering', byKey.size, already, context.emit);
    for (const prompt of plan.prompts) this.emitRow({ prompt });
    if (questions.length === 0) return;
    const { maxNewTokens } = plan;
    const { signal } = context;
    await runner.generate(questions, { signal, maxNewTokens }, ({ key, text, tokens, ended }) => {
      const cell = byKey.get(key);
      if (cell === undefined) throw unexpectedKey(key);
      if (journal.get('answer', key) !== undefined) return;
      journal.add({ type: 'answer', key, text, tokens, ended });
      progress.step(tokens);
      this.emitRow(cell);
    });
    checkCancelled(signal);
    const missing = questions.filter(({ key }) => journal.get('answer', key) === undefined).length;
    if (missing > 0)
      throw failure('internal', say('{0} of {1} questions were not answered.', missing, questions.length));
    await journal.flush();
  }

  /** Verdicts of a judge on answers to harmful and benign prompts; rules decide the others. */
  private async judge(judge: Judge): Promise<void> {
    const { journal, context } = this.parts;
    const judged = new Map(
      this.cells.filter(({ prompt }) => prompt.kind !== 'task').map((cell) => [answerKey(cell), cell]),
    );
    const items = [...judged].flatMap(([key, { prompt }]) => {
      const text = journal.get('answer', key)?.text ?? '';
      // No judge is asked about an answer that is empty or a loop.
      const isOpen = journal.get('verdict', key) === undefined && judgeByRules(text) !== 'unclear';
      return isOpen ? [{ key, label: labelOf(prompt), messages: prompt.messages, answer: text }] : [];
    });
    const progress = new StageProgress('judging', judged.size, judged.size - items.length, context.emit);
    await judge.judge(items, { signal: context.signal }, ({ key, verdict }) => {
      const cell = judged.get(key);
      if (cell === undefined) throw unexpectedKey(key);
      journal.add({ type: 'verdict', key, verdict });
      progress.step();
      this.emitRow(cell);
    });
    checkCancelled(context.signal);
  }

  private emitRow({ prompt }: Pick<Cell, 'prompt'>): void {
    const { plan, journal, context } = this.parts;
    const row = rowOf(plan, journal, prompt);
    if (Object.keys(row.answers).length > 0) context.emit({ type: 'row', row });
  }

  private cutOffNote(): readonly Message[] {
    const { plan, journal } = this.parts;
    const cut = this.cells.filter(
      (cell) => journal.get('answer', answerKey(cell))?.ended === 'length',
    ).length;
    if (cut === 0) return [];
    const [all, most] = [this.cells.length, plan.maxNewTokens];
    return [
      cut === 1
        ? say(
            '1 of {0} answers was cut off (after {1} new tokens, or at the end of the context): it may fail a task for that reason alone.',
            all,
            most,
          )
        : say(
            '{0} of {1} answers were cut off (after {2} new tokens, or at the end of the context): they may fail a task for that reason alone.',
            cut,
            all,
            most,
          ),
    ];
  }
}

function questionOf({ request: { system } }: MeasurePlan, { prompt, variant }: Cell, key: string): Question {
  return { key, label: labelOf(prompt), variant: variant.id, messages: withSystem(prompt.messages, system) };
}

function unexpectedKey(key: string): Error {
  return failure('internal', say('Unexpected answer key: {0}.', key));
}
