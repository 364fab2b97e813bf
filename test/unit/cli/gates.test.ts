import assert from 'node:assert/strict';
import { checkGates, failedGates } from '../../../src/cli/gates';
import { SploraError } from '../../../src/core/errors';
import { selectionOf } from '../../../src/cli/selectionFlags';
import { select } from '../../../src/core/selection/select';
import { analysisOf, scored, unscored } from '../../support/analysisDocument';

const document = analysisOf([
  scored('a', { ediemIqr: 1 }),
  scored('b', { ediemIqr: 3 }),
  unscored('c', 'inactive', 'B is zero'),
]);
const selection = selectionOf({ threshold: 1 });
const verdicts = select(document.modules, selection);

describe('failedGates', () => {
  it('holds at the limit and fails beyond it', () => {
    assert.deepEqual(failedGates({ failAbove: 3, maxFlagged: 2 }, document, verdicts, selection), []);
    const lines = failedGates({ failAbove: 2.9, maxFlagged: 1 }, document, verdicts, selection);
    assert.equal(lines.length, 2);
    assert.match(lines[0] ?? '', /^gate failed: b \(3\.000\) above 2\.9/);
    assert.match(lines[1] ?? '', /2 modules are flagged, at most 1/);
  });
  it('fails any gate when a module could not be scored, and no gate when none was set', () => {
    const reasons = ['unmatched', 'unsupported', 'unmatched', 'unmatched'] as const;
    const modules = [...document.modules, ...reasons.map((status, at) => unscored(`x${at}`, status, 'NaN'))];
    const one = analysisOf(modules.slice(0, 4));
    const lines = failedGates({ failAbove: 9 }, one, verdicts, selection);
    assert.deepEqual(lines, ['gate failed: 1 module could not be scored: x0 (NaN).']);
    const [line, ...others] = failedGates({ maxFlagged: 9 }, analysisOf(modules), verdicts, selection);
    assert.match(line ?? '', /4 modules could not be scored: x0 \(NaN\), .*, x2 \(NaN\) and 1 more\.$/);
    assert.deepEqual(others, []);
    assert.deepEqual(failedGates({}, one, verdicts, selection), []);
  });
});

describe('checkGates', () => {
  it('refuses --fail-above where small scores stand out', () => {
    assert.throws(() => checkGates({ failAbove: 1 }, selectionOf({ rankBy: 'cosine' })), SploraError);
    assert.throws(() => checkGates({ failAbove: 1 }, selectionOf({ order: 'smallest' })), SploraError);
    checkGates({ failAbove: 1 }, selectionOf({ rankBy: 'cosine', order: 'largest' }));
    checkGates({ maxFlagged: 1 }, selectionOf({ rankBy: 'cosine' }));
  });
});
