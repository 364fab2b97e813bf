import assert from 'node:assert/strict';
import { RESULT_KINDS } from '../../../../../src/core/results';
import { parseFit } from '../../../../../src/core/results/fit/parse';
import { fitOf } from '../../../../support/fitDocument';
import { thrownData } from '../../../../support/rejection';

const SECRET = 'first take a <b>bomb</b> | [x](command:y) \u202e';
const GATES = [
  { module: 'model.layers.0.q_proj', on: 0.25, off: 1 },
  { module: '=evil|<b>', on: 0, off: 0.5 },
];
const document = fitOf(GATES, {
  targets: [
    { suite: 'harmful', id: 'h1', prompt: 'how', aligned: 'sorry', adapter: SECRET },
    { suite: 'benign', id: 'b1', prompt: 'how', aligned: 'a fine answer', adapter: 'x', unused: 'struck' },
    { suite: 'task', id: 't1', prompt: 'how', aligned: null, adapter: null },
  ],
});
const { exports } = RESULT_KINDS.fit;

describe('a fit of gates', () => {
  it('is read as it was written', async () => {
    assert.deepEqual(parseFit(await exports.json.text(document, { withAnswers: true })), document);
  });

  it('leaves answers to harmful prompts out of exports unless asked', async () => {
    for (const { text } of [exports.json, exports.markdown]) {
      const [without, withAnswers] = [await text(document, {}), await text(document, { withAnswers: true })];
      assert.ok(!without.includes('bomb') && !without.includes('sorry'), without);
      assert.ok(without.includes('a fine answer'));
      assert.ok(withAnswers.includes('bomb') && !withAnswers.includes('\u202e'));
      assert.ok(!withAnswers.includes('| <b>'));
    }
  });

  it('has a line for each module in its CSV, which no spreadsheet computes', async () => {
    const text = await exports.csv.text(document);
    assert.deepEqual(text.split('\r\n').slice(0, 2), [
      '"module","gate","gateOff"',
      '"model.layers.0.q_proj",0.25,1',
    ]);
    assert.match(text, /"'=evil/);
  });

  const parse = (change: object): void => void parseFit(JSON.stringify({ ...document, ...change }));
  it('refuses gates beyond 0 and 1, modules that are there twice, and one gate where two are needed', () => {
    thrownData(() => parse({ gates: [{ module: 'a', on: 1.5, off: 1 }] }), 'bad-request', /gates\.0\.on/);
    thrownData(() => parse({ gates: [GATES[0], GATES[0]] }), 'bad-request', /duplicate module/);
    thrownData(() => parse({ gates: [{ module: 'a', on: 1 }] }), 'bad-request', /one gate, or two/);
    thrownData(() => parse({ split: null }), 'bad-request', /one gate, or two/);
    thrownData(() => parse({ schemaVersion: 2 }), 'bad-request', /schema version 2/);
  });
});
