import assert from 'node:assert/strict';
import { join } from 'node:path';
import { compare } from '../../src/engine/compare';
import type { CompareResult } from '../../src/protocol/engineApi';
import { writeAdapter } from '../support/adapterFixture';
import { sample } from '../support/paths';
import { rejection } from '../support/rejection';
import { f32, type TestTensor } from '../support/safetensorsBytes';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { CONTEXT } from '../support/engine';

/** A rank-1 module of a 2 x 2 layer. */
const module = (name: string, a: readonly number[], b: readonly number[]): TestTensor[] => [
  { name: `base_model.model.${name}.lora_A.weight`, shape: [1, 2], data: f32(...a) },
  { name: `base_model.model.${name}.lora_B.weight`, shape: [2, 1], data: f32(...b) },
];

async function compareThese(
  left: readonly TestTensor[],
  right: readonly TestTensor[],
  rightAlpha = 1,
): Promise<CompareResult> {
  let result: CompareResult | undefined;
  await inTemporaryFolder(async (root) => {
    await writeAdapter(join(root, 'left'), left, { r: 1, lora_alpha: 1 });
    await writeAdapter(join(root, 'right'), right, { r: 1, lora_alpha: rightAlpha });
    result = await compare({ left: join(root, 'left'), right: join(root, 'right') }, CONTEXT);
  });
  assert.ok(result);
  return result;
}

describe('compare', () => {
  it('gives norms of both updates and of their difference', async () => {
    // dW = [[3, 4], [0, 0]] and [[0, 0], [3, 4]]: orthogonal, both of norm 5.
    const { modules } = await compareThese(module('q', [3, 4], [1, 0]), module('q', [3, 4], [0, 1]));
    assert.deepEqual(modules, [
      { module: 'q', status: 'changed', leftNorm: 5, rightNorm: 5, difference: Math.sqrt(50), cosine: 0 },
    ]);
  });

  it('knows scales', async () => {
    const { modules } = await compareThese(module('q', [3, 4], [1, 0]), module('q', [3, 4], [1, 0]), 2);
    assert.deepEqual(modules, [
      { module: 'q', status: 'changed', leftNorm: 5, rightNorm: 10, difference: 5, cosine: 1 },
    ]);
  });

  it('lists modules of one side, zeroed ones and those of another shape', async () => {
    const wide: TestTensor[] = [
      { name: 'base_model.model.s.lora_A.weight', shape: [1, 3], data: f32(1, 0, 0) },
      { name: 'base_model.model.s.lora_B.weight', shape: [2, 1], data: f32(1, 0) },
    ];
    const left = [
      ...module('l', [3, 4], [1, 0]),
      ...module('z', [3, 4], [1, 0]),
      ...module('s', [1, 0], [2, 0]),
    ];
    const right = [...module('r', [3, 4], [1, 0]), ...module('z', [3, 4], [0, 0]), ...wide];
    const { modules } = await compareThese(left, right);
    assert.deepEqual(modules, [
      { module: 'l', status: 'left-only', leftNorm: 5, rightNorm: null, difference: null, cosine: null },
      { module: 'r', status: 'right-only', leftNorm: null, rightNorm: 5, difference: null, cosine: null },
      { module: 's', status: 'changed', leftNorm: 2, rightNorm: 1, difference: null, cosine: null },
      { module: 'z', status: 'zeroed', leftNorm: 5, rightNorm: 0, difference: 5, cosine: null },
    ]);
  });

  it('calls a module equal only when the tensors beside A and B are equal too', async () => {
    const dora = (value: number): TestTensor[] => [
      ...module('q', [3, 4], [1, 0]),
      { name: 'base_model.model.q.lora_magnitude_vector', shape: [2], data: f32(1, value) },
    ];
    assert.equal((await compareThese(dora(1), dora(1))).modules[0]?.status, 'equal');
    assert.equal((await compareThese(dora(1), dora(2))).modules[0]?.status, 'changed');
  });

  it('gives null, not NaN, for weights that are no numbers or have no arithmetic', async () => {
    const { modules } = await compareThese(module('q', [NaN, 4], [1, 0]), module('q', [NaN, 4], [1, 0]));
    assert.deepEqual(modules, [
      { module: 'q', status: 'equal', leftNorm: null, rightNorm: null, difference: null, cosine: null },
    ]);
    const bytes: TestTensor[] = [
      { name: 'base_model.model.q.lora_A.weight', dtype: 'I8', shape: [1, 2] },
      { name: 'base_model.model.q.lora_B.weight', dtype: 'I8', shape: [2, 1] },
    ];
    assert.deepEqual((await compareThese(bytes, bytes)).modules[0]?.status, 'equal');
  });

  it('compares carried tensors byte by byte', async () => {
    const head = (name: string, value: number): TestTensor => ({
      name: `base_model.model.${name}.weight`,
      shape: [1],
      data: f32(value),
    });
    const q = module('q', [1, 2], [1, 2]);
    const { carried } = await compareThese(
      [...q, head('a', 1), head('b', 1), head('c', 1)],
      [...q, head('a', 1), head('b', 2), head('d', 1)],
    );
    assert.deepEqual(
      carried.map(({ status }) => status),
      ['equal', 'changed', 'left-only', 'right-only'],
    );
  });

  it('stops when cancelled', async () => {
    const adapter = sample('adapter-mixed');
    await rejection(
      compare({ left: adapter, right: adapter }, { ...CONTEXT, signal: AbortSignal.abort() }),
      'cancelled',
    );
  });
});
