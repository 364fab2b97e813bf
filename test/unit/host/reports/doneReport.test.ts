import assert from 'node:assert/strict';
import { doneReport } from '../../../../src/host/reports/doneReport';
import { HOSTILE_NAME } from '../../../support/analysisDocument';
import { untranslated } from '../../../support/english';

describe('what was done', () => {
  it('is a table that begins with what needs a look', () => {
    const report = doneReport(
      [
        { label: 'a', outcome: 'analyzed', seconds: 61 },
        { label: 'b', outcome: 'unchanged', seconds: 0 },
        { label: 'c', outcome: 'failed', seconds: 2, reason: 'No base.' },
        { label: 'd', outcome: 'canceled', seconds: 0 },
      ],
      untranslated,
    );
    assert.match(report, /Analyzed: 1; unchanged: 1; failed: 1; canceled: 1\./);
    const rows = report
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(1);
    assert.deepEqual(
      rows.map((row) => row.split(' | ')[0]),
      ['| c', '| d', '| a', '| b'],
    );
    assert.match(rows[0] ?? '', /failed \| 2 s \| No base/);
    assert.match(rows[2] ?? '', /1 min 1 s/);
  });

  it('shows names as text', () => {
    const report = doneReport([{ label: HOSTILE_NAME, outcome: 'analyzed', seconds: 1 }], untranslated);
    assert.ok(!/(^|[^\\])<img/.test(report) && !report.includes('[a](http'), report);
  });
});
