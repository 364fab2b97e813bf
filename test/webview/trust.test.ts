import assert from 'node:assert/strict';
import { mockDocument } from './mockAdapters';
import { ADAPTER } from './mockHost';
import { describePanel, eventually } from './panelSuite';

describePanel('the panel in a workspace that is not trusted', (open) => {
  it('disables what would read models or write, and says why', async () => {
    const { page, host } = await open((mock) => {
      mock.trusted = false;
      mock.store.add(ADAPTER);
    });
    await page.getByText('Restricted Mode.').waitFor();
    const disabled = page.locator('.empty vscode-button[disabled]');
    await disabled.first().waitFor();
    assert.deepEqual(await disabled.allTextContents(), ['Analyze', 'Choose Models…']);
    await page.locator('.check vscode-button[disabled]', { hasText: 'Check' }).waitFor();
    await page.getByText('Manage Workspace Trust').click();
    await eventually(() => host.asked, ['manageTrust']);
  });

  it('offers everything once trust is given', async () => {
    const { page, host } = await open((mock) => {
      mock.trusted = false;
      mock.store.setDocument(ADAPTER, mockDocument(8));
    });
    await page.locator('header vscode-button[disabled]', { hasText: 'Analyze Again' }).waitFor();
    host.trusted = true;
    host.session.trustChanged();
    await page.getByText('Restricted Mode.').waitFor({ state: 'hidden' });
    await page.locator('header vscode-button:not([disabled])', { hasText: 'Analyze Again' }).click();
    await eventually(() => host.asked, ['analyze']);
  });
});
