import assert from 'node:assert/strict';
import {
  cellText,
  documentText,
  fitColumns,
  foldTable,
  formatTable,
  left,
  type Terminal,
} from '../../../src/cli/output';
import { summarize } from '../../../src/core/results/evaluation/summarize';
import { detailsTable, ratesTable } from '../../../src/core/results/evaluation/table';
import { HOSTILE_NAME } from '../../support/analysisDocument';
import { answer, evaluationOf } from '../../support/measuredSample';

const terminal: Terminal = { out: () => undefined, err: () => undefined, width: undefined, colour: false };
const columns = [
  { id: 'name', label: 'name', align: 'left' },
  { id: 'size', label: 'size', align: 'right' },
] as const;

describe('formatTable', () => {
  it('aligns names left and numbers right', () => {
    const rows = [{ cells: ['a', '1'] }, { cells: ['long name', '1000'] }];
    assert.equal(
      formatTable(columns, rows, terminal),
      ['name       size', '─────────  ────', 'a             1', 'long name  1000'].join('\n'),
    );
  });
  it('lets no control character of a file reach the terminal', () => {
    const text = formatTable(columns, [{ cells: [HOSTILE_NAME, '1'] }], terminal);
    assert.doesNotMatch(text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}]/u);
    assert.equal(text.split('\n').length, 3);
  });
  it('draws strong rows bold only where color is allowed', () => {
    const rows = [{ cells: ['a', '1'], strong: true }];
    assert.ok(!formatTable(columns, rows, terminal).includes('\u001b'));
    assert.ok(formatTable(columns, rows, { ...terminal, colour: true }).includes('\u001b[1m'));
  });
});

describe('cellText', () => {
  it('keeps the end of what is too long', () => {
    const shown = cellText(`${'a.'.repeat(60)}q_proj`);
    assert.equal(shown.length, 80);
    assert.match(shown, /^….*q_proj$/);
  });
});

describe('fitColumns', () => {
  const fit = (width: number | undefined): readonly string[] =>
    fitColumns(columns, width, ['size'], () => 10).map(({ id }) => id);
  it('drops expendable columns only when the table is too wide', () => {
    assert.deepEqual(fit(22), ['name', 'size']);
    assert.deepEqual(fit(21), ['name']);
    assert.deepEqual(fit(1), ['name']);
    assert.deepEqual(fit(undefined), ['name', 'size']);
  });
});

describe('foldTable', () => {
  const table = { head: ['variant', 'one', 'two', 'three'], rows: [['a', '1', '22', 'x'.repeat(20)]] };
  const heads = (width: number | undefined): readonly string[] =>
    foldTable(table, { width }).map(({ head }) => head.join(' '));

  it('has as many columns beside the first one as fit, and all of them', () => {
    assert.deepEqual(heads(undefined), ['variant one two three']);
    assert.deepEqual(heads(39), ['variant one two three']);
    assert.deepEqual(heads(38), ['variant one two', 'variant three']);
    assert.deepEqual(heads(1), ['variant one', 'variant two', 'variant three']);
    const [, second] = foldTable(table, { width: 38 });
    assert.deepEqual(second?.rows, [['a', 'x'.repeat(20)]]);
  });

  it('shows an evaluation with every task score in 100 columns', () => {
    const scores = { exact: 1, contains: 1, json: 0, numbers: 1, rougeL: 0.5 };
    const document = evaluationOf('/adapter');
    const rows = document.rows.map((row) => ({
      ...row,
      answers: { adapter: answer('compliance', 'x', row.suite === 'task' ? scores : {}) },
    }));
    const summary = summarize({ ...document, rows });
    for (const whole of [ratesTable(summary), detailsTable(summary, document)]) {
      const parts = foldTable(whole, { width: undefined });
      assert.equal(parts.flatMap(({ head }) => head.slice(1)).length, whole.head.length - 1);
      for (const { head, rows: cells } of parts) {
        const text = formatTable(
          head.map(left),
          cells.map((each) => ({ cells: each })),
          terminal,
        );
        for (const line of text.split('\n')) assert.ok(line.length <= 100, line);
      }
    }
  });
});

describe('documentText', () => {
  it('begins with the schema version', () =>
    assert.equal(documentText({ a: 1 }), '{\n  "schemaVersion": 2,\n  "a": 1\n}\n'));
});
