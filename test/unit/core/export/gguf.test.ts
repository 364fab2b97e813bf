import assert from 'node:assert/strict';
import { planExport } from '../../../../src/core/export';
import { ARCHITECTURES, ggufName } from '../../../../src/core/export/gguf/architectures';
import type { ExportPlan } from '../../../../src/core/export/types';
import type { Checkpoint } from '../../../../src/core/checkpoint/types';
import { adapterOf, headerOf, peftPair, Q, V } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';

const PEFT = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj', 'v_proj'] };

/** A model with the weights of `Q` and `V`. */
function modelOf(name = 'LlamaForCausalLM', rows = 8): Checkpoint {
  const { tensors } = headerOf([Q, V].map((module) => ({ name: `${module}.weight`, shape: [rows, 4] })));
  return {
    path: '/model',
    tensors: new Map([...tensors].map(([key, info]) => [key, { file: '/model/model.safetensors', info }])),
    architectures: [name],
    tiedEmbeddings: false,
    heads: 2,
    keyValueHeads: 1,
  };
}

const factors = (...ranks: readonly number[]) =>
  [Q, V].flatMap((module, index) => peftPair(module, 8, 4, ranks[index] ?? 2));

/** The file as its readers see it: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */
function parse({ weights: { headerBytes: bytes } }: ExportPlan) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const u32 = (): number => view.getUint32((at += 4) - 4, true);
  const u64 = (): number => Number(view.getBigUint64((at += 8) - 8, true));
  const text = (): string => {
    const length = u64();
    return new TextDecoder().decode(bytes.subarray(at, (at += length)));
  };
  const value = (): unknown => {
    const kind = u32();
    return kind === 8 ? text() : kind === 4 ? u32() : view.getFloat32((at += 4) - 4, true);
  };
  assert.equal(new TextDecoder().decode(bytes.subarray(0, (at += 4))), 'GGUF');
  assert.equal(u32(), 3);
  const [tensorCount, valueCount] = [u64(), u64()];
  const metadata = Object.fromEntries(Array.from({ length: valueCount }, () => [text(), value()]));
  const tensors = Array.from({ length: tensorCount }, () => {
    const name = text();
    const shape = Array.from({ length: u32() }, () => u64());
    return { name, shape, type: u32(), offset: u64() };
  });
  return { metadata, tensors };
}

/** What a tensor of the file is made of a matrix whose elements are the number of their row. */
function rowsOf({ weights }: ExportPlan, name: string, columns: number): readonly number[] {
  const segment = weights.segments.find((one) => one.name === name);
  assert.ok(segment?.kind === 'transform');
  const source = Float32Array.from({ length: segment.sourceLength / 4 }, (_, i) => Math.floor(i / columns));
  const made = new Float32Array(segment.transform(new Uint8Array(source.buffer)).buffer);
  return [...made].filter((_, index) => index % columns === 0);
}

describe('an adapter in GGUF', () => {
  it('has six metadata keys and two tensors for each module', () => {
    const plan = planExport('gguf', { adapter: adapterOf(factors(), PEFT), model: modelOf() });
    const { metadata, tensors } = parse(plan);
    assert.deepEqual(metadata, {
      'general.architecture': 'llama',
      'general.type': 'adapter',
      'general.file_type': 0,
      'general.quantization_version': 2,
      'adapter.type': 'lora',
      'adapter.lora.alpha': 4,
    });
    assert.deepEqual(
      tensors.map(({ name, shape, type }) => [name, shape, type]),
      [
        ['blk.0.attn_q.weight.lora_a', [4, 2], 0],
        ['blk.0.attn_q.weight.lora_b', [2, 8], 0],
        ['blk.0.attn_v.weight.lora_a', [4, 2], 0],
        ['blk.0.attn_v.weight.lora_b', [2, 8], 0],
      ],
    );
    for (const { offset } of tensors) assert.equal(offset % 32, 0);
    const { headerBytes, segments, totalBytes } = plan.weights;
    assert.equal(headerBytes.length % 32, 0);
    assert.equal(
      segments.reduce((sum, { byteLength }) => sum + byteLength, headerBytes.length),
      totalBytes,
    );
  });

  it('has the rows of q and k where llama.cpp rotates them', () => {
    const plan = planExport('gguf', { adapter: adapterOf(factors(), PEFT), model: modelOf() });
    // Two heads of four rows: halves become neighbors.
    assert.deepEqual(rowsOf(plan, 'blk.0.attn_q.weight.lora_b', 2), [0, 2, 1, 3, 4, 6, 5, 7]);
    assert.deepEqual(rowsOf(plan, 'blk.0.attn_v.weight.lora_b', 2), [0, 1, 2, 3, 4, 5, 6, 7]);
    const qwen = { adapter: adapterOf(factors(), PEFT), model: modelOf('Qwen2ForCausalLM') };
    assert.deepEqual(
      rowsOf(planExport('gguf', qwen), 'blk.0.attn_q.weight.lora_b', 2),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
  });

  it('has one alpha, and what differs from it in B', () => {
    const config = { ...PEFT, rank_pattern: { v_proj: 1 }, alpha_pattern: { v_proj: 12 } };
    const plan = planExport('gguf', { adapter: adapterOf(factors(2, 1), config), model: modelOf() });
    assert.equal(parse(plan).metadata['adapter.lora.alpha'], 4);
    assert.deepEqual(rowsOf(plan, 'blk.0.attn_v.weight.lora_b', 1), [0, 3, 6, 9, 12, 15, 18, 21]);
  });

  it('has no alpha of 0, which llama.cpp takes for none', () => {
    const plan = planExport('gguf', {
      adapter: adapterOf(factors(), { ...PEFT, lora_alpha: 0 }),
      model: modelOf(),
    });
    assert.equal(parse(plan).metadata['adapter.lora.alpha'], 1);
    assert.deepEqual(new Set(rowsOf(plan, 'blk.0.attn_v.weight.lora_b', 2)), new Set([0]));
  });

  it('is refused for models and modules that llama.cpp has otherwise, or that are not known', () => {
    const adapter = adapterOf(factors(), PEFT);
    thrownData(() => planExport('gguf', { adapter }), 'bad-request', /depends on the model/);
    const unknown = { adapter, model: modelOf('FooForCausalLM') };
    thrownData(() => planExport('gguf', unknown), 'bad-request', /class "FooForCausalLM" are not supported/);
    const other = { adapter, model: modelOf('LlamaForCausalLM', 16) };
    thrownData(() => planExport('gguf', other), 'unsupported-adapter', /Size mismatch/);
    const odd = { adapter, model: { ...modelOf(), heads: 3 } };
    thrownData(() => planExport('gguf', odd), 'bad-request', /no whole number of heads/);
    const head = adapterOf(peftPair('lm_head', 8, 4), { ...PEFT, target_modules: ['lm_head'] });
    const tied = { adapter: head, model: { ...modelOf(), tiedEmbeddings: true } };
    thrownData(() => planExport('gguf', tied), 'unsupported-adapter', /tied to the embeddings/);
  });

  it('names modules of layers, and nothing else', () => {
    for (const architecture of new Set(ARCHITECTURES.values())) {
      assert.equal(ggufName(architecture, 'model.layers.12.mlp.down_proj'), 'blk.12.ffn_down');
      for (const name of [
        'model.layers.x.mlp.down_proj',
        'layers.1.mlp.down_proj',
        'model.layers.1.mlp.gate',
      ])
        assert.equal(ggufName(architecture, name), undefined);
    }
  });
});
