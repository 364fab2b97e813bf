import assert from 'node:assert/strict';
import { dertaData, type DertaOptions, type DertaTriple } from '../../../../src/core/data/derta';

const OPTIONS: DertaOptions = { set: 'derta', format: 'published', seed: 1, rows: 3000 };
const HARMFUL = 'w1 w2 w3 w4 w5';
const triples = (count: number, harmful = HARMFUL): DertaTriple[] =>
  Array.from({ length: count }, (_, at) => ({ question: `q${at}`, safe: 'No.', harmful }));

describe('DeRTa data', () => {
  it('is the published transformation, with a seed', () => {
    const { rows } = dertaData(triples(4), OPTIONS);
    assert.equal(rows.length, 8);
    assert.deepEqual(rows[0], {
      prefix: '[INST] q0 [\\INST]',
      text: ` ${HARMFUL}<|end_of_text|>`,
      safe: 'true',
    });
    const prefixes = rows.slice(4).map(({ prefix }) => prefix as string);
    // Every third one has an empty beginning, which leaves a space; the others 1 to 3 of 5 words.
    assert.equal(prefixes[0], '[INST] q0 [\\INST] ');
    assert.match(prefixes[1] ?? '', /^\[INST\] q1 \[\\INST\] w1( w2( w3)?)?$/);
    assert.equal(prefixes[3], '[INST] q3 [\\INST] ');
    assert.ok(rows.slice(4).every(({ text, safe }) => text === ' No.<|end_of_text|>' && safe === 'false'));
    assert.deepEqual(dertaData(triples(4), OPTIONS).rows, rows);
    assert.notDeepEqual(
      dertaData(triples(40), { ...OPTIONS, seed: 2 }).rows,
      dertaData(triples(40), OPTIONS).rows,
    );
  });

  it('cuts at every place from 1 word to all but two', () => {
    const { rows } = dertaData(triples(300), { ...OPTIONS, set: 'recaug' });
    const lengths = new Set(rows.map(({ prefix }) => (prefix as string).trim().split(' ').length - 3));
    assert.deepEqual([...lengths].sort(), [0, 1, 2, 3]);
  });

  it('has no beginning of short answers, but their refusals', () => {
    const { rows, short } = dertaData(triples(2, 'w1 w2'), OPTIONS);
    assert.deepEqual([rows.length, short], [2, 2]);
  });

  it('writes chats, and rows for trainers without labels for each position', () => {
    const chat = dertaData(triples(2), { ...OPTIONS, format: 'chat' }).rows;
    assert.deepEqual(chat[0], {
      messages: [
        { role: 'user', content: 'q0' },
        { role: 'assistant', content: HARMFUL },
      ],
      train_on: 'refusal',
      refusal: 'Sorry',
    });
    assert.deepEqual(chat[2], {
      messages: [{ role: 'user', content: 'q0' }],
      train_on: 'continuation',
      continuation: ' No.',
    });
    const long = Array.from({ length: 60 }, (_, at) => `w${at}`).join(' ');
    const { rows } = dertaData(triples(1, long), { ...OPTIONS, format: 'expanded' });
    const refusals = rows.filter(({ text }) => text === ' Sorry');
    assert.equal(refusals.length, 3);
    assert.equal(new Set(refusals.map(({ prefix }) => prefix)).size, 3);
  });

  it('keeps to the number of rows, and leaves harmful words out of the vanilla set', () => {
    assert.equal(dertaData(triples(9), { ...OPTIONS, rows: 2 }).rows.length, 4);
    const { rows } = dertaData(triples(9), { ...OPTIONS, set: 'vanilla' });
    assert.equal(rows.length, 9);
    assert.doesNotMatch(JSON.stringify(rows), /w1/);
  });
});
