import assert from 'node:assert/strict';
import {
  adviceFor,
  choice,
  flag,
  integer,
  modelOption,
  number,
  parseOptions,
  pathOption,
  text,
} from '../../../src/core/options';
import { english } from '../../support/english';

const TABLE = {
  base: modelOption('A model.'),
  force: flag(),
  mode: choice(['remove', 'zero'], 'How.', { remove: 'Out.', zero: 'Empty.' }),
  out: pathOption(),
  note: text(),
  top: integer('How many.', { minimum: 1, maximum: 9 }),
  share: number(undefined, { minimum: 0, maximum: 1 }),
};

describe('options', () => {
  it('are taken if they are valid or absent', () => {
    const valid = { base: 'org/name', force: false, mode: 'zero', out: '/out', note: '', top: 9, share: 0.5 };
    for (const given of [{}, valid]) assert.deepEqual(parseOptions(TABLE, given), { values: given });
    assert.deepEqual(parseOptions(TABLE, { base: undefined }), { values: {} });
  });

  it('are refused by name and value', () => {
    const wrong = {
      base: [5, '', null],
      force: ['yes', 1],
      mode: ['Zero', true],
      out: [''],
      note: [1],
      top: [0, 10, 1.5, NaN, '3'],
      share: [-0.1, 1.1, Infinity, NaN],
    };
    for (const [name, values] of Object.entries(wrong))
      for (const value of values)
        assert.deepEqual(parseOptions(TABLE, { [name]: value }), {
          problem: { kind: 'invalid', name, value, option: TABLE[name as keyof typeof TABLE] },
        });
  });

  it('are refused if the table does not have them', () => {
    for (const name of ['Mode', 'other', 'toString', '__proto__'])
      assert.deepEqual(parseOptions(TABLE, { mode: 'zero', [name]: true }), {
        problem: { kind: 'unknown', name, allowed: Object.keys(TABLE) },
      });
    assert.ok('problem' in parseOptions(TABLE, { other: undefined }));
  });

  it('say which numbers they take', () => {
    const numbers = [
      [integer(undefined, { minimum: 1 }), 'Specify a whole number of at least 1.'],
      [integer(undefined, { maximum: 9 }), 'Specify a whole number of at most 9.'],
      [integer(undefined, { minimum: 1, maximum: 9 }), 'Specify a whole number from 1 to 9.'],
      [integer(), 'Specify a whole number.'],
      [number(undefined, { minimum: 0.5 }), 'Specify a number of at least 0.5.'],
      [number(undefined, { maximum: 2 }), 'Specify a number of at most 2.'],
      [number(undefined, { minimum: 0, maximum: 1 }), 'Specify a number from 0 to 1.'],
      [number(), 'Specify a number.'],
    ] as const;
    for (const [option, advice] of numbers) assert.equal(english(adviceFor(option)), advice);
  });

  it('keep what documents them', () => {
    const { type, description, choices, choiceDescriptions } = TABLE.mode;
    assert.deepEqual([type, description, choices], ['string', 'How.', ['remove', 'zero']]);
    assert.deepEqual(choiceDescriptions, { remove: 'Out.', zero: 'Empty.' });
    assert.deepEqual([TABLE.top.minimum, TABLE.top.maximum], [1, 9]);
  });
});
