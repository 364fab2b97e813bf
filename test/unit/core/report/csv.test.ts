import assert from 'node:assert/strict';
import { formatCsv } from '../../../../src/core/report/csv';
import { visibleText } from '../../../../src/core/report/escape';
import { SCORE_NAMES } from '../../../../src/core/report/scores';
import {
  analysisOf,
  HOSTILE_NAME,
  replaced,
  scored,
  unscored,
  verdict,
} from '../../../support/analysisDocument';
import { say } from '../../../../src/core/message';

/** A small reader of RFC 4180, so that what is written is not judged by its writer. */
function readCsv(text: string): string[][] {
  const records: string[][] = [];
  const pattern = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n)/gy;
  let record: string[] = [];
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, field = '', end] = match;
    record.push(field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field);
    if (end === '\r\n') {
      records.push(record);
      record = [];
    }
    if (pattern.lastIndex === text.length) break;
  }
  return records;
}

describe('formatCsv', () => {
  it('has a kind for each row, and rows for tensors that no score covers', () => {
    const carried = [{ tensor: '=x', reason: say('a, b') }];
    const document = analysisOf([scored('a'), replaced('head.weight')], { carried });
    const [head, ...rows] = readCsv(formatCsv(document));
    assert.ok(rows.every((row) => row.length === head?.length));
    assert.deepEqual(
      rows.map((row) => [row[0], row[1], row[2], row.at(-1)]),
      [
        ['head.weight', 'scored', '', 'replacement'],
        ['a', 'scored', '', 'pair'],
        ["'=x", 'carried', 'a, b', 'tensor'],
      ],
    );
  });
  it('is read back field by field, with full precision and disarmed formulas', () => {
    const document = analysisOf([
      scored(HOSTILE_NAME, { ediemIqr: 0.1 + 0.2 }),
      unscored('b', 'unmatched', say('no tensor "x", nowhere')),
    ]);
    const text = formatCsv(document, [verdict(HOSTILE_NAME, 1, 'prune')]);
    assert.doesNotMatch(text.replaceAll('\r\n', ''), /[\p{Cc}\p{Cf}]/u);
    const records = readCsv(text);
    assert.equal(records.length, 3);
    const [head = [], first = [], second = []] = records;
    assert.ok(records.every((record) => record.length === head.length));
    const field = (record: string[], name: string): string | undefined => record[head.indexOf(name)];
    // What follows its quote and its comma starts no formula.
    assert.equal(field(first, 'module'), `'${visibleText(HOSTILE_NAME, Infinity)}`);
    assert.equal(Number(field(first, 'ediemIqr')), 0.1 + 0.2);
    assert.equal(field(first, 'verdict'), 'prune');
    assert.equal(field(second, 'reason'), 'no tensor "x", nowhere');
    assert.ok(text.startsWith('"module","status",'), 'the head is text, too');
    for (const name of SCORE_NAMES) assert.equal(field(second, name), '');
  });
});
