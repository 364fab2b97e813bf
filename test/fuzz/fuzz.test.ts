import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeReport, fuzz } from './fuzz';
import { TARGETS } from './targets';

/** Seconds of the short run; the corpus alone takes less than one. */
const SECONDS = 8;

describe('fuzzing', () => {
  it('has a corpus for each target, and no other', () => {
    const folders = readdirSync(join(import.meta.dirname, 'corpus')).sort();
    assert.deepEqual(folders, TARGETS.map(({ name }) => name).sort());
  });

  it(`finds nothing in ${SECONDS} seconds`, async () => {
    const report = await fuzz(SECONDS, 1);
    process.stdout.write(`${describeReport(report).replace(/^/gm, '      ')}\n`);
    assert.deepEqual(report.failures, []);
    assert.equal(report.inputs.size, TARGETS.length);
  });
});
