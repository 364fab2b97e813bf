import assert from 'node:assert/strict';
import type { LoaderCheck } from '../../../../src/core/check/types';
import { MAX_FINDINGS, MAX_NAMES, MAX_REASONS, panelCheck } from '../../../../src/host/panel/loadCheck';
import { mockCheck } from '../../../webview/mockChecks';
import { say } from '../../../../src/core/message';

const numbered = (count: number, name: string): string[] =>
  Array.from({ length: count }, (_name, index) => `${name}${String(index)}`);

describe('panelCheck', () => {
  it('has a line for each loader, also for those that were not asked', () => {
    const { loaders, model, modules } = panelCheck(mockCheck(), String);
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
        { module: '__proto__', reason: say('rare') },
        { module: 'a', reason: say('common') },
        { module: 'b', reason: say('common') },
      ],
      unsure: [],
      findings: [
        { severity: 'error', message: say('x'), field: 'num_layers' },
        { severity: 'error', message: say('y'), field: 'num_layers' },
        { severity: 'error', message: say('no field') },
        { severity: 'note', message: say('z'), field: 'other' },
      ],
    };
    const [, , mlx] = panelCheck(mockCheck({ loaders: [check] }), String).loaders;
    assert.deepEqual(mlx?.refusedFields, { count: 1, first: ['num_layers'] });
    assert.deepEqual(mlx.silent, {
      count: 3,
      reasons: [
        { reason: 'common', modules: { count: 2, first: ['a', 'b'] } },
        { reason: 'rare', modules: { count: 1, first: ['__proto__'] } },
      ],
    });
  });

  it('says reasons, findings and versions in the language of the window', () => {
    const [peft] = panelCheck(mockCheck(), (english) => `<${english}>`).loaders;
    assert.match(peft?.silent.reasons[0]?.reason ?? '', /^<target_modules does not name it.*>$/);
    assert.match(peft?.findings[0]?.message ?? '', /^<PEFT before 0\.14 refuses.*>$/);
    assert.equal(peft?.findings[0]?.versions, '<before 0.14>');
  });

  it('cuts lists, not counts', () => {
    const names = numbered(10_000, 'm');
    const check: LoaderCheck = {
      loader: 'peft',
      verdict: 'partly',
      attached: names,
      silent: names.map((module) => ({ module, reason: say('because of {0}', module) })),
      unsure: [],
      findings: names.map((name) => ({ severity: 'note', message: say(name) })),
    };
    const [peft] = panelCheck(mockCheck({ loaders: [check] }), String).loaders;
    assert.deepEqual([peft?.attached.count, peft?.attached.first.length], [10_000, MAX_NAMES]);
    assert.deepEqual([peft?.silent.count, peft?.silent.reasons.length], [10_000, MAX_REASONS]);
    assert.deepEqual([peft?.findings.length, peft?.moreFindings], [MAX_FINDINGS, 10_000 - MAX_FINDINGS]);
  });
});
