import assert from 'node:assert/strict';
import type { LoaderCheck } from '../../../../src/core/check/types';
import { MAX_FINDINGS, MAX_NAMES, MAX_REASONS, panelCheck } from '../../../../src/host/panel/loadCheck';
import { mockCheck } from '../../../webview/mockChecks';

const numbered = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_name, index) => `${name}${String(index)}`);

describe('panelCheck', () => {
  it('has a line for each loader, also for those that were not asked', () => {
    const { loaders, model, modules } = panelCheck(mockCheck());
    assert.deepEqual(
      loaders.map(({ loader, verdict }) => [loader, verdict]),
      [
        ['peft', 'partly'],
        ['vllm', 'fails'],
        ['mlx', 'other-format'],
      ],
    );
    assert.deepEqual([model, modules], ['/home/anna/models/Llama-3.1-8B-Instruct', 56]);
  });

  it('counts modules and refused fields, each field once, and groups modules by reason', () => {
    const check: LoaderCheck = {
      loader: 'mlx',
      verdict: 'fails',
      attached: [],
      silent: [
        { module: '__proto__', reason: 'rare' },
        { module: 'a', reason: 'common' },
        { module: 'b', reason: 'common' },
      ],
      unsure: [],
      findings: [
        { severity: 'error', message: 'x', field: 'num_layers' },
        { severity: 'error', message: 'y', field: 'num_layers' },
        { severity: 'error', message: 'no field' },
        { severity: 'note', message: 'z', field: 'other' },
      ],
    };
    const [, , mlx] = panelCheck(mockCheck({ loaders: [check] })).loaders;
    assert.deepEqual(mlx?.refusedFields, { count: 1, first: ['num_layers'] });
    assert.deepEqual(mlx.silent, {
      count: 3,
      reasons: [
        { reason: 'common', modules: { count: 2, first: ['a', 'b'] } },
        { reason: 'rare', modules: { count: 1, first: ['__proto__'] } },
      ],
    });
  });

  it('cuts lists, not counts', () => {
    const names = numbered(10_000, 'm');
    const check: LoaderCheck = {
      loader: 'peft',
      verdict: 'partly',
      attached: names,
      silent: names.map((module) => ({ module, reason: `because of ${module}` })),
      unsure: [],
      findings: names.map((message) => ({ severity: 'note', message })),
    };
    const [peft] = panelCheck(mockCheck({ loaders: [check] })).loaders;
    assert.deepEqual([peft?.attached.count, peft?.attached.first.length], [10_000, MAX_NAMES]);
    assert.deepEqual([peft?.silent.count, peft?.silent.reasons.length], [10_000, MAX_REASONS]);
    assert.deepEqual([peft?.findings.length, peft?.moreFindings], [MAX_FINDINGS, 10_000 - MAX_FINDINGS]);
  });
});
