import assert from 'node:assert/strict';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { axeViolations } from '../support/axe';
import { EXTENSION } from '../support/packedExtension';
import { projectRoot } from '../support/paths';
import { describeStory } from './support/story';
import { runWorkspace } from './support/workspaces';

const LOOKED_AT = path.join(projectRoot, '.vscode-test', 'screenshots');

/** The page in view. */
const comparison = (window: VsCodeWindow): Promise<Frame> => window.webview(EXTENSION, 'main.comparison');

/** Pictures of the page in view in all kinds of themes, to look at. */
async function inAllThemes(window: VsCodeWindow, name: string): Promise<void> {
  for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
    await window.setTheme(theme);
    await window.screenshot(path.join(LOOKED_AT, `${name}-${theme}.png`));
  }
}

describeStory('A user compares adapters', { workspace: runWorkspace }, (story) => {
  it('two of them, from the tree: a sentence, a map, and a table that opens the panel', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    await window.tree('Adapters').chooseFromMenu('checkpoint-100', 'Compare Adapters…');
    await window.quickInput.pick(/checkpoint-200/);
    const page = await comparison(window);
    await page.locator('.headline .lead', { hasText: /on the left\.$/ }).waitFor();
    assert.deepEqual(await axeViolations(page), []);
    await inAllThemes(window, 'compare');
    await page.locator('.table').focus();
    await window.page.keyboard.press('Home');
    await window.page.keyboard.press('Enter');
    await window.editors.waitForActiveTab('Adapter: run/checkpoint-200');
  });

  it('a run over its steps: a click on a step opens its adapter', async () => {
    const { window } = story;
    await window.tree('Adapters').pressInline('run', 'Analyze All Adapters in Workspace');
    await window.quickInput.pick(/Run run,/);
    await window.quickInput.pick(/^base/);
    await window.editors.waitForActiveTab('run');
    const page = await comparison(window);
    await page.getByText('Analyzed: 3; unchanged: 0; failed: 0; canceled: 0.').waitFor();
    assert.deepEqual(await axeViolations(page), []);
    await inAllThemes(window, 'steps');
    await page.getByRole('option', { name: /^run\/checkpoint-300/ }).click();
    await window.editors.waitForActiveTab('Adapter: run/checkpoint-300');
  });

  it('pages come back after a reload of the window, the one of the run from its row', async () => {
    const { window } = story;
    await window.reload();
    await window.openContainer('SPLoRA');
    await window.editors.select('run/checkpoint-100 ↔ run/checkpoint-200');
    await (await comparison(window)).locator('.headline .lead', { hasText: /on the left\.$/ }).waitFor();
    // Not by its tab: whether VS Code opens it again depends on when it last saved its state.
    await window.tree('Adapters').pressInline('run', 'Show Scores and Behavior');
    await window.editors.waitForActiveTab('run');
    const page = await comparison(window);
    const lines = (): Promise<number> => page.locator('.lines-line').count();
    await waitFor('the lines of the run', async () => (await lines()) > 0);
    await page.getByRole('option', { name: /^run\/checkpoint-300/ }).focus();
    await window.page.keyboard.press('Home');
    await window.page.keyboard.press('Enter');
    await window.editors.waitForActiveTab('Adapter: run/checkpoint-100');
  });

  it('the report of a page has the same facts', async () => {
    const { window } = story;
    await window.tree('Adapters').pressInline('run', 'Show Scores and Behavior');
    await (await comparison(window)).getByRole('button', { name: 'Open Report' }).click();
    await window.editors.waitForActiveTab('Preview run.md');
  });
});
