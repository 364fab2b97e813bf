import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitModuleName } from '../../../../src/core/report/moduleName';

const cases: readonly [string, number | null, string, string][] = [
  ['model.layers.8.self_attn.q_proj', 8, 'model.layers', 'self_attn.q_proj'],
  ['transformer.h.11.attn.c_attn', 11, 'transformer.h', 'attn.c_attn'],
  ['h.0.mlp.c_fc', 0, 'h', 'mlp.c_fc'],
  ['encoder.block.3.layer.0.SelfAttention.q', 3, 'encoder.block', 'layer.0.SelfAttention.q'],
  ['decoder.block.3.layer.1.EncDecAttention.q', 3, 'decoder.block', 'layer.1.EncDecAttention.q'],
  ['model.layers.2.mlp.experts.7.down_proj', 2, 'model.layers', 'mlp.experts.*.down_proj'],
  ['model.layers.2.block_sparse_moe.experts.7.w1', 2, 'model.layers', 'block_sparse_moe.experts.*.w1'],
  ['mlp.experts.7.w1', null, '', 'mlp.experts.*.w1'],
  ['bert.encoder.layer.5.attention.self.query', 5, 'bert.encoder.layer', 'attention.self.query'],
  ['lm_head', null, '', 'lm_head'],
  ['layers.99999999999.q', null, '', 'layers.99999999999.q'],
  ['', null, '', ''],
];

describe('splitModuleName', () => {
  for (const [name, block, blockPrefix, type] of cases) {
    it(`takes ${JSON.stringify(name)} apart`, () => {
      assert.deepEqual(splitModuleName(name), { block, blockPrefix, type });
    });
  }

  it('takes no longer for a name of experts', () => {
    const name = 'experts.1.'.repeat(50_000);
    assert.deepEqual(splitModuleName(`${name}2.x`), { block: 2, blockPrefix: name.slice(0, -1), type: 'x' });
  });

  it('loses no part of any name without experts', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z_]{1,5}$|^\d{1,6}$/), { maxLength: 8 }), (parts) => {
        const name = parts.join('.');
        const { block, blockPrefix, type } = splitModuleName(name);
        if (block === null) assert.equal(type, name);
        else {
          const at = parts.findIndex((part) => /^\d+$/.test(part));
          assert.deepEqual(
            [blockPrefix, type],
            [parts.slice(0, at).join('.'), parts.slice(at + 1).join('.')],
          );
          assert.equal(block, Number(parts[at]));
        }
      }),
    );
  });
});
