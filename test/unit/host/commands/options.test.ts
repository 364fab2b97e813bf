import assert from 'node:assert/strict';
import { SploraError } from '../../../../src/core/errors';
import { checkOptions, checkValues, type OptionName } from '../../../../src/host/commands/options';
import { english } from '../../../support/english';

const NAMES: readonly OptionName[] = ['base', 'force', 'mode', 'out', 'stale'];

/** Message and advice of the refusal. */
function refusal(work: () => void): readonly (string | undefined)[] {
  try {
    work();
  } catch (thrown) {
    assert.ok(thrown instanceof SploraError);
    assert.equal(thrown.data.code, 'bad-request');
    return [english(thrown.data.message), english(thrown.data.advice)];
  }
  return assert.fail('nothing was refused');
}

describe('options of a caller', () => {
  it('are taken where they are valid or absent', () => {
    const valid = { base: 'org/name', force: false, mode: 'zero', out: '/out', stale: 'allow' };
    for (const given of [undefined, {}, { base: undefined }, valid])
      assert.doesNotThrow(() => checkOptions(given, NAMES));
  });

  it('are refused by name, with what is allowed instead', () => {
    const wrong: readonly (readonly [Record<string, unknown>, string, string])[] = [
      [{ mode: 'Zero' }, 'The option mode cannot be "Zero".', 'It takes "remove", "zero".'],
      [{ force: 'yes' }, 'The option force cannot be "yes".', 'It takes true, false.'],
      [{ stale: null }, 'The option stale cannot be null.', 'It takes "allow", "ask".'],
      [{ base: 5 }, 'The option base cannot be 5.', 'Give a path or a Hugging Face repo id.'],
      [{ out: '' }, 'The option out cannot be "".', 'Give a path.'],
    ];
    for (const [given, message, advice] of wrong)
      assert.deepEqual(
        refusal(() => checkOptions(given, NAMES)),
        [message, advice],
      );
  });

  it('are refused where the command has none of that name', () => {
    for (const name of ['Mode', 'bakeScale', 'toString', '__proto__'])
      assert.deepEqual(
        refusal(() => checkOptions({ mode: 'zero', [name]: true }, NAMES)),
        [`There is no option "${name}".`, 'The options are base, force, mode, out, stale.'],
      );
  });

  it('are let be where only the values of some are asked about', () => {
    const given = { base: 5, mode: 'zero', other: 1 };
    assert.doesNotThrow(() => checkValues(given, ['mode', 'force']));
    assert.throws(() => checkValues(given, ['mode', 'base']), SploraError);
  });
});
