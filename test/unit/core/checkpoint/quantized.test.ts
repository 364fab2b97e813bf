import assert from 'node:assert/strict';
import { refuseQuantized } from '../../../../src/core/checkpoint/quantized';
import { thrownData } from '../../../support/rejection';
import { tensorsOf, type TensorShapes } from '../../../support/checkpointOf';
import { english } from '../../../support/english';

const W = 'model.layers.0.mlp.down_proj';

describe('refuseQuantized', () => {
  for (const [method, shapes] of [
    ['bitsandbytes', { [`${W}.weight`]: ['U8', [8, 1]], [`${W}.weight.absmax`]: [4] }],
    ['bitsandbytes', { [`${W}.weight`]: ['I8', [8, 1]], [`${W}.SCB`]: [4] }],
    ['GPTQ or AWQ', { [`${W}.qweight`]: ['I32', [8, 1]], [`${W}.qzeros`]: ['I32', [1]] }],
    ['compressed-tensors', { [`${W}.weight_packed`]: ['I32', [8, 1]] }],
    ['FP8 or INT8', { [`${W}.weight_scale_inv`]: [1], [`${W}.weight`]: ['F8_E4M3', [4, 4]] }],
    ['FP8 or INT8', { [`${W}.weight_scale`]: [1], [`${W}.weight`]: ['I8', [4, 4]] }],
    ['FP8, FP6 or FP4', { [`${W}.weight`]: ['F8_E5M2', [4, 4]] }],
    ['MXFP4', { [`${W}_blocks`]: ['U8', [8, 1]], [`${W}_scales`]: ['U8', [1]] }],
    ['MLX', { [`${W}.weight`]: ['U32', [8, 1]], [`${W}.scales`]: [1], [`${W}.biases`]: [1] }],
  ] as readonly (readonly [string, TensorShapes])[]) {
    it(`knows ${method} by ${Object.keys(shapes).join(', ')}`, () => {
      const data = thrownData(() => refuseQuantized(tensorsOf(shapes), {}, '/m'), 'unsupported-checkpoint');
      assert.ok(
        english(data.message).startsWith(`The checkpoint is quantized (${method}, as the tensor "`),
        english(data.message),
      );
      assert.match(english(data.advice), /bf16 or fp16/);
    });
  }

  it('believes the config', () => {
    const tensors = tensorsOf({ 'a.weight': [1] });
    const data = thrownData(
      () => refuseQuantized(tensors, { quantization: 'awq' }, '/m'),
      'unsupported-checkpoint',
    );
    assert.match(english(data.message), /"awq", according to its config\.json/);
  });

  it('takes plain weights, also with names that look alike', () => {
    const plain = {
      [`${W}.weight`]: ['BF16', [4, 4]],
      [`${W}.weight_scale`]: [1],
      memory_blocks: [4],
      memory_scales: [4],
      'attn.scales': [4],
    } as const;
    refuseQuantized(tensorsOf(plain), {}, '/m');
  });
});
