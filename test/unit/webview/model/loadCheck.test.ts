import assert from 'node:assert/strict';
import { panelCheck } from '../../../../src/host/panel/loadCheck';
import type { PanelLoaderCheck } from '../../../../src/protocol/panelLoadCheck';
import {
  countTexts,
  loaderTitle,
  moreOf,
  needsAsking,
  severityText,
  silentWayOut,
  spoken,
  verdictOf,
  wayOut,
} from '../../../../webview/model/loadCheck';
import { PageModel } from '../../../../webview/model/page';
import { mockCheck } from '../../../webview/mockChecks';
import { say } from '../../../../src/core/message';

const result = panelCheck(mockCheck(), String);
const done = { kind: 'done', result, outdated: false } as const;
const [peft, vllm, mlx] = result.loaders as readonly [PanelLoaderCheck, PanelLoaderCheck, PanelLoaderCheck];
const failed = { kind: 'failed', error: { code: 'io', message: 'no' } } as const;

describe('the load check as the page words it', () => {
  it('asks where there is no answer that holds', () => {
    assert.deepEqual(
      [null, failed, { ...done, outdated: true }, done, { kind: 'running' } as const].map(needsAsking),
      [true, true, true, false, false],
    );
  });

  it('has a line for each loader: name, verdict in words and by icon, counts', () => {
    assert.deepEqual(loaderTitle(peft), { name: 'PEFT', versions: '0.10 – 0.21' });
    assert.deepEqual(loaderTitle(mlx), { name: 'mlx-lm', versions: '' });
    assert.deepEqual(verdictOf(peft), { icon: 'warning', text: 'loads in part, without a word' });
    assert.deepEqual(verdictOf(mlx), { icon: 'unpin', text: 'does not read this format' });
    assert.deepEqual(countTexts(peft, 56), ['48 of 56 modules attach', 'silently without effect: 8']);
    assert.deepEqual(countTexts(vllm, 56), ['0 of 56 modules attach', 'fields refused: 1']);
    assert.deepEqual(countTexts(mlx, 56), ['reads MLX adapters: convert this one first']);
    assert.deepEqual(countTexts({ ...vllm, verdict: 'other-format' }, 56), [
      'reads PEFT adapters: convert this one first',
    ]);
  });

  it('says what cannot be told, and does not call it silent', () => {
    const unsure = [{ module: 'a', reason: say('look-behind') }];
    const check = {
      loader: 'peft',
      verdict: 'unknown',
      attached: [],
      silent: [],
      unsure,
      findings: [],
    } as const;
    const [told] = panelCheck(mockCheck({ loaders: [check] }), String).loaders;
    assert.ok(told);
    assert.deepEqual(verdictOf(told), { icon: 'unpin', text: 'cannot be told' });
    assert.deepEqual(countTexts(told, 56), ['0 of 56 modules attach', 'cannot be told: 1']);
    assert.deepEqual(told.unsure, {
      count: 1,
      reasons: [{ reason: 'look-behind', modules: { count: 1, first: ['a'] } }],
    });
  });

  it('names the way out where the finding does not', () => {
    const [dora, rank] = vllm.findings;
    const [older] = peft.findings;
    assert.ok(dora !== undefined && rank !== undefined && older !== undefined);
    assert.match(wayOut(dora) ?? '', /merge_and_unload/);
    assert.equal(wayOut(rank), null);
    assert.match(wayOut(older) ?? '', /newer version/);
    assert.equal(wayOut({ severity: 'error', message: 'rename it' }), null);
    assert.deepEqual([dora, rank].map(severityText), ['Refused', 'Note']);
    for (const loader of [peft, vllm, mlx]) assert.match(silentWayOut(loader), /^Way out: /);
  });

  it('says how many names are left out', () => {
    assert.equal(moreOf(peft.attached), 18);
    assert.equal(moreOf({ count: 1, first: ['a'] }), 0);
  });

  it('tells screen readers one sentence', () => {
    assert.match(spoken(done), /^PEFT: loads in part, without a word\. vLLM: fails\. mlx-lm: /);
    assert.match(spoken({ ...done, outdated: true }), /changed since/);
    assert.match(spoken({ kind: 'running' }), /Looking/);
    assert.deepEqual([spoken(null), spoken(failed)], ['', '']);
  });
});

describe('the load check in the page’s model', () => {
  it('is closed without an answer, even where a reload left it open', () => {
    const model = new PageModel(() => undefined);
    model.setView({ checkOpen: true });
    assert.equal(model.isCheckOpen, false);
    model.takeDirty();
    model.checkStarts();
    assert.equal(model.isCheckOpen, true);
    model.apply({ type: 'loadCheck', check: done });
    assert.equal(model.loadCheck, done);
    const { check, data } = model.takeDirty();
    assert.deepEqual([check, data], [true, false]);
  });
});
