import assert from 'node:assert/strict';
import { analyzeRequest } from '../../../../src/cli/commands/analyze';
import type { ScoreFlags } from '../../../../src/cli/flags';

const options = { population: 'type', scale: 'none', quartiles: 'sampled' } as const;
const flags: ScoreFlags = { base: 'b', aligned: 'a', ...options };

describe('analyzeRequest', () => {
  it('passes models, options and threads on', () => {
    const request = { adapter: 'x', base: 'b', aligned: 'a', options };
    assert.deepEqual(analyzeRequest('x', flags), request);
    assert.deepEqual(analyzeRequest('x', { ...flags, threads: 3 }), { ...request, threads: 3 });
  });
  it('names the flag of a model that is missing or empty', () => {
    assert.throws(() => analyzeRequest('x', options), /--base is missing/);
    assert.throws(() => analyzeRequest('x', { ...options, base: 'b' }), /--aligned is missing/);
    assert.throws(() => analyzeRequest('x', { ...flags, base: '' }), /--base is empty/);
    assert.throws(() => analyzeRequest('x', { ...flags, aligned: ' ' }), /--aligned is empty/);
  });
});
