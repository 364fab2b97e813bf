import assert from 'node:assert/strict';
import { join } from 'node:path';
import { symmetricEigen } from '../../../src/core/algebra/symmetricEigen';
import { verbatim } from '../../../src/core/message';
import { PASS_TENSORS } from '../../../src/core/passes';
import { createOnnxPassRunner } from '../../../src/evaluation/runners/onnx/passes/runner';
import type { LayerPass, PassOptions } from '../../../src/evaluation/runners/passes';
import { openAdapter } from '../../../src/io/openAdapter';
import type { PassTensor } from '../../../src/io/passFiles';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { LlamaReference, readTensors, type Observer, type Rows } from './llamaReference';
import { idsAsText, randomModel, type RandomModel } from './randomModel';

const CONFIG = {
  ...{ model_type: 'llama', vocab_size: 40, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 64, rms_norm_eps: 1e-6 },
};
const PROMPTS = ['5 9 3 17', '4 11', '30 30 6 7 8 9'];
const ANSWER = '12 20 7 1';
const ANSWER_TOKENS = 4;
const chat = idsAsText(CONFIG.vocab_size);
/** Of a float32 product. */
const ROUNDING = 1e-5;

describe('passes of prompts, layer by layer', () => {
  it('sums squares of what the factors read, as a reference in float64', async () => {
    await inTemporaryFolder(async (folder) => {
      const made = await randomModel(folder, CONFIG);
      const found = await recorded(made, { pass: 'activations' });
      assert.equal(found.size, 2 * 7 * 2);
      const wanted = new Map<string, number[]>();
      await reference(made, { isAdapted: true }, (name, { input, low }) => {
        const module = name.replace(/^model\./, '');
        addSquares(wanted, PASS_TENSORS.inputs(module), input);
        addSquares(wanted, PASS_TENSORS.low(module), low);
      });
      assertSame(found, wanted);
    });
  });

  it('records only modules that the adapter has', async () => {
    await inTemporaryFolder(async (folder) => {
      const made = await randomModel(folder, CONFIG, (name) => /0\..*(v|down)_proj/.test(name));
      const found = await recorded(made, { pass: 'activations' });
      const modules = ['layers.0.self_attn.v_proj', 'layers.0.mlp.down_proj'];
      const names = modules.flatMap((module) => [PASS_TENSORS.inputs(module), PASS_TENSORS.low(module)]);
      assert.deepEqual([...found.keys()].sort(), names.sort());
    });
  });

  it('finds the main directions of the outputs in answers, without the adapter', async () => {
    await inTemporaryFolder(async (folder) => {
      const made = await randomModel(folder, CONFIG);
      const found = await recorded(made, { pass: 'outputs' }, ANSWER);
      assert.equal(found.size, 2 * 7);
      const outputs = new Map<string, number[][]>();
      await reference(made, { isAdapted: false, answer: ANSWER }, (name, { output }) => {
        const module = PASS_TENSORS.directions(name.replace(/^model\./, ''));
        outputs.set(module, [
          ...(outputs.get(module) ?? []),
          ...output.slice(-ANSWER_TOKENS).map((row) => [...row]),
        ]);
      });
      for (const [name, rows] of outputs) assertDirections(found, name, rows);
    });
  });

  it('sums products of inputs over prompts and answers', async () => {
    await inTemporaryFolder(async (folder) => {
      const made = await randomModel(folder, CONFIG, (name) => name.includes('v_proj'));
      const found = await recorded(made, { pass: 'hessian' }, ANSWER);
      const wanted = new Map<string, number[]>();
      await reference(made, { isAdapted: false, answer: ANSWER }, (name, { input }) => {
        if (!name.includes('v_proj')) return;
        const tensor = PASS_TENSORS.gram(name.replace(/^model\./, ''));
        for (const row of input) {
          const before = wanted.get(tensor) ?? row.flatMap(() => row.map(() => 0));
          const products = row.flatMap((x) => row.map((y) => x * y));
          wanted.set(
            tensor,
            before.map((value, at) => value + (products[at] ?? NaN)),
          );
        }
      });
      assertSame(found, wanted);
    });
  });

  it('needs an answer that the model can read', async () => {
    await inTemporaryFolder(async (folder) => {
      const made = await randomModel(folder, CONFIG);
      await rejection(recorded(made, { pass: 'outputs' }, '99'), 'bad-request', /no prompt to read/);
    });
  });

  it('ends when it is canceled', async () => {
    await inTemporaryFolder(async (folder) => {
      const made = await randomModel(folder, CONFIG);
      await rejection(recorded(made, { pass: 'activations', signal: AbortSignal.abort() }), 'cancelled', /./);
    });
  });
});

async function recorded(
  { model, adapter: path }: RandomModel,
  options: Pick<PassOptions, 'pass'> & Partial<PassOptions>,
  answer?: string,
): Promise<LayerPass> {
  const adapter = await openAdapter(path);
  try {
    const runner = await createOnnxPassRunner({ model, adapter, chat, threads: 1 });
    const all = new Map<string, PassTensor>();
    const prompts = PROMPTS.map((content) => ({
      messages: [{ role: 'user', content } as const],
      label: verbatim(content),
      ...(answer === undefined ? {} : { answer }),
    }));
    const { signal } = new AbortController();
    const onLayer = (layer: LayerPass): Promise<void> => {
      for (const [name, tensor] of layer) all.set(name, tensor);
      return Promise.resolve();
    };
    const tokens = await runner.record(prompts, { signal, onLayer, ...options });
    assert.equal(tokens, 12 + (answer === undefined ? 0 : PROMPTS.length * ANSWER_TOKENS));
    return all;
  } finally {
    await adapter.source.close();
  }
}

async function reference(
  { model, adapter }: RandomModel,
  { isAdapted, answer }: { readonly isAdapted: boolean; readonly answer?: string },
  observe: Observer,
): Promise<void> {
  const weights = await readTensors(join(model, 'model.safetensors'));
  const factors = await readTensors(join(adapter, 'adapter_model.safetensors'));
  const llama = new LlamaReference(CONFIG, weights, isAdapted ? factors : undefined, observe);
  const ids = (text: string): number[] => text.split(' ').map(Number);
  for (const prompt of PROMPTS) llama.read([...ids(prompt), ...(answer === undefined ? [] : ids(answer))]);
}

function addSquares(sums: Map<string, number[]>, name: string, rows: Rows): void {
  for (const row of rows) {
    const before = sums.get(name) ?? row.map(() => 0);
    sums.set(
      name,
      row.map((value, at) => (before[at] ?? NaN) + value ** 2),
    );
  }
}

function assertSame(found: LayerPass, wanted: ReadonlyMap<string, readonly number[]>): void {
  assert.equal(found.size, wanted.size);
  for (const [name, values] of wanted) {
    const own = found.get(name)?.values ?? [];
    const largest = Math.max(...values.map(Math.abs));
    values.forEach((value, at) =>
      assert.ok(
        Math.abs(value - (own[at] ?? NaN)) <= ROUNDING * largest,
        `${name} ${at}: ${own[at]} ${value}`,
      ),
    );
  }
}

/** Orthonormal, and each of the energy of a singular vector: that of the rows in decreasing order. */
function assertDirections(found: LayerPass, name: string, rows: Rows): void {
  const { shape = [], values = new Float64Array() } = found.get(name) ?? {};
  const [count = 0, m = 0] = shape;
  const vectors = Array.from({ length: count }, (_, k) => [...values.subarray(k * m, (k + 1) * m)]);
  const gram = rows.map((row) => Float64Array.from(rows, (other) => dot(row, other)));
  const energies = [...symmetricEigen(gram).values].reverse();
  // Answers are the same tokens: in the first layer, their queries, keys and values are so too.
  const rank = energies.filter((energy) => energy > 1e-4 * (energies[0] ?? NaN)).length;
  assert.ok(count >= rank && count <= rows.length, name);
  vectors.forEach((vector, k) => {
    vectors.forEach((other, l) => assert.ok(Math.abs(dot(vector, other) - (k === l ? 1 : 0)) < 1e-6, name));
    const energy = rows.reduce((sum, row) => sum + dot(row, vector) ** 2, 0);
    assert.ok(Math.abs(energy - (energies[k] ?? NaN)) < 1e-3 * (energies[0] ?? NaN), `${name} ${k}`);
  });
}

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * (y[i] ?? NaN), 0);
