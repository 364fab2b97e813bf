import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { failure } from '../core/errors';
import { say, verbatim } from '../core/message';
import { modelFolder } from '../io/inputIdentity';
import { checkCancelled } from '../io/ioError';
import { openCheckpoint } from '../io/openCheckpoint';
import type { MeasureEstimate, MeasureRequest } from '../protocol/evaluatorApi';
import { openChat } from './chat/chat';
import { StageProgress } from './measureProgress';
import { planMeasure, type Context, type MeasurePlan } from './plan';
import { labelOf, withSystem } from './rows';
import type { Makers } from './run';
import { createEndpointRunner } from './runners/endpoint';
import { estimateOnnx } from './runners/onnx/estimateRun';
import { createOnnxRunner, type OnnxRunnerOptions } from './runners/onnx/runner';
import type { Runner } from './runners/types';
import { openJudge } from './scorers/judge/openJudge';

/** The runners and judges of this version. */
export const makers: Makers = {
  openRunner: (plan, context) =>
    plan.request.runner.kind === 'onnx' ? openOnnx(plan, context) : openEndpoint(plan, context),
  openJudge,
};

async function openOnnx(plan: MeasurePlan, { emit, signal }: Context): Promise<Runner> {
  const options = { ...(await onnxOptions(plan)), signal };
  checkCancelled(signal);
  emit({ type: 'estimate', estimate: await estimateOf(plan, options, signal) });
  const loading = new StageProgress('loading', 1, 0, emit);
  const made = await createOnnxRunner(options);
  loading.step();
  return made;
}

export async function onnxOptions({ request, adapter, variants }: MeasurePlan): Promise<OnnxRunnerOptions> {
  const { aligned, runner } = request;
  const { threads, plainPrompts = false } = runner.kind === 'onnx' ? runner : {};
  const folders = { adapter: dirname(adapter), model: await modelFolder(await openCheckpoint(aligned)) };
  const chat = await openChat(folders, { plainPrompts });
  return { model: aligned, variants, chat, threads: threads ?? availableParallelism() };
}

/** Time and memory of answering in this process. Errors: those of `planMeasure` and of what the runner opens. */
export async function estimateMeasure(
  request: MeasureRequest,
  { signal }: Pick<Context, 'signal'>,
): Promise<MeasureEstimate> {
  const plan = await planMeasure(request, signal);
  if (request.runner.kind === 'onnx') return await estimateOf(plan, await onnxOptions(plan), signal);
  throw failure('bad-request', say('The time that a server takes cannot be estimated.'));
}

function estimateOf(
  { request, prompts, variants, maxNewTokens }: MeasurePlan,
  options: OnnxRunnerOptions,
  signal: AbortSignal,
): Promise<MeasureEstimate> {
  const questions = prompts.flatMap((prompt) =>
    variants.map(({ id }) => ({
      key: prompt.id,
      variant: id,
      messages: withSystem(prompt.messages, request.system),
    })),
  );
  return estimateOnnx({ ...options, questions, maxNewTokens, signal });
}

async function openEndpoint(plan: MeasurePlan, { emit, signal }: Context): Promise<Runner> {
  const { request, variants, prompts } = plan;
  const { runner, aligned, system } = request;
  if (runner.kind !== 'endpoint') throw failure('internal', verbatim('not an endpoint'));
  const checking = new StageProgress('checking', 1, 0, emit);
  // The first, one from the middle and the last: of different suites, if there are several.
  const probes = [0, Math.floor(prompts.length / 2), prompts.length - 1].map(
    (at) => prompts[at]?.messages ?? [],
  );
  const [first = [], second = [], third = []] = probes.map((messages) => withSystem(messages, system));
  const enough = new Set(probes).size === probes.length;
  const made = await createEndpointRunner({
    ...{ request: runner, aligned, variants, signal },
    prompts: prompts.map((prompt) => ({
      label: labelOf(prompt),
      messages: withSystem(prompt.messages, system),
    })),
    ...(enough ? { probes: [first, second, third] } : {}),
  });
  checking.step();
  return made;
}
