import assert from 'node:assert/strict';
import { renderError } from '../../../src/core/errors';
import { measureRequest, variantOf, type MeasureFlags } from '../../../src/cli/measureFlags';
import { measureLines } from '../../../src/cli/measureProgress';
import { thrownData } from '../../support/rejection';

const flags: MeasureFlags = { aligned: 'chat', suite: ['suites'] };

describe('measureRequest', () => {
  it('is the flags', () => {
    assert.deepEqual(measureRequest('a', flags), {
      adapter: 'a',
      aligned: 'chat',
      suites: ['suites'],
      variants: [],
      runner: { kind: 'onnx' },
    });
    const served = {
      ...flags,
      runner: 'http://127.0.0.1:8000/v1',
      served: ['aligned=base', 'adapter=my=lora'],
      apiKeyEnv: 'KEY',
      judge: 'guard',
      judgeUrl: 'http://127.0.0.1:9000',
      resume: 'file',
    };
    const { runner, judge, journal } = measureRequest('a', served);
    assert.deepEqual(runner, {
      kind: 'endpoint',
      url: 'http://127.0.0.1:8000/v1',
      models: { aligned: 'base', adapter: 'my=lora' },
      keyVariable: 'KEY',
    });
    assert.deepEqual([judge, journal], [{ model: 'guard', url: 'http://127.0.0.1:9000' }, 'file']);
  });

  it('allows several hosts, each for what is there', () => {
    const { runner, judge } = measureRequest('a', {
      ...flags,
      runner: 'http://gpu:8000',
      judge: 'guard',
      judgeUrl: 'https://other',
      allowHost: ['other', 'gpu:8000'],
    });
    assert.deepEqual(runner, { kind: 'endpoint', url: 'http://gpu:8000', confirmedHost: 'gpu:8000' });
    assert.deepEqual(judge, { model: 'guard', url: 'https://other', confirmedHost: 'other' });
  });

  it('reads variants', () => {
    assert.deepEqual(variantOf('half=scale:0.5'), { id: 'half', scale: 0.5 });
    assert.deepEqual(variantOf('pruned = a=b '), { id: 'pruned', adapter: ' a=b ' });
    assert.deepEqual(variantOf('odd=./scale:x'), { id: 'odd', adapter: './scale:x' });
  });

  const wrong: readonly (readonly [MeasureFlags, RegExp])[] = [
    [{ suite: ['s'] }, /--aligned is missing/],
    [{ aligned: 'a' }, /--suite is missing/],
    [{ ...flags, variant: ['half'] }, /needs a name and a value/],
    [{ ...flags, variant: ['=x'] }, /needs a name and a value/],
    [{ ...flags, variant: ['half=scale:'] }, /not a scale/],
    [{ ...flags, variant: ['half=scale:1e999'] }, /not a scale/],
    [{ ...flags, runner: 'torch' }, /not a runner/],
    [{ ...flags, runner: 'file:///x' }, /not a runner/],
    [{ ...flags, server: 'vllm' }, /--server is for a server/],
    [{ ...flags, served: ['a=b'] }, /--served is for a server/],
    [{ ...flags, judgeUrl: 'http://x' }, /--judge-url needs --judge/],
    [
      { ...flags, runner: 'http://127.0.0.1', served: ['adaptr=lora'], variant: ['half=scale:0.5'] },
      /no variant "adaptr".*aligned, adapter, half/,
    ],
    [{ ...flags, runner: 'http://gpu:8000' }, /Add --allow-host gpu:8000/],
    [{ ...flags, runner: 'http://gpu:8000', allowHost: ['gpu'] }, /Add --allow-host gpu:8000/],
    [{ ...flags, judge: 'guard', judgeUrl: 'http://gpu' }, /Add --allow-host gpu,/],
    [{ ...flags, runner: 'ftp://u:SECRET@h/x' }, /^"ftp:\/\/\*\*\*@h\/x" is not a runner/],
    [{ ...flags, runner: 'u:SEC@RET#/@h?SECRET' }, /^"\*\*\*@h" is not a runner/],
    [{ ...flags, runner: 'http://u:SECRET@h' }, /contains a password/],
    [{ ...flags, judge: 'guard', judgeUrl: 'htp://u:SECRET@h' }, /^"htp:\/\/\*\*\*@h" is not an http/],
  ];
  for (const [given, message] of wrong) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      const { message: text, advice } = renderError(
        thrownData(() => measureRequest('a', given), 'bad-request'),
      );
      const all = [text, advice].join(' ');
      assert.match(all, message);
      assert.ok(!all.includes('SECRET'));
    });
  }
});

describe('measureLines', () => {
  it('prints a line for each tenth of a stage, with speed and time left', () => {
    const lines: string[] = [];
    const show = measureLines((line) => lines.push(line));
    for (let done = 0; done <= 100; done++) {
      const remainingMs = done === 0 ? null : (100 - done) * 1000;
      show({
        ...{ type: 'progress', stage: 'answering', done, total: 100 },
        ...{ tokensPerSecond: done, elapsedMs: done * 1000, remainingMs },
      });
    }
    assert.equal(lines.length, 11);
    assert.deepEqual(
      [lines[0], lines[1], lines[10]],
      [
        'answering: 0 of 100',
        'answering: 10 of 100, 10 tokens/s, 2 min left',
        'answering: 100 of 100, 100 tokens/s',
      ],
    );
  });
});
