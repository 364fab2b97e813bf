import assert from 'node:assert/strict';
import { checkReport, loadWarning } from '../../../../src/host/reports/checkReport';
import type { LoaderCheck, LoadVerdict } from '../../../../src/core/check/types';
import type { CheckResult } from '../../../../src/protocol/engineApi';
import { render, say } from '../../../../src/core/message';
import { untranslated } from '../../../support/english';
import { CLEAN_CHECK } from '../../../support/checkOne';

const result: CheckResult = {
  adapter: '/run/adapter_model.safetensors',
  model: null,
  modules: 3,
  differences: [],
  loaders: [
    { ...CLEAN_CHECK, attached: ['a', 'b', 'c'] },
    {
      ...CLEAN_CHECK,
      loader: 'vllm',
      version: '0.32',
      verdict: 'other',
      attached: ['a', 'b'],
      silent: [{ module: 'c|<b>', reason: say('no such module') }],
      findings: [{ severity: 'error', message: say('rank too large'), versions: say('before 0.14') }],
    },
  ],
};

describe('checkReport', () => {
  const text = checkReport(result, 'run', untranslated);

  it('has one line for each loader', () => {
    assert.match(text, /\| PEFT 0.21 \| ✓ same effect \| 3 \/ 3 \|/);
    assert.match(text, /\| vLLM 0.32 \| ⚠ another effect \| 2 \/ 3 \|/);
  });

  it('details only loaders with something to say', () => {
    assert.doesNotMatch(text, /^## PEFT/m);
    assert.match(text, /^## vLLM/m);
    assert.match(text, /\*\*Refused\*\* \(before 0\.14\): rank too large/);
  });

  it('lists undetermined modules apart from those without effect', () => {
    const unsure = [{ module: 'c', reason: say('look-behind') }];
    const check = { ...CLEAN_CHECK, verdict: 'unknown', attached: ['a'], unsure } as const;
    const report = checkReport({ ...result, loaders: [check] }, 'run', untranslated);
    assert.match(report, /\| PEFT 0.21 \| \? cannot be determined \| 1 \/ 3 \|/);
    assert.match(report, /Undetermined module \| Reason \|\n.*\n\| c \| look.*behind/);
    assert.doesNotMatch(report, /without effect/);
  });

  it('says reasons and findings in the language of the window', () => {
    const german = new Map([
      ['before {0}', 'vor {0}'],
      ['vLLM refuses modules_to_save.', 'vLLM lehnt modules_to_save ab.'],
      ['Prefix mismatch: the model calls it {0}.', 'Im Modell heißt es {0}.'],
    ]);
    const check = {
      ...CLEAN_CHECK,
      loader: 'vllm',
      verdict: 'refused',
      silent: [{ module: 'c', reason: say('Prefix mismatch: the model calls it {0}.', '"d"') }],
      findings: [
        {
          severity: 'error',
          message: say('vLLM refuses modules_to_save.'),
          versions: say('before {0}', '0.14'),
        },
      ],
    } as const;
    const report = checkReport({ ...result, loaders: [check] }, 'run', (text, ...values) =>
      render({ text: german.get(text) ?? text, values }),
    );
    assert.match(report, /\(vor 0\.14\): vLLM lehnt modules_to_save ab/);
    assert.match(report, /Im Modell heißt es "d"/);
  });

  it('escapes names from files', () => {
    assert.doesNotMatch(text, /<b>/);
    assert.match(text, /no such module/);
  });
});

describe('loadWarning', () => {
  const check = (loader: LoaderCheck['loader'], verdict: LoadVerdict): LoaderCheck => ({
    ...CLEAN_CHECK,
    loader,
    verdict,
  });

  it('names the loaders that would not load all of it, and no undetermined ones', () => {
    const loaders = [check('peft', 'unknown'), check('vllm', 'other'), check('mlx', 'refused')];
    assert.equal(loadWarning(loaders, 'run', untranslated), 'vLLM, mlx-lm would not run run as it is.');
  });

  it('says nothing if every loader loads all of it', () => {
    assert.equal(
      loadWarning([check('peft', 'same'), check('vllm', 'unknown')], 'run', untranslated),
      undefined,
    );
    assert.equal(loadWarning([], 'run', untranslated), undefined);
  });
});
