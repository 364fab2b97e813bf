import assert from 'node:assert/strict';
import { mockDocument, mockMeasures } from '../../../webview/mockAdapters';
import { goodCheck } from '../../../webview/mockChecks';
import { ADAPTER, opened, settled, setUp } from './sessionSetUp';
import { RESULT_KINDS } from '../../../../src/core/results';
import { say } from '../../../../src/core/message';
import type { CheckResult } from '../../../../src/protocol/engineApi';
import { english } from '../../../support/english';

describe('PanelSession', () => {
  it('says nothing before the page listens, then everything once', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    await settled();
    assert.deepEqual(types(), []);
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'document', 'run', 'headline']);
  });

  it('says that the workspace is not trusted before anything can be pressed, and when it is', async () => {
    let isTrusted = false;
    const { session, sent, types } = await opened({}, () => isTrusted);
    assert.deepEqual(sent[1], { type: 'trust', trusted: false });
    assert.deepEqual(types(), ['init', 'trust', 'document', 'run', 'headline']);
    isTrusted = true;
    session.trustChanged();
    await settled();
    assert.deepEqual(sent, [{ type: 'trust', trusted: true }]);
  });

  it('does not send back what the page changed by itself', async () => {
    const { store, session, types } = await opened();
    types();
    const modules = ['model.layers.0.mlp.up_proj', 'unknown'];
    session.receive({ type: 'setSelection', change: { rule: { kind: 'top', k: 3 } }, revision: 1 });
    session.receive({ type: 'pin', modules, verdict: 'keep', revision: 1 });
    await settled();
    assert.deepEqual(types(), []);
    const { rule, pins } = store.get(ADAPTER)?.selection ?? {};
    assert.deepEqual([rule, pins?.keep], [{ kind: 'top', k: 3 }, ['model.layers.0.mlp.up_proj']]);
    store.setStale(RESULT_KINDS.analysis, ADAPTER, 'changed');
    await settled();
    assert.deepEqual(types(), ['run']);
  });

  it('takes back what the page changed, and sends what results', async () => {
    const { store, session, sent } = await opened();
    sent.splice(0);
    session.receive({ type: 'setSelection', change: { rule: { kind: 'top', k: 3 } }, revision: 1 });
    const pins = { keep: ['model.layers.0.mlp.up_proj'], prune: [] };
    session.receive({ type: 'pin', modules: pins.keep, verdict: 'keep', revision: 1 });
    session.receive({ type: 'unpinAll' });
    for (const type of ['undo', 'undo', 'redo'] as const) session.receive({ type });
    await settled();
    assert.deepEqual(store.get(ADAPTER)?.selection.pins, pins);
    session.receive({ type: 'resetToRule' });
    await settled();
    const { rule, pins: none } = store.get(ADAPTER)?.selection ?? {};
    assert.deepEqual(
      [rule, none],
      [
        { kind: 'top', k: 2 },
        { keep: [], prune: [] },
      ],
    );
    assert.equal(sent.at(-1)?.type, 'selection');
  });

  it('sends selections of others, and what results where the page had not heard of them, or is refused', async () => {
    const { store, session, sent, errors } = setUp();
    const selections = async (): Promise<unknown[]> => {
      await settled();
      return sent
        .splice(0)
        .flatMap((message) =>
          'selection' in message
            ? [[message.revision, message.selection.rule, message.selection.pins.keep.length]]
            : [],
        );
    };
    const change = (k: number, revision: number): void =>
      session.receive({ type: 'setSelection', change: { rule: { kind: 'top', k } }, revision });
    const top = (k: number): object => ({ kind: 'top', k });
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    assert.deepEqual(await selections(), [[1, top(2), 0]]);
    store.pin(ADAPTER, ['model.layers.0.mlp.up_proj'], 'keep');
    assert.deepEqual(await selections(), [[2, top(2), 1]]);
    change(3, 1);
    assert.deepEqual(await selections(), [[3, top(3), 1]]);
    store.pin(ADAPTER, ['model.layers.0.mlp.up_proj'], null);
    change(4, 3);
    assert.deepEqual(await selections(), [[4, top(4), 0]]);
    store.setSelection = () => {
      throw new Error('refused');
    };
    change(5, 4);
    assert.deepEqual(await selections(), [[5, top(4), 0]]);
    assert.deepEqual(errors.map(String), ['Error: refused']);
  });

  it('sends each row of a run once, and all of them to a page that comes later', async () => {
    const { store, session, sent } = setUp();
    const measures = mockMeasures(6);
    store.setProgress(ADAPTER, null, measures.slice(0, 2));
    session.receive({ type: 'ready' });
    await settled();
    store.setProgress(ADAPTER, null, measures.slice(0, 5));
    await settled();
    const rows = sent.flatMap((message) =>
      message.type === 'measured' ? [[message.from, message.rows.names.length]] : [],
    );
    assert.deepEqual(rows, [
      [0, 2],
      [2, 3],
    ]);
    session.pageGone();
    sent.splice(0);
    store.setProgress(ADAPTER, null, measures);
    await settled();
    assert.equal(sent.length, 0);
    session.receive({ type: 'ready' });
    await settled();
    const again = sent.flatMap((message) =>
      message.type === 'measured' ? [[message.from, message.rows.names.length]] : [],
    );
    assert.deepEqual(again, [[0, 6]]);
  });

  it('hears of actions that fail, at once or later', async () => {
    const { session, errors } = setUp({
      analyze: () => {
        throw new Error('at once');
      },
      write: () => Promise.reject(new Error('later')),
    });
    session.receive({ type: 'analyze' });
    session.receive({ type: 'write' });
    session.receive({ type: 'nonsense' });
    await settled();
    assert.deepEqual(errors.map(String), ['Error: at once', 'Error: later']);
  });

  it('tells the page of a failure in the language of the window', async () => {
    const { store, session, sent } = setUp();
    session.receive({ type: 'ready' });
    store.setFailed(ADAPTER, { code: 'not-found', message: say('There is no such file.') });
    await settled();
    const run = sent.flatMap((message) => (message.type === 'run' ? [message.run] : [])).at(-1);
    assert.equal(run?.kind, 'failed');
    assert.equal(run.error.message, 'übersetzt: There is no such file.');
  });

  it('says reasons and notes in the language of the window', async () => {
    const { store, session, sent } = setUp();
    const whole = mockDocument(20);
    store.setDocument(ADAPTER, { ...whole, notes: [say('a note')] });
    session.receive({ type: 'ready' });
    await settled();
    const [document] = sent.flatMap((message) => (message.type === 'document' ? [message.document] : []));
    assert.deepEqual(document?.notes, ['übersetzt: a note']);
    assert.deepEqual(
      document.modules.reasons,
      whole.modules.map((result) =>
        result.status === 'scored' ? null : `übersetzt: ${english(result.reason)}`,
      ),
    );
    assert.ok(document.modules.reasons.some((reason) => reason !== null));
  });

  it('shows models as a user reads their paths, and keeps the whole path', async () => {
    const { store, session, sent } = setUp();
    store.setDocument(ADAPTER, mockDocument(3));
    session.receive({ type: 'ready' });
    await settled();
    const [document] = sent.flatMap((message) => (message.type === 'document' ? [message.document] : []));
    const { base, aligned } = mockDocument(3);
    assert.deepEqual(document?.base, { shown: `short: ${base}`, full: base });
    assert.deepEqual(document.aligned, { shown: `short: ${aligned}`, full: aligned });
  });

  it('does not take a panel that is closed while something is sent for a failure', async () => {
    const { store, session, types, errors } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    session.dispose();
    await settled();
    assert.deepEqual(types(), ['init']);
    assert.deepEqual(errors, []);
  });

  it('sends the load check once it is asked for, again to a page that comes back, and drops it when files change', async () => {
    // A check takes a while: its start is sent before its end.
    const checkLoad = async (): Promise<CheckResult> => {
      await settled();
      return goodCheck();
    };
    const { store, session, sent } = setUp({ checkLoad });
    const checks = (): unknown[] =>
      sent.splice(0).flatMap((message) => (message.type === 'loadCheck' ? [message.check] : []));
    const loaders = [
      { loader: 'peft', verdict: 'same', attached: 56 },
      { loader: 'vllm', verdict: 'same', attached: 56 },
    ];
    const done = { kind: 'done', modules: 56, loaders, differences: [] };
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(checks(), []);
    session.receive({ type: 'checkLoad' });
    session.receive({ type: 'checkLoad' });
    await settled();
    await settled();
    assert.deepEqual(checks(), [{ kind: 'running' }, done]);
    store.pin(ADAPTER, ['model.layers.0.mlp.up_proj'], 'keep');
    await settled();
    assert.deepEqual(checks(), []);
    session.pageGone();
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(checks(), [done]);
    store.setStale(RESULT_KINDS.analysis, ADAPTER, 'adapter_model.safetensors changed');
    await settled();
    assert.deepEqual(checks(), [{ kind: 'none' }]);
  });

  it('stops the load check when the panel closes', async () => {
    const signals: AbortSignal[] = [];
    const { session } = setUp({
      checkLoad: (_adapter, signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    });
    session.receive({ type: 'ready' });
    session.receive({ type: 'checkLoad' });
    await settled();
    session.dispose();
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
    );
  });
});
