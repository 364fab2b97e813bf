import assert from 'node:assert/strict';
import { checkLoad } from '../../../../src/core/check/checkLoad';
import { appliedBy, effectNotes, loadedAs } from '../../../../src/core/check/loadedAs';
import type { Loader, LoaderCheck } from '../../../../src/core/check/types';
import { render } from '../../../../src/core/message';
import { loadedAsText } from '../../../../src/core/report/loaders';
import { adapterOf, PAIRS, Q, V } from '../../../support/adapterFixture';

/** PEFT applies q_proj under alpha / r; vLLM both. */
const adapter = adapterOf(PAIRS, { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q_proj'] });

function checks(of = adapter, loaders: readonly Loader[] = ['peft', 'vllm']): readonly LoaderCheck[] {
  return checkLoad({ adapter: of }, loaders);
}

describe('what a loader applies', () => {
  it('leaves out the modules that it ignores, and says why', () => {
    const [peft, vllm] = checks();
    assert.ok(peft !== undefined && vllm !== undefined);
    const { ignored } = appliedBy(adapter, peft);
    assert.deepEqual([...ignored.keys()], [V]);
    assert.match(render(ignored.get(V) ?? { text: '' }), /^PEFT does not apply it: target_modules/);
    assert.equal(appliedBy(adapter, vllm).ignored.size, 0);
    assert.deepEqual(
      effectNotes(peft, [peft, vllm]).map((note) => render(note)),
      ['PEFT and vLLM would not run the same model. Scores are of PEFT.'],
    );
  });

  it('takes the scale that the loader applies', () => {
    const other = adapterOf(PAIRS, { peft_type: 'LORA', r: 8, lora_alpha: 4, target_modules: ['q_proj'] });
    const [vllm] = checks(other, ['vllm']);
    assert.ok(vllm !== undefined);
    assert.deepEqual(
      other.modules.map(({ scale }) => scale),
      [2, 2],
    );
    assert.deepEqual(
      appliedBy(other, vllm).adapter.modules.map(({ scale }) => scale),
      [0.5, 0.5],
    );
  });

  it('is all that the file holds where the loader refuses it, with a note', () => {
    const other = adapterOf(PAIRS, { peft_type: 'LORA', r: 8, lora_alpha: 4, target_modules: ['q_proj'] });
    const [peft] = checks(other, ['peft']);
    assert.ok(peft?.verdict === 'refused');
    assert.deepEqual(appliedBy(other, peft), { adapter: other, ignored: new Map() });
    assert.match(render(effectNotes(peft, [peft])[0] ?? { text: '' }), /^PEFT 0\.21 would refuse/);
  });

  it('is kept with the names of modules that are not applied as they are', () => {
    const [peft] = checks();
    assert.ok(peft !== undefined);
    const kept = loadedAs(peft);
    assert.deepEqual(kept, {
      ...{ loader: 'peft', version: '0.21', verdict: 'other', attached: 1 },
      ...{ ignored: [V], altered: [] },
    });
    assert.equal(
      render(loadedAsText(kept, adapter.modules.length)),
      'PEFT 0.21: another effect; 1 of 2 modules attached',
    );
    assert.equal(appliedBy(adapter, peft).adapter.modules[0]?.name, Q);
  });
});
