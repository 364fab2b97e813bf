import assert from 'node:assert/strict';
import type { GateRunner, GateVector, LossTerm } from '../../../src/evaluation/runners/gates';
import { FAMILIES } from '../../../src/evaluation/runners/onnx/families';
import { createOnnxGateRunner } from '../../../src/evaluation/runners/onnx/gateRunner';
import { inTemporaryFolder, itInFolder } from '../../support/temporaryFolder';
import { idsAsText, numbers, randomModel } from './randomModel';

const SIZES = {
  vocab_size: 40,
  hidden_size: 32,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  sliding_window: 4,
};
const GPT2 = { model_type: 'gpt2', vocab_size: 40, n_positions: 64, n_embd: 32, n_layer: 2, n_head: 4 };
const YARN = { rope_type: 'yarn', factor: 2, original_max_position_embeddings: 32 };

/** What sets families and their options apart; `sliding_window` is used by those that know it. */
const CASES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  llama: { model_type: 'llama' },
  'llama, biases and a tied head': {
    model_type: 'llama',
    ...{ attention_bias: true, mlp_bias: true, head_dim: 12, tie_word_embeddings: true },
  },
  'llama, yarn': { model_type: 'llama', rope_scaling: YARN },
  'llama, gelu': { model_type: 'llama', hidden_act: 'gelu' },
  'llama, relu': { model_type: 'llama', hidden_act: 'relu' },
  mistral: { model_type: 'mistral' },
  qwen2: { model_type: 'qwen2' },
  qwen3: { model_type: 'qwen3', head_dim: 16 },
  gemma: { model_type: 'gemma', head_dim: 12 },
  gemma2: {
    model_type: 'gemma2',
    ...{ head_dim: 12, query_pre_attn_scalar: 20, attn_logit_softcapping: 4, final_logit_softcapping: 5 },
  },
  gemma3: {
    model_type: 'gemma3_text',
    ...{ head_dim: 12, query_pre_attn_scalar: 20, layer_types: ['sliding_attention', 'full_attention'] },
  },
  smollm3: { model_type: 'smollm3', no_rope_layers: [1, 0] },
  olmo2: { model_type: 'olmo2' },
  phi3: { model_type: 'phi3', partial_rotary_factor: 0.5 },
  gpt2: GPT2,
  'gpt_neox, in parallel': { model_type: 'gpt_neox', rotary_pct: 0.5 },
  'gpt_neox, one after the other': { model_type: 'gpt_neox', use_parallel_residual: false },
  granite: {
    model_type: 'granite',
    ...{ embedding_multiplier: 3, attention_multiplier: 0.3, residual_multiplier: 0.7, logits_scaling: 1.5 },
  },
};

const configOf = (own: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  own === GPT2 ? own : { ...SIZES, ...own };

/** Relative to the length of the gradient. */
const TOLERANCE = 1e-3;
/** Of a gate: the smaller, the less the loss bends, and the more its last digits count. */
const STEP = 0.005;
/** More often between two kinks. */
const RELU_STEP = 0.002;
const { signal } = new AbortController();

const prompt = (...ids: readonly number[]) =>
  ({ messages: [{ role: 'user', content: ids.join(' ') }] }) as const;
const [LONG, SHORT] = [prompt(5, 9, 3, 17, 22, 8, 31), prompt(4, 11, 6)];
/** Begins as the long one and makes a row of the same length, so that one batch computes both. */
const ALIKE = prompt(5, 9, 3, 17, 22, 2, 30);
const TERMS: readonly LossTerm[] = [
  { kind: 'likelihood', prompt: LONG, targets: [7, 12, 30, 12, 5], weight: 0.2 },
  { kind: 'likelihood', prompt: ALIKE, targets: [7, 14, 30, 1, 5, 6], weight: 0.1 },
  { kind: 'likelihood', prompt: SHORT, targets: [13], weight: -0.7 },
  { kind: 'margin', prompt: SHORT, preferred: [21, 3, 9], other: [21, 4], threshold: 1.5, weight: 0.9 },
  { kind: 'margin', prompt: LONG, preferred: [7], other: [8, 8], threshold: -1, weight: 0.4 },
];

describe('gradients of gates are those of differences of the forward pass', function () {
  this.timeout(60_000);

  it('knows each family that runs', () => {
    const tested = new Set(Object.values(CASES).map((own) => own['model_type']));
    for (const { title, modelTypes } of FAMILIES)
      assert.ok(
        modelTypes.some((type) => tested.has(type)),
        title,
      );
  });

  for (const [name, own] of Object.entries(CASES)) {
    itInFolder(name, async (folder) => {
      const made = await randomModel(folder, configOf(own));
      await withRunner(made, async (runner) => {
        const random = numbers(3);
        const gates = { on: Float64Array.from(runner.modules, () => 0.5 + 0.4 * random()) };
        assert.equal(runner.modules.length, made.decoder.layers.length * modulesOf(own));
        await assertGradient(runner, gates, own['hidden_act'] === 'relu' ? RELU_STEP : STEP);
      });
    });
  }

  it('an adapter of some modules has the gradient that the whole one has with the others closed', async () => {
    for (const wanted of [/layers\.1\.mlp\.down/, /layers\.1\.self_attn\.(q|v)/, /layers\.0\.self_attn\.v/]) {
      const isWanted = (name: string): boolean => wanted.test(name);
      const config = configOf({ model_type: 'llama' });
      const whole = await gradientOf(config, () => true, isWanted);
      const part = await gradientOf(config, isWanted, isWanted);
      assert.ok(part.length > 0);
      whole.forEach((value, at) => assert.ok(Math.abs(value - (part[at] ?? NaN)) < 1e-6));
    }
  });
});

/** By the open gates, of an adapter of the wanted layers. */
async function gradientOf(
  config: Readonly<Record<string, unknown>>,
  wanted: (name: string) => boolean,
  isOpen: (name: string) => boolean,
): Promise<readonly number[]> {
  const found: number[] = [];
  await inTemporaryFolder(async (folder) => {
    await withRunner(await randomModel(folder, config, wanted), async (runner) => {
      const on = Float64Array.from(runner.modules, (name) => (isOpen(name) ? 0.7 : 0));
      const { gradient } = await runner.step(TERMS, { on }, { signal });
      found.push(...gradient.on.filter((_, at) => isOpen(runner.modules[at] ?? '')));
    });
  });
  return found;
}

const modulesOf = ({ model_type }: Readonly<Record<string, unknown>>): number =>
  ['phi3', 'gpt2', 'gpt_neox'].includes(String(model_type)) ? 4 : 7;

async function withRunner(
  { model, adapter }: { readonly model: string; readonly adapter: string },
  work: (runner: GateRunner) => Promise<void>,
): Promise<void> {
  const runner = await createOnnxGateRunner({
    model,
    adapter,
    chat: idsAsText(SIZES.vocab_size),
    threads: 1,
  });
  try {
    await work(runner);
  } finally {
    await runner.close();
  }
}

async function assertGradient(runner: GateRunner, gates: GateVector, step = STEP): Promise<void> {
  const { loss, gradient } = await runner.step(TERMS, gates, { signal });
  const moved = runner.modules.flatMap((_, module) =>
    [-2, -1, 1, 2].map((steps) => {
      const on = Float64Array.from(gates.on);
      on[module] = (on[module] ?? 0) + steps * step;
      return { on };
    }),
  );
  const [here = NaN, ...losses] = await forwardLosses(runner, [gates, ...moved]);
  assert.ok(Math.abs(loss - here) < 1e-5 * (1 + Math.abs(here)), `loss ${loss}, forward ${here}`);
  const expected = runner.modules.map((_, module) => {
    const [a = NaN, b = NaN, c = NaN, d = NaN] = losses.slice(4 * module, 4 * module + 4);
    return (a - 8 * b + 8 * c - d) / (12 * step);
  });
  const length = Math.hypot(...expected);
  const error = Math.hypot(...expected.map((value, module) => value - (gradient.on[module] ?? NaN)));
  assert.ok(length > 1e-3, `a gradient of length ${length} proves nothing`);
  assert.ok(error <= TOLERANCE * length, `differs by ${error / length}`);
}

/** The loss under each of the gates, of the graph that answers. */
async function forwardLosses(runner: GateRunner, all: readonly GateVector[]): Promise<number[]> {
  const scores = new Map<string, readonly number[]>();
  const asked = all.flatMap((gates, at) =>
    TERMS.flatMap((term, index) =>
      targetsOf(term).map((targets, part) => ({
        ...{ key: `${at} ${index} ${part}`, messages: term.prompt.messages, gates, targets },
      })),
    ),
  );
  await runner.score(asked, { signal }, ({ key, logProbabilities }) => scores.set(key, logProbabilities));
  return all.map((_, at) =>
    TERMS.reduce((loss, term, index) => {
      const [first = [], second = []] = [0, 1].map((part) => scores.get(`${at} ${index} ${part}`) ?? []);
      if (term.kind === 'likelihood') return loss - term.weight * sum(first);
      const margin = sum(first) / first.length - sum(second) / second.length;
      return loss + term.weight * Math.log1p(Math.exp(term.threshold - margin));
    }, 0),
  );
}

const targetsOf = (term: LossTerm): readonly (readonly number[])[] =>
  term.kind === 'margin' ? [term.preferred, term.other] : [term.targets];

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
