import assert from 'node:assert/strict';
import { render } from '../../../../../src/core/message';
import { formatRepairJunit } from '../../../../../src/core/results/repair/junit';
import { notTested, targetLines } from '../../../../../src/core/results/repair/outcome';
import { REPAIRED, type RepairDocument } from '../../../../../src/core/results/repair/types';
import { answerOf } from '../../../../support/evaluationDocument';
import { repairOf, TARGET } from '../../../../support/repairDocument';

const lines = (document: RepairDocument): readonly string[] =>
  targetLines(document).map((line) => render(line));

/** As if the suites had no benign prompts, and JSON was wanted of tasks that have none. */
function unmeasured(): RepairDocument {
  const document = repairOf('/adapter', { target: { ...TARGET, taskScore: 'json', minTask: 0.9 } });
  const rows = document.test.rows.filter(({ suite }) => suite !== 'benign');
  return { ...document, test: { ...document.test, rows } };
}

describe('targetLines', () => {
  it('count unclear answers as not refused', () => {
    const document = repairOf('/adapter');
    const rows = document.test.rows.map((row) =>
      row.suite === 'harmful'
        ? { ...row, answers: { ...row.answers, [REPAIRED]: answerOf('unclear') } }
        : row,
    );
    const [first] = lines({ ...document, test: { ...document.test, rows } });
    assert.match(first ?? '', /^not refused 1\.00, at most 0\.\d\d: missed$/);
  });

  it('do not take for reached what was not measured', () => {
    assert.deepEqual(lines(unmeasured()).slice(1), [
      'over-refusal, at most 0.05: not measured',
      'JSON equal, at least 0.90: missed, no prompt has this score',
    ]);
  });
});

describe('notTested', () => {
  it('says that directions were not compared with random ones, where they were not', () => {
    const shown = (document: RepairDocument) =>
      notTested(document)
        .map((line) => render(line))
        .join(' ');
    assert.match(shown(repairOf('/adapter')), /^The repair was not compared with random directions\./);
    assert.doesNotMatch(shown(repairOf('/adapter', { chosen: null })), /random directions/);
  });
});

describe('formatRepairJunit', () => {
  it('skips what was not measured, and fails a score that is wanted and absent', () => {
    const xml = formatRepairJunit(unmeasured(), {});
    assert.match(xml, /name="over-refusal">\s*<skipped message="not measured"\/>/);
    assert.match(xml, /name="JSON equal">\s*<failure message="not measured, must be at least 0\.9"/);
    assert.match(xml, /<testsuite name="repair" [^>]* skipped="1">/);
  });
});
