import assert from 'node:assert/strict';
import { lineReporter } from '../../../src/cli/progress';

describe('lineReporter', () => {
  it('prints one line at the start, one for each tenth, and the last', () => {
    const lines: string[] = [];
    const show = lineReporter('analyzing', (line) => lines.push(line));
    for (let done = 1; done <= 1000; done += 1) {
      show({
        type: 'progress',
        module: '\u001b[31m',
        modulesDone: done,
        modulesTotal: 1000,
        bytesDone: done * 1000,
        bytesTotal: 1e6,
        elapsedMs: done,
      });
    }
    assert.equal(lines.length, 11);
    assert.equal(lines.at(-1), 'analyzing: 1000 of 1000 modules, 1.00 MB, 1.0 s');
  });
  it('counts bytes alone where one file is written', () => {
    const lines: string[] = [];
    const show = lineReporter('writing', (line) => lines.push(line));
    const event = { type: 'progress', module: 'a', modulesDone: 0, modulesTotal: 1, elapsedMs: 0 } as const;
    for (const bytesDone of [0, 500, 1000]) show({ ...event, bytesDone, bytesTotal: 1000 });
    assert.equal(lines.length, 3);
    assert.ok(
      lines.every((line) => /^writing: .* of 1\.00 kB, 0\.0 s$/.test(line)),
      lines.join(),
    );
  });
});
