import assert from 'node:assert/strict';
import { readStateDict } from '../../../../src/core/pickle/stateDict';
import { PAIRS, Q } from '../../../support/adapterFixture';
import { stateDictPickle } from '../../../support/torchBytes';

const FILE = '/a/adapter_model.bin';
const read = (pickle: string | Uint8Array): ReturnType<typeof readStateDict> =>
  readStateDict(typeof pickle === 'string' ? Buffer.from(pickle, 'latin1') : pickle, FILE);

describe('readStateDict', () => {
  it('reads names, dtypes and shapes', () => {
    const tensors = read(stateDictPickle(PAIRS, 'HalfStorage'));
    assert.deepEqual(
      [...tensors.keys()],
      PAIRS.map(({ name }) => name),
    );
    assert.deepEqual(tensors.get(`base_model.model.${Q}.lora_A.weight`), {
      name: `base_model.model.${Q}.lora_A.weight`,
      dtype: 'F16',
      shape: [2, 4],
      offset: 0,
      byteLength: 16,
    });
  });

  it('calls nothing, and says what a file would have called', () => {
    assert.throws(() => read('cos\nsystem\n(X\x02\x00\x00\x00lstR.'), /calls "os system"/);
    assert.throws(() => read('cbuiltins\neval\n)R.'), /calls "builtins eval"/);
    assert.throws(() => read(stateDictPickle(PAIRS, 'UntypedStorage')), /storage of an unknown kind/);
  });

  it('refuses what is no dictionary of tensors', () => {
    assert.throws(() => read('K\x01.'), /not a dictionary of tensors/);
    assert.throws(() => read('}(X\x01\x00\x00\x00aK\x01u.'), /something else than a tensor under "a"/);
    assert.throws(() => read('}(K\x01K\x01u.'), /not a dictionary of tensors/);
    assert.throws(() => read('\x80\x02i.'), /an instruction that tensors do not need/);
  });

  it('refuses what ends early, takes too much, or is too large', () => {
    const whole = stateDictPickle(PAIRS);
    for (let length = 0; length < whole.length; length++)
      assert.throws(() => read(whole.subarray(0, length)), { name: 'SploraError' });
    assert.throws(() => read('t.'), /damaged/);
    assert.throws(() => read('h\x05.'), /damaged/);
    assert.throws(() => read(stateDictPickle([{ name: 'a', shape: [2 ** 30, 2 ** 30] }])), /cannot be read/);
    assert.throws(() => read(stateDictPickle([{ name: 'a', shape: [-1, 2] }])), /cannot be read/);
  });
});
