import assert from 'node:assert/strict';
import { describeReport, fuzz } from './fuzz';
import { TARGETS } from './targets';

/** Seconds of the short run; the corpus alone takes less than one. */
const SECONDS = 8;

describe('fuzzing', () => {
  it(`finds nothing in ${SECONDS} seconds`, async () => {
    const report = await fuzz(SECONDS, 1);
    process.stdout.write(`${describeReport(report).replace(/^/gm, '      ')}\n`);
    assert.deepEqual(report.failures, []);
    assert.equal(report.inputs.size, TARGETS.length);
  });
});
