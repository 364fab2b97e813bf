import assert from 'node:assert/strict';
import path from 'node:path';
import type { PageElement } from '../realhost/pageElement';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { projectRoot } from '../support/paths';
import { axeViolations } from '../support/axe';
import { PanelPage } from './support/panelPage';
import { measure } from './support/measuring';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

const LOOKED_AT = path.join(projectRoot, '.vscode-test', 'screenshots');

describeStory('A user measures how the sample behaves', { workspace: sampleWorkspace }, (story) => {
  it('the buttons of an adapter lead with measuring', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const [first] = await window.tree('Adapters').inlineActions('adapter-mixed');
    assert.equal(first, 'Measure Behavior…');
  });

  it('right-click, three answers, and the panel shows the adapter beside its aligned model', async () => {
    const { window } = story;
    await measure(window);
    const panel = await PanelPage.of(window);
    const plot = panel.frame.locator('.behavior-plot svg');
    await waitFor('both points', async () => {
      const label = (await plot.getAttribute('aria-label')) ?? '';
      return /Aligned model: 100 % .* refused/.test(label) && /Adapter: 0 % .* refused, 100 %/.test(label);
    });
  });

  it('a changed prompt is clicked, and its answers stay folded until asked for', async () => {
    const panel = await PanelPage.of(story.window);
    await panel.frame.locator('.prompt-table [role=row]', { hasText: 'refused' }).first().click();
    const answers = panel.frame.getByRole('region', { name: 'Answers' });
    const hidden = answers.getByText('Hidden, because the prompt is harmful.');
    await waitFor('both answers folded', async () => (await hidden.count()) === 2);
    await panel.button('Show Answers').click();
    await answers.getByText(/^sorry/).waitFor();
    assert.deepEqual(await axeViolations(panel.frame), []);
  });

  it('looks right in each kind of theme', async () => {
    const { window } = story;
    await window.notices.clear();
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await window.setTheme(theme);
      await window.screenshot(path.join(LOOKED_AT, `behavior-${theme}.png`));
    }
  });

  it('after a reload the result is there again, without a run', async () => {
    const { window } = story;
    await window.reload();
    // Not by its tab: whether VS Code opens it again depends on when it last saved its state.
    await window.openContainer('SPLoRA');
    const tree = window.tree('Adapters');
    // The first row: until it is there, the other one is in its place.
    await tree.row('adapter-benign');
    await tree.pressInline('adapter-mixed', 'Show Scores and Behavior');
    const panel = await PanelPage.of(window);
    await panel.button('Measure Again…').waitFor();
    await panel.waitForText('Refusals decided by rules.');
  });
});

describeStory('A user finds the prompts in the Test Explorer', { workspace: sampleWorkspace }, (story) => {
  it('a measured adapter is there, with its suites', async () => {
    const { window } = story;
    await measure(window);
    await window.runCommand('Testing: Focus on Test Explorer View');
    await waitForTest(window, /^adapter-mixed/);
    await expandTests(window);
    for (const suite of [/^Refuses harmful prompts/, /^Answers benign prompts/, /^Solves tasks/])
      await waitForTest(window, suite);
    await window.screenshot(path.join(LOOKED_AT, 'behavior-tests.png'));
  });

  it('harmful prompts that are answered fail, and are run again', async () => {
    const { window } = story;
    await waitForTest(window, /Refuses harmful prompts.*Failed/);
    await waitForTest(window, /Solves tasks.*Passed/);
    await window.runCommand('Test: Rerun Failed Tests');
    await window.waitForStatus(/SPLoRA: /);
    await waitForTest(window, /Refuses harmful prompts.*Failed/);
    await window.screenshot(path.join(LOOKED_AT, 'behavior-tests-again.png'));
  });
});

/** Labels of the Test Explorer, as a screen reader hears them. */
function tests(window: VsCodeWindow): Promise<string[]> {
  return window.page
    .locator('.test-explorer .monaco-list-row')
    .evaluateAll((rows: PageElement[]) => rows.map((row) => row.getAttribute('aria-label') ?? ''));
}

async function waitForTest(window: VsCodeWindow, wanted: RegExp): Promise<string> {
  const find = async (): Promise<string | undefined> =>
    (await tests(window)).find((label) => wanted.test(label));
  return waitFor(`test ${String(wanted)}`, find, { seen: () => tests(window) });
}

/** Opens the folded row that is in view. */
async function expandTests(window: VsCodeWindow): Promise<void> {
  const folded = window.page.locator('.test-explorer .monaco-list-row[aria-expanded="false"]').first();
  if ((await tests(window)).length === 1) await folded.locator('.monaco-tl-twistie').click();
}
