import type { Message } from '../../../core/message';
import type { EvaluationDocument, Verdict } from '../../../core/results/evaluation/types';
import type { JudgeRequest } from '../../../protocol/evaluatorApi';
import type { Context, MeasurePlan } from '../../plan';
import type { ChatMessage, RunOptions } from '../../runners/types';

/** An answer to judge. A judge is not told which variant gave it. */
export interface JudgedItem {
  readonly key: string;
  /** The prompt as errors name it. */
  readonly label?: Message;
  readonly messages: readonly ChatMessage[];
  readonly answer: string;
}

/** A model that says whether answers refuse. */
export interface Judge {
  readonly record: NonNullable<EvaluationDocument['judge']>;
  /** @param onVerdict called once for each item, in any order; `unclear`: the judge's reply could not be read */
  judge(
    items: readonly JudgedItem[],
    options: RunOptions,
    onVerdict: (verdict: { readonly key: string; readonly verdict: Verdict }) => void,
  ): Promise<void>;
  close(): Promise<void>;
}

export type OpenJudge = (request: JudgeRequest, plan: MeasurePlan, context: Context) => Promise<Judge>;
