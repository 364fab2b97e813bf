import assert from 'node:assert/strict';
import path from 'node:path';
import { waitFor } from '../realhost/waiting';
import { projectRoot } from '../support/paths';
import { axeViolations } from '../support/axe';
import { PanelPage } from './support/panelPage';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';
const LOOKED_AT = path.join(projectRoot, '.vscode-test', 'screenshots');

describeStory('A user measures how the sample behaves', { workspace: sampleWorkspace }, (story) => {
  it('the empty view leads with measuring', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const { welcome } = window.tree('Adapters');
    await welcome.getByText('has been measured or analyzed yet').waitFor();
    const [first] = await welcome.locator('a.monaco-button').allInnerTexts();
    assert.equal(first, 'Measure Behavior…');
  });

  it('right-click, three answers, and the panel shows the adapter beside its aligned model', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.chooseFromMenu(WEIGHTS, 'Measure Behavior…');
    await window.quickInput.pick(/suites, harmful, benign, task/);
    await window.quickInput.rowOf(/adapter-benign/);
    await window.page.keyboard.press('Enter');
    await window.quickInput.pick('On This Machine');
    const panel = await PanelPage.of(window);
    await panel.button('Measure Again…').waitFor();
    await panel.waitForText('Refusals decided by rules.');
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
    assert.equal(await answers.getByText('Hidden, because the prompt is harmful.').count(), 2);
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

  it('the Test Explorer has suites and prompts, and what fails', async () => {
    const { window } = story;
    await window.openContainer('Testing');
    const rows = window.page.locator('.test-explorer .monaco-list-row');
    await rows.filter({ hasText: 'adapter-mixed' }).first().waitFor();
    await window.page.keyboard.press('ControlOrMeta+Alt+ArrowRight');
    await window.runCommand('Test: Show Output').catch(() => undefined);
    await window.screenshot(path.join(LOOKED_AT, 'behavior-tests.png'));
  });

  it('after a reload the result is there again, without a run', async () => {
    const { window } = story;
    await window.reload();
    await window.editors.select('Scores: adapter-mixed');
    const panel = await PanelPage.of(window);
    await panel.button('Measure Again…').waitFor();
    await panel.waitForText('Refusals decided by rules.');
  });
});
