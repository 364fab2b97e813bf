import assert from 'node:assert/strict';
import { english } from '../../../support/english';
import { nameMismatch } from '../../../../src/core/check/model';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { checkpointOf } from '../../../support/checkpointOf';

function mismatch(module: string, ...tensors: readonly string[]): string | undefined {
  const adapter = adapterOf(peftPair(module), {});
  const model = checkpointOf(Object.fromEntries(tensors.map((tensor) => [tensor, [6, 4]])));
  const [only] = adapter.modules;
  assert.ok(only);
  const message = nameMismatch(only, { adapter, model });
  return message && english(message);
}

describe('nameMismatch', () => {
  it('takes the same name, and a backbone saved without its prefix', () => {
    assert.equal(mismatch('model.layers.0.mlp.up_proj', 'model.layers.0.mlp.up_proj.weight'), undefined);
    assert.equal(mismatch('transformer.h.0.attn.c_fc', 'h.0.attn.c_fc.weight'), undefined);
  });

  it('names what the model calls it under another prefix, and what it does not have', () => {
    assert.match(mismatch('h.0.attn.c_fc', 'transformer.h.0.attn.c_fc.weight') ?? '', /^Prefix mismatch/);
    assert.match(
      mismatch('model.layers.0.mlp.up_proj', 'model.language_model.layers.0.mlp.up_proj.weight') ?? '',
      /^Prefix mismatch/,
    );
    assert.match(mismatch('model.layers.0.mlp.up_proj', 'x.weight') ?? '', /has no tensor/);
  });

  it('takes a tied head', () => {
    assert.equal(mismatch('lm_head', 'model.embed_tokens.weight'), undefined);
  });
});
