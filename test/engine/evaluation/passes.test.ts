import assert from 'node:assert/strict';
import { join } from 'node:path';
import { verbatim } from '../../../src/core/message';
import { PASS_TENSORS } from '../../../src/core/passes';
import { createOnnxPassRunner } from '../../../src/evaluation/runners/onnx/passes/runner';
import type { LayerPass, PassOptions } from '../../../src/evaluation/runners/passes';
import { openAdapter } from '../../../src/io/openAdapter';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { LlamaReference, readTensors, type Observer, type Rows } from './llamaReference';
import { idsAsText, randomModel, type RandomModel } from './randomModel';

const CONFIG = {
  ...{ model_type: 'llama', vocab_size: 40, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 2 },
  ...{ num_attention_heads: 4, num_key_value_heads: 2, max_position_embeddings: 64, rms_norm_eps: 1e-6 },
};
const PROMPTS = ['5 9 3 17', '4 11', '30 30 6 7 8 9'];
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
      await reference(made, true, (name, { input, low }) => {
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
): Promise<LayerPass> {
  const adapter = await openAdapter(path);
  try {
    const runner = await createOnnxPassRunner({ model, adapter, chat, threads: 1 });
    const all = new Map<string, { readonly shape: readonly number[]; readonly values: Float64Array }>();
    const prompts = PROMPTS.map((content) => ({
      messages: [{ role: 'user', content } as const],
      label: verbatim(content),
    }));
    const { signal } = new AbortController();
    const onLayer = (layer: LayerPass): Promise<void> => {
      for (const [name, tensor] of layer) all.set(name, tensor);
      return Promise.resolve();
    };
    assert.equal(await runner.record(prompts, { signal, onLayer, ...options }), 12);
    return all;
  } finally {
    await adapter.source.close();
  }
}

async function reference(
  { model, adapter }: RandomModel,
  isAdapted: boolean,
  observe: Observer,
): Promise<void> {
  const weights = await readTensors(join(model, 'model.safetensors'));
  const factors = await readTensors(join(adapter, 'adapter_model.safetensors'));
  const llama = new LlamaReference(CONFIG, weights, isAdapted ? factors : undefined, observe);
  for (const prompt of PROMPTS) llama.read(prompt.split(' ').map(Number));
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
