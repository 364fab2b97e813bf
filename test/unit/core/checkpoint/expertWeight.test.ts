import assert from 'node:assert/strict';
import { locateExpert } from '../../../../src/core/checkpoint/expertWeight';
import type { LocatedWeight } from '../../../../src/core/checkpoint/types';
import { checkpointOf } from '../../../support/checkpointOf';

const LAYER = 'model.layers.0';

function locate(
  tensors: Readonly<Record<string, readonly number[]>>,
  name: string,
  shape: readonly [number, number],
  modelType?: string,
): LocatedWeight | undefined {
  const checkpoint = { ...checkpointOf(tensors), ...(modelType === undefined ? {} : { modelType }) };
  return locateExpert(checkpoint, { name: `${LAYER}.${name}`, shape });
}

/** Where a slice begins behind its stack, in float32 elements, its shape, and whether it is transposed. */
function sliceOf(
  stack: readonly [string, readonly number[]],
  name: string,
  shape: readonly [number, number],
  modelType?: string,
): unknown {
  const tensors = { [`${LAYER}.${stack[0]}`]: stack[1] };
  const located = locate(tensors, name, shape, modelType);
  if (located === undefined) return undefined;
  const whole = checkpointOf(tensors).tensors.get(`${LAYER}.${stack[0]}`);
  const { info } = located.weight;
  assert.equal(info.byteLength, 4 * (info.shape[0] ?? 0) * (info.shape[1] ?? 0));
  assert.equal(located.isStacked, true);
  return [(info.offset - (whole?.info.offset ?? 0)) / 4, info.shape, located.transposed];
}

describe('locateExpert', () => {
  const FUSED = ['mlp.experts.gate_up_proj', [4, 12, 5]] as const;

  it('takes the rows of an expert out of stacked gate and up', () => {
    assert.deepEqual(sliceOf(FUSED, 'mlp.experts.2.gate_proj', [6, 5]), [120, [6, 5], false]);
    assert.deepEqual(sliceOf(FUSED, 'mlp.experts.2.up_proj', [6, 5]), [150, [6, 5], false]);
    assert.deepEqual(sliceOf(FUSED, 'mlp.experts.2.gate_up_proj', [12, 5]), [120, [12, 5], false]);
    assert.deepEqual(sliceOf(FUSED, 'block_sparse_moe.experts.3.w3', [6, 5]), [210, [6, 5], false]);
  });

  it('takes an expert out of stacked matrices, in any name of their holder', () => {
    const down = ['mlp.experts.down_proj', [4, 5, 6]] as const;
    assert.deepEqual(sliceOf(down, 'mlp.experts.1.down_proj', [5, 6]), [30, [5, 6], false]);
    assert.deepEqual(sliceOf(down, 'block_sparse_moe.experts.1.w2', [5, 6]), [30, [5, 6], false]);
    const mlx = ['mlp.switch_mlp.up_proj.weight', [4, 6, 5]] as const;
    assert.deepEqual(sliceOf(mlx, 'mlp.switch_mlp.1.up_proj', [6, 5]), [30, [6, 5], false]);
    assert.deepEqual(sliceOf(mlx, 'mlp.experts.1.up_proj', [6, 5]), [30, [6, 5], false]);
  });

  it('sees which way an expert is stored: by shapes, of square ones by the model type', () => {
    const across = ['mlp.experts.gate_up_proj', [4, 5, 12]] as const;
    assert.deepEqual(sliceOf(across, 'mlp.experts.1.gate_up_proj', [12, 5]), [60, [5, 12], true]);
    assert.equal(sliceOf(across, 'mlp.experts.1.gate_proj', [6, 5]), undefined);
    const square = ['mlp.experts.down_proj', [4, 5, 5]] as const;
    assert.deepEqual(sliceOf(square, 'mlp.experts.1.down_proj', [5, 5], 'gpt_oss'), [25, [5, 5], true]);
    assert.deepEqual(sliceOf(square, 'mlp.experts.1.down_proj', [5, 5], 'qwen3_moe'), [25, [5, 5], false]);
  });

  it('puts gate above up where a module has both and the file does not', () => {
    for (const [holder, gate, up] of [
      ['mlp.experts', 'gate_proj', 'up_proj'],
      ['block_sparse_moe.experts', 'w1', 'w3'],
    ]) {
      const tensors = {
        [`${LAYER}.${holder}.1.${gate}.weight`]: [6, 5],
        [`${LAYER}.${holder}.1.${up}.weight`]: [6, 5],
      };
      const located = locate(tensors, 'mlp.experts.1.gate_up_proj', [12, 5]);
      assert.deepEqual(located?.weight.info.shape, [12, 5]);
      assert.match(located.weight.info.name, new RegExp(`${gate}.weight$`));
      assert.match(located.weight.below?.info.name ?? '', new RegExp(`${up}.weight$`));
    }
  });

  it('finds nothing for other modules, experts beyond the stack, and other shapes', () => {
    const tensors = { [`${LAYER}.mlp.experts.gate_up_proj`]: [4, 12, 5] };
    assert.equal(locate(tensors, 'mlp.gate_up_proj', [12, 5]), undefined);
    assert.equal(locate(tensors, 'mlp.experts.4.gate_up_proj', [12, 5]), undefined);
    assert.equal(locate(tensors, 'mlp.experts.0.up_proj', [5, 5]), undefined);
    assert.equal(locate(tensors, 'mlp.experts.0.down_proj', [5, 6]), undefined);
    assert.equal(locate({}, 'mlp.experts.0.down_proj', [5, 6]), undefined);
  });
});
