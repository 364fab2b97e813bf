import assert from 'node:assert/strict';
import { once } from 'node:events';
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
  it('shows each key at once, whether the number or the cut has it, and the host hears of the last', async () => {
    const { page, host } = await open(with56);
    const answer = hold(host);
    await page.getByRole('textbox', { name: 'Modules', exact: true }).focus();
    for (let key = 0; key < 5; key += 1) await page.keyboard.press('ArrowUp');
    await page.getByText('15 of 56 modules', { exact: true }).waitFor();
    await page.getByRole('slider', { name: 'Cutoff' }).focus();
    for (let key = 0; key < 4; key += 1) await page.keyboard.press('ArrowRight');
    await page.getByText('11 of 56 modules', { exact: true }).waitFor();
    await heard(host, { kind: 'top', k: 11 });
    answer();
    await page.getByText('11 of 56 modules', { exact: true }).waitFor();
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
    await eventually(() => number.inputValue(), '11');
    answer();
    await eventually(() => number.inputValue(), '10');
    assert.deepEqual(host.errors.splice(0).map(String), ['Error: refused']);
  });

  it('follows a rule that another part of the window changes', async () => {
    const { page, host } = await open(with56);
    const number = page.getByRole('textbox', { name: 'Modules', exact: true });
    await number.focus();
    await page.keyboard.press('ArrowUp');
    await heard(host, { kind: 'top', k: 11 });
    host.store.setSelection(ADAPTER, { rule: { kind: 'top', k: 20 } });
    await page.getByText('20 of 56 modules', { exact: true }).waitFor();
    await eventually(() => number.inputValue(), '20');
  });

  it('and the host agree where both change something at once', async () => {
    const { page, host } = await open(with56);
    await page.getByRole('textbox', { name: 'Modules', exact: true }).focus();
    const answer = hold(host);
    host.store.pin(ADAPTER, ['model.layers.0.mlp.up_proj'], 'prune');
    await page.keyboard.press('ArrowUp');
    await heard(host, { kind: 'top', k: 11 });
    answer();
    const { verdicts = [] } = host.store.get(ADAPTER) ?? {};
    const count = verdicts.filter(({ verdict }) => verdict === 'prune').length;
    await page.getByText(`${String(count)} of 56 modules`, { exact: true }).waitFor();
  });
});
