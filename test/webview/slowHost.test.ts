import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Rule } from '../../src/core/selection/types';
import { ADAPTER, type MockHost } from './mockHost';
import { describePanel, eventually, with56 } from './panelSuite';

/** What is sent from now on stays under way until the function is called. */
function hold(host: MockHost): () => void {
  const gate = new AbortController();
  host.slow = once(gate.signal, 'abort');
  return () => gate.abort();
}

function heard(host: MockHost, rule: Rule): Promise<void> {
  return eventually(() => host.store.get(ADAPTER)?.selection.rule, rule);
}

describePanel('the panel page far from its host', (open) => {
  it('steps on from the last key, though the answer to an earlier one comes between', async () => {
    const { page, host } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    await number.focus();
    const first = hold(host);
    await page.keyboard.press('ArrowUp');
    await heard(host, { kind: 'top', k: 11 });
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await heard(host, { kind: 'top', k: 13 });
    await eventually(() => number.inputValue(), '13');
    const rest = hold(host);
    first();
    await page.getByText('11 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '13');
    await page.keyboard.press('ArrowUp');
    await heard(host, { kind: 'top', k: 14 });
    rest();
    await page.getByText('14 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '14');
  });

  it('counts every key that is held down', async () => {
    const { page, host } = await open(with56);
    host.store.onDidChange(() => {
      host.slow = wait(100);
    });
    await page.getByRole('textbox', { name: 'Modules', exact: true }).focus();
    for (let key = 0; key < 15; key += 1) {
      await page.keyboard.down('ArrowUp');
      await wait(33);
    }
    await page.keyboard.up('ArrowUp');
    await page.getByText('25 of 56 modules', { exact: true }).waitFor();
    assert.deepEqual(host.store.get(ADAPTER)?.selection.rule, { kind: 'top', k: 25 });
  });

  it('keeps a choice while the answer to an earlier key comes', async () => {
    const { page, host } = await open(with56);
    const kind = page.getByRole('combobox', { name: 'Prune' });
    await page.getByRole('textbox', { name: 'Modules', exact: true }).focus();
    const first = hold(host);
    await page.keyboard.press('ArrowUp');
    await heard(host, { kind: 'top', k: 11 });
    await kind.focus();
    await page.keyboard.press('ArrowDown');
    const score = page.getByRole('textbox', { name: 'Score' });
    await score.waitFor();
    const rest = hold(host);
    first();
    await page.getByText('11 of 56 modules', { exact: true }).waitFor();
    const chosen = await page.evaluate(`document.querySelector('vscode-dropdown[aria-label="Prune"]').value`);
    assert.equal(chosen, 'threshold');
    assert.ok(await score.isVisible());
    rest();
  });

  it('moves the cut once for each key', async () => {
    const { page, host } = await open(with56);
    const cut = page.getByRole('slider', { name: 'Cut' });
    await cut.focus();
    const first = hold(host);
    for (let key = 0; key < 4; key += 1) await page.keyboard.press('ArrowRight');
    await heard(host, { kind: 'top', k: 9 });
    first();
    await page.getByText('6 of 56 modules', { exact: true }).waitFor();
    await heard(host, { kind: 'top', k: 6 });
  });

  it('comes back to the rule of a host that refuses the change', async () => {
    const { page, host } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    await number.focus();
    host.store.setSelection = () => {
      throw new Error('refused');
    };
    const answer = hold(host);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await eventually(() => number.inputValue(), '12');
    answer();
    await eventually(() => number.inputValue(), '10');
    assert.deepEqual(host.errors.splice(0).map(String), ['Error: refused', 'Error: refused']);
  });

  it('follows a rule that another part of the window changes', async () => {
    const { page, host } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    await number.focus();
    await page.keyboard.press('ArrowUp');
    await page.getByText('11 of 56 modules', { exact: true }).waitFor();
    host.store.setSelection(ADAPTER, { rule: { kind: 'top', k: 20 } });
    await page.getByText('20 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '20');
  });
});
