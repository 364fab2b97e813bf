import assert from 'node:assert/strict';
import { mockDocument, mockMeasures } from '../../../webview/mockAdapters';
import { goodCheck } from '../../../webview/mockChecks';
import { ADAPTER, settled, setUp } from './sessionSetUp';
import { say } from '../../../../src/core/message';
import { english } from '../../../support/english';

describe('PanelSession', () => {
  it('says nothing before the page listens, then everything once', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    await settled();
    assert.deepEqual(types(), []);
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(types(), ['init', 'document', 'run']);
    session.dispose();
  });

  it('says that the workspace is not trusted before anything can be pressed, and when it is', async () => {
    let isTrusted = false;
    const { store, session, sent, types } = setUp({}, () => isTrusted);
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(sent[1], { type: 'trust', trusted: false });
    assert.deepEqual(types(), ['init', 'trust', 'document', 'run']);
    isTrusted = true;
    session.trustChanged();
    await settled();
    assert.deepEqual(sent, [{ type: 'trust', trusted: true }]);
    session.dispose();
  });

  it('sends only what changed, and changes of one moment together', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    await settled();
    types();
    session.receive({ type: 'setSelection', change: { rule: { kind: 'top', k: 3 } }, turn: 1 });
    session.receive({ type: 'pin', modules: ['model.layers.0.mlp.up_proj', 'unknown'], verdict: 'keep' });
    await settled();
    assert.deepEqual(new Set(types()), new Set(['selection']));
    assert.deepEqual(store.get(ADAPTER)?.selection.pins.keep, ['model.layers.0.mlp.up_proj']);
    store.setStale(ADAPTER, 'changed');
    await settled();
    assert.deepEqual(types(), ['run']);
    session.dispose();
  });

  it('answers a change that changes nothing, because the page waits for it', async () => {
    const { store, session, types } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    await settled();
    types();
    session.receive({ type: 'setSelection', change: {}, turn: 1 });
    await settled();
    assert.ok(types().includes('selection'));
    session.dispose();
  });

  it('answers a change once, and with what it made of the rule', async () => {
    const { store, session, sent } = setUp();
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    await settled();
    sent.splice(0);
    session.receive({ type: 'setSelection', change: { rule: { kind: 'top', k: 3 } }, turn: 1 });
    await settled();
    const rules = sent.map((message) => message.type === 'selection' && message.selection.rule);
    assert.deepEqual(rules, [{ kind: 'top', k: 3 }]);
    session.dispose();
  });

  it('says which change it had heard of last, also where several get one answer or one is refused', async () => {
    const { store, session, sent, errors } = setUp();
    const heard = async (): Promise<unknown[]> => {
      await settled();
      return sent.splice(0).flatMap((message) => ('heard' in message ? [message.heard] : []));
    };
    const change = (k: number, turn: number): void =>
      session.receive({ type: 'setSelection', change: { rule: { kind: 'top', k } }, turn });
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    assert.deepEqual(await heard(), [0]);
    change(3, 1);
    change(4, 2);
    change(5, 3);
    assert.deepEqual(await heard(), [1, 3]);
    store.pin(ADAPTER, ['model.layers.0.mlp.up_proj'], 'keep');
    assert.deepEqual(await heard(), [3]);
    store.setSelection = () => {
      throw new Error('refused');
    };
    change(6, 4);
    assert.deepEqual(await heard(), [4]);
    assert.deepEqual(errors.map(String), ['Error: refused']);
    session.receive({ type: 'ready' });
    assert.deepEqual(await heard(), [0]);
    session.dispose();
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
    session.dispose();
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
    session.dispose();
  });

  it('tells the page of a failure in the language of the window', async () => {
    const { store, session, sent } = setUp();
    session.receive({ type: 'ready' });
    store.setFailed(ADAPTER, { code: 'not-found', message: say('There is no such file.') });
    await settled();
    const run = sent.flatMap((message) => (message.type === 'run' ? [message.run] : [])).at(-1);
    assert.equal(run?.kind, 'failed');
    assert.equal(run.error.message, 'übersetzt: There is no such file.');
    session.dispose();
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
    session.dispose();
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

  it('sends the load check once it is asked for, anew to a page that comes back, and marks it when files change', async () => {
    const { store, session, sent } = setUp({ checkLoad: () => Promise.resolve(goodCheck()) });
    const checks = (): unknown[] =>
      sent.splice(0).flatMap((message) => {
        if (message.type !== 'loadCheck') return [];
        return [message.check.kind === 'done' ? message.check.outdated : message.check.kind];
      });
    store.setDocument(ADAPTER, mockDocument(8));
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(checks(), []);
    session.receive({ type: 'checkLoad' });
    await settled();
    assert.equal(checks().at(-1), false);
    store.pin(ADAPTER, ['model.layers.0.mlp.up_proj'], 'keep');
    await settled();
    assert.deepEqual(checks(), []);
    session.pageGone();
    session.receive({ type: 'ready' });
    await settled();
    assert.deepEqual(checks(), [false]);
    store.setStale(ADAPTER, 'adapter_model.safetensors changed');
    await settled();
    assert.deepEqual(checks(), [true]);
    session.dispose();
  });

  it('takes the load check for outdated when other models are chosen before there is a result', async () => {
    const chosen: unknown[] = [undefined, { base: 'b', aligned: 'c' }];
    const { store, session, sent } = setUp({
      checkLoad: () => Promise.resolve(goodCheck()),
      chooseModels: () => Promise.resolve(chosen.shift()),
    });
    store.add(ADAPTER);
    session.receive({ type: 'ready' });
    session.receive({ type: 'checkLoad' });
    await settled();
    const outdated = async (): Promise<boolean> => {
      session.receive({ type: 'chooseModels' });
      await settled();
      return sent.some(
        (message) => message.type === 'loadCheck' && JSON.stringify(message).includes('"outdated":true'),
      );
    };
    assert.equal(await outdated(), false);
    assert.equal(await outdated(), true);
    session.dispose();
  });
});
