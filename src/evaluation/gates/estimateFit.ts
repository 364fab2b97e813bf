import type { FitRequest, MeasureEstimate } from '../../protocol/evaluatorApi';
import { onnxOptions } from '../makers';
import { withSystem } from '../rows';
import type { GateRunner, LossTerm } from '../runners/gates';
import { estimateOnnx } from '../runners/onnx/estimateRun';
import type { Question } from '../runners/types';
import { CHECK_TOKENS } from './check';
import type { OpenGateRunner } from './fitGates';
import { CHECK_EVERY } from './optimize';
import { planFit, promptsOf, type FitPlan } from './plan';
import { BENIGN_TOKENS, promptOf, type FitContext } from './targets';

/**
 * Time and memory of a fit that takes all its steps, without running the model. Answers that end early and a fit that
 * stops early make it faster.
 * @throws SploraError those of `planFit` and of the runner
 */
export async function estimateFit(
  request: FitRequest,
  { signal }: Pick<FitContext, 'signal'>,
  openRunner: OpenGateRunner,
): Promise<MeasureEstimate> {
  const plan = await planFit(request, signal);
  const { steps } = plan.options;
  const checks = 1 + Math.ceil(steps / CHECK_EVERY);
  const options = { ...(await onnxOptions(plan.measured)), signal };
  const [questions, { maxNewTokens }] = [questionsOf(plan), plan.measured];
  const answers = await estimateOnnx({ ...options, questions: [...questions, ...questions], maxNewTokens });
  const shorter = Math.min(CHECK_TOKENS, maxNewTokens);
  const check = await estimateOnnx({ ...options, questions, maxNewTokens: shorter });
  const runner = await openRunner(plan, { signal, emit: () => undefined });
  try {
    const step = await runner.estimate?.(await termsOf(plan, runner), { signal });
    return {
      questions: answers.questions + checks * check.questions,
      seconds: answers.seconds + checks * check.seconds + steps * (step?.seconds ?? 0),
      bytes: Math.max(answers.bytes ?? 0, step?.bytes ?? 0),
      availableBytes: answers.availableBytes,
    };
  } finally {
    await runner.close();
  }
}

function questionsOf(plan: FitPlan): readonly Question[] {
  const { system } = plan.request;
  const { variants } = plan.measured;
  const [first] = variants;
  return (['harmful', 'benign'] as const).flatMap((kind) =>
    promptsOf(plan, kind).map(({ id, messages }) => ({
      key: JSON.stringify([kind, id]),
      variant: first?.id ?? '',
      messages: withSystem(messages, system),
    })),
  );
}

/** Of one step. The answers to harmful and benign prompts are not known yet: any tokens take as long. */
async function termsOf(plan: FitPlan, runner: GateRunner): Promise<readonly LossTerm[]> {
  const { batch } = plan.options;
  const unknown = Array.from({ length: BENIGN_TOKENS }, (_, at) => at);
  const terms: LossTerm[] = [];
  for (const kind of ['harmful', 'benign', 'task'] as const)
    for (const prompt of promptsOf(plan, kind).slice(0, batch)) {
      const asked = promptOf({ plan }, prompt);
      const { reference } = prompt;
      const known =
        kind === 'task' && reference !== undefined
          ? await runner.encode({ key: prompt.id, ...asked }, reference)
          : unknown;
      if (known !== undefined && known.length > 0)
        terms.push({ kind: 'likelihood', prompt: asked, targets: known, weight: 1 });
    }
  return terms;
}
