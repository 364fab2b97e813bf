import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { axeViolations } from '../support/axe';
import type { VsCodeWindow } from '../realhost/window';
import { EXTENSION } from '../support/packedExtension';
import { PanelPage } from './support/panelPage';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';

const untrusted = { workspace: sampleWorkspace, server: { workspaceTrust: 'enforced' } } as const;

describeStory('A user looks into a workspace that is not trusted', untrusted, (story) => {
  it('the menus offer no analysis, only what reads', async () => {
    const { window } = story;
    const entries = await window.explorer.menuEntries(WEIGHTS);
    assert.ok(!entries.includes('Analyze Adapter'));
    assert.ok(entries.includes('SPLoRA'));
    const commands = await window.quickInput.commandsFor('SPLoRA: ');
    assert.ok(commands.includes('SPLoRA: Open in Inspector'));
    assert.deepEqual(
      commands.filter((title) => /Analyze|Write|Compare|Choose/.test(title)),
      [],
    );
  });

  it('the view says why', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    await window.tree('Adapters').row('adapter-mixed');
    await window.page.getByText('Restricted Mode: only earlier scores are shown').waitFor();
  });

  it('the inspector shows the file and says why its button is off', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.open(WEIGHTS);
    const inspector = await window.webview(EXTENSION, '.tensors [role=row]');
    await inspector.getByText('112 tensors').waitFor();
    assert.ok(await inspector.getByRole('button', { name: 'Analyze' }).isDisabled());
    await inspector.getByText('Restricted Mode.').waitFor();
    assert.deepEqual(await axeViolations(inspector), []);
  });

  it('scores of the time when it was trusted are shown, and only shown', async () => {
    const { window } = story;
    await giveTrust(window);
    await window.openContainer('SPLoRA');
    const tree = window.tree('Adapters');
    await tree.pressInline('adapter-mixed', 'Analyze Adapter');
    await window.quickInput.pick(/^base/);
    await window.waitForStatus('1 module stands out');
    await takeTrust(window);
    await window.openContainer('SPLoRA');
    // Found after the one whose scores are kept; it comes above it, and moves what is pressed.
    await tree.row('adapter-benign');
    const rows = await tree.rows();
    assert.equal(
      rows.find(({ label }) => label === 'adapter-mixed')?.description,
      '1 module stands out · 10 of 56 selected',
    );
    assert.equal(rows.filter(({ level }) => level === 2).length, 8);
    await window.page.getByText('Restricted Mode: only earlier scores are shown').waitFor();
    assert.deepEqual(await tree.inlineActions('adapter-mixed'), ['Show Scores and Behavior']);
  });

  it('the panel of such scores says why its buttons are off', async () => {
    const { window } = story;
    // By the keyboard's way: rows of this tree move while adapters are found, and a click may meet another.
    await window.openContainer('Explorer');
    await window.explorer.open('adapter-mixed/adapter_model.safetensors');
    await window.runCommand('SPLoRA: Show Scores and Behavior');
    await window.editors.waitForActiveTab('Adapter: adapter-mixed');
    const panel = await PanelPage.of(window);
    await panel.waitForText('Restricted Mode.');
    await panel.waitForText('10 of 56 modules');
    for (const name of [
      'Write Pruned Adapter…',
      'Export…',
      'Analyze Again',
      'Choose Models…',
      'Repair…',
      'Check',
    ])
      assert.ok(await panel.button(name).isDisabled(), name);
    await panel.enter('Modules', '4');
    await panel.waitForText('4 of 56 modules');
    assert.deepEqual(await axeViolations(panel.frame), []);
  });
});

/** On VS Code's own page about trust. */
async function trustPage(window: VsCodeWindow): Promise<Locator> {
  await window.runCommand('Workspaces: Manage Workspace Trust');
  return window.page.locator('.workspace-trust-editor');
}

async function giveTrust(window: VsCodeWindow): Promise<void> {
  const page = await trustPage(window);
  await page.getByRole('button', { name: 'Trust', exact: true }).click();
  await page.getByText('You trust this folder').waitFor();
  // It lies over the whole window.
  await window.page.locator('.monaco-modal-editor-block .action-label[aria-label^="Close"]').click();
}

/** Takes the folder from the list of trusted ones, upon which VS Code loads the window anew. */
async function takeTrust(window: VsCodeWindow): Promise<void> {
  const folder = (await trustPage(window)).locator('.monaco-list-row').first();
  await folder.hover();
  const reloaded = window.page.waitForEvent('load');
  await folder.locator('.action-label[aria-label^="Delete"]').click();
  await reloaded;
  await window.waitUntilReady();
}
