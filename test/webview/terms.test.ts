import assert from 'node:assert/strict';
import { describePanel, eventually, with56 } from './panelSuite';

describePanel('Words of the panel', (open) => {
  it('are explained below the head of a column, with a link to the page of terms', async () => {
    const { page, host } = await open(with56);
    const head = page.getByRole('columnheader', { name: 'reversal' }).getByRole('button');
    assert.match((await head.getAttribute('aria-description')) ?? '', /^Reversal: How far the update undoes/);
    await head.hover();
    const tip = page.locator('.head-tip');
    await tip.getByText('It compares between adapters, too.').waitFor();
    await tip.getByRole('button', { name: 'More' }).click();
    await eventually(() => [...host.asked], ['explain "reversal"']);
    assert.equal(await tip.count(), 0);
  });

  it('are explained by the keyboard, and Escape hides that', async () => {
    const { page, host } = await open(with56);
    await page.getByRole('columnheader', { name: 'cos' }).getByRole('button').focus();
    await page.keyboard.press('ArrowLeft');
    await page.locator('.head-tip').waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('.head-tip').count(), 0);
    await page.keyboard.press('?');
    await eventually(() => [...host.asked], ['explain "reversal"']);
  });

  it('are explained where modules are ranked by them', async () => {
    const { page, host } = await open(with56);
    await page.locator('.rule-note').getByRole('button', { name: 'Formula' }).click();
    await eventually(() => [...host.asked], ['explain "ediemIqr"']);
  });
});
