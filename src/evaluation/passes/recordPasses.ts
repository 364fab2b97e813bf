import { badRequest, cancelled } from '../../core/errors';
import { say } from '../../core/message';
import type { PassKind } from '../../core/passes';
import { defined } from '../../core/record';
import { openAdapter, type OpenedAdapter } from '../../io/openAdapter';
import { writePassFile } from '../../io/passFiles';
import { hashSource } from '../../io/writeSafetensors';
import type { PassEvent, PassRequest } from '../../protocol/evaluatorApi';
import type { CallContext } from '../../rpc/channel';
import { onnxOptions } from '../makers';
import { StageProgress } from '../measureProgress';
import { planMeasure, type MeasurePlan } from '../plan';
import { labelOf, withSystem } from '../rows';
import { createOnnxPassRunner } from '../runners/onnx/passes/runner';
import type { PassPrompt } from '../runners/passes';

/**
 * Reads the harmful prompts of the `fit` split and writes what the modules see, one file for each layer and pass.
 * @throws SploraError those of `planMeasure` and of the runner; `bad-request` without harmful prompts; `cancelled`
 */
export async function recordPasses(request: PassRequest, context: CallContext<PassEvent>): Promise<void> {
  const { signal } = context;
  const plan = await planPasses(request, signal);
  const adapter = await openAdapter(request.adapter);
  try {
    await record(request, { plan, adapter }, context);
  } catch (thrown) {
    throw signal.aborted ? cancelled({ cause: thrown }) : thrown;
  } finally {
    await adapter.source.close();
  }
}

async function planPasses(request: PassRequest, signal: AbortSignal): Promise<MeasurePlan> {
  const { adapter, aligned, suites, limit, system, skipBrokenLines, threads, plainPrompts } = request;
  return await planMeasure(
    {
      ...{ adapter, aligned, suites, split: 'fit', spread: true, variants: [] },
      runner: { kind: 'onnx', ...defined({ threads, plainPrompts }) },
      ...defined({ limit, system, skipBrokenLines }),
    },
    signal,
  );
}

async function record(
  { kinds, folder, answers = {} }: PassRequest,
  { plan, adapter }: { readonly plan: MeasurePlan; readonly adapter: OpenedAdapter },
  { signal, emit }: CallContext<PassEvent>,
): Promise<void> {
  const { model, chat, threads } = await onnxOptions(plan);
  const runner = await createOnnxPassRunner({ model, adapter, chat, threads });
  const weights = { source: adapter.source, sha256: await hashSource(adapter.source, { signal }) };
  const progress = new StageProgress('reading', kinds.length * runner.layers, 0, emit);
  for (const pass of kinds) {
    let layer = 0;
    await runner.record(promptsOf(pass, plan, answers), {
      ...{ pass, signal },
      onLayer: async (found) => {
        // No file for a layer without a module.
        if (found.size > 0) await writePassFile(folder, `${pass}-${layer}`, found, weights);
        layer++;
        progress.step();
      },
    });
  }
}

function promptsOf(
  pass: PassKind,
  { request, prompts, suites }: MeasurePlan,
  answers: NonNullable<PassRequest['answers']>,
): readonly PassPrompt[] {
  const harmful = prompts.filter(({ kind }) => kind === 'harmful');
  if (harmful.length === 0)
    throw badRequest(
      say('The fit split has no harmful prompts, which the pass {0} reads', pass),
      say('Add a suite of the kind {0} with prompts of the split "fit".', 'harmful'),
      suites[0]?.file,
    );
  const asked = harmful.map((prompt) => ({
    ...{ id: prompt.id, label: labelOf(prompt) },
    messages: withSystem(prompt.messages, request.system),
  }));
  if (pass === 'activations') return asked;
  return asked.flatMap(({ id, ...prompt }) => {
    const answer = Object.hasOwn(answers, id) ? answers[id] : undefined;
    return answer === undefined ? [] : [{ ...prompt, answer }];
  });
}
