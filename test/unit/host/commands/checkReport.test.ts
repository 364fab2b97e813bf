import assert from 'node:assert/strict';
import { checkReport } from '../../../../src/host/commands/checkReport';
import type { CheckResult } from '../../../../src/protocol/engineApi';

const t = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d+)\}/g, (_, index: string) => String(args[Number(index)]));

const result: CheckResult = {
  adapter: '/run/adapter_model.safetensors',
  model: null,
  modules: 3,
  loaders: [
    { loader: 'peft', verdict: 'loads', attached: ['a', 'b', 'c'], silent: [], unsure: [], findings: [] },
    {
      loader: 'vllm',
      verdict: 'partly',
      attached: ['a', 'b'],
      silent: [{ module: 'c|<b>', reason: 'no such module' }],
      unsure: [],
      findings: [{ severity: 'error', message: 'rank too large', versions: 'before 0.14' }],
    },
  ],
};

describe('checkReport', () => {
  const text = checkReport(result, 'run', t);

  it('has one line for each loader', () => {
    assert.match(text, /\| PEFT \| ✓ loads \| 3 \/ 3 \|/);
    assert.match(text, /\| vLLM \| ⚠ loads in part, without a word \| 2 \/ 3 \|/);
  });

  it('details only loaders with something to say', () => {
    assert.doesNotMatch(text, /^## PEFT/m);
    assert.match(text, /^## vLLM/m);
    assert.match(text, /\*\*Refused\*\* \(before 0\\\.14\): rank too large/);
  });

  it('lists modules of which it cannot be told apart from those without effect', () => {
    const unsure = [{ module: 'c', reason: 'look-behind' }];
    const check = {
      loader: 'peft',
      verdict: 'unknown',
      attached: ['a'],
      silent: [],
      unsure,
      findings: [],
    } as const;
    const report = checkReport({ ...result, loaders: [check] }, 'run', t);
    assert.match(report, /\| PEFT \| \? cannot be told \| 1 \/ 3 \|/);
    assert.match(report, /Module of which it cannot be told \| Reason \|\n.*\n\| c \| look.*behind/);
    assert.doesNotMatch(report, /without effect/);
  });

  it('escapes names from files', () => {
    assert.doesNotMatch(text, /<b>/);
    assert.match(text, /no such module/);
  });
});
