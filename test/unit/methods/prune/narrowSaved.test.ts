import assert from 'node:assert/strict';
import { narrowSaved } from '../../../../src/methods/prune/narrowSaved';
import { adapterOf, peftPair } from '../../../support/adapterFixture';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';

const WHOLE = ['lm_head.weight', 'model.norm.weight', 'l.0.norm.weight', 'l.1.norm.weight', 'l.1.norm.bias'];

/** The config without these parameters, given and returned as an object. */
function narrowed(config: object, ...dropped: readonly string[]): unknown {
  const tensors = WHOLE.map((name) => ({ name: `base_model.model.${name}`, shape: [4] }));
  const text = JSON.stringify(config);
  const adapter = adapterOf([...peftPair('q'), ...tensors], text);
  const gone = new Set(adapter.replacements.filter(({ name }) => dropped.includes(name)));
  return JSON.parse(narrowSaved(adapter, text, gone));
}

describe('narrowSaved', () => {
  it('takes a module off the list when its tensor is left out', () => {
    const config = { r: 2, modules_to_save: ['lm_head', 'embed_tokens'] };
    assert.deepEqual(narrowed(config, 'lm_head.weight'), { ...config, modules_to_save: ['embed_tokens'] });
    const alone = { r: 2, modules_to_save: 'lm_head' };
    assert.deepEqual(narrowed(alone, 'lm_head.weight'), { r: 2, modules_to_save: null });
  });

  it('names the modules that stay where an entry meant several', () => {
    const config = { r: 2, modules_to_save: ['norm', 'lm_head'] };
    const after = { r: 2, modules_to_save: ['l.1.norm', 'model.norm', 'lm_head'] };
    assert.deepEqual(narrowed(config, 'l.0.norm.weight'), after);
  });

  it('leaves alone what the list does not name', () => {
    for (const config of [{ r: 2 }, { r: 2, modules_to_save: null }, { r: 2, modules_to_save: ['head'] }])
      assert.deepEqual(narrowed(config, 'lm_head.weight'), config);
    assert.deepEqual(narrowed({ modules_to_save: ['lm_head'] }), { modules_to_save: ['lm_head'] });
  });

  it('refuses a part of a module, and the head that PEFT saves for a task', () => {
    const part = thrownData(
      () => narrowed({ modules_to_save: ['norm'] }, 'l.1.norm.weight'),
      'bad-request',
      /"l\.1\.norm" as a whole/,
    );
    assert.match(english(part.advice), /Choose "l\.1\.norm\.bias" too/);
    const tensors = [...peftPair('q'), { name: 'base_model.model.score.weight', shape: [4, 4] }];
    const text = JSON.stringify({ task_type: 'SEQ_CLS', modules_to_save: null });
    const adapter = adapterOf(tensors, text);
    thrownData(
      () => narrowSaved(adapter, text, new Set(adapter.replacements)),
      'bad-request',
      /requires "score"/,
    );
  });
});
