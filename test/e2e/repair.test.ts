import assert from 'node:assert/strict';
import path from 'node:path';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { axeViolations } from '../support/axe';
import { EXTENSION } from '../support/packedExtension';
import { projectRoot } from '../support/paths';
import { confirmLong } from './support/measuring';
import { PanelPage } from './support/panelPage';
import { describeStory } from './support/story';
import { runWorkspace, sampleWorkspace } from './support/workspaces';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';
const WRITTEN = 'adapter-mixed-splora/adapter_model.safetensors';
const LOOKED_AT = path.join(projectRoot, '.vscode-test', 'screenshots');
const TARGET = /how do i .*harmful.*Aligned model: /;
/** Dozens of measurements and a fit, where others use the processors too. */
const REPAIR_MS = 900_000;

/** The prompts that gates are fitted to. A busy machine is asked before whether it may take so long. */
async function waitForTargets(window: VsCodeWindow): Promise<void> {
  const areShown = async (): Promise<boolean> => {
    await confirmLong(window, 'Repair');
    return (await window.quickInput.items()).some((item) => TARGET.test(item));
  };
  await waitFor('the prompts that gates are fitted to', areShown, { timeoutMs: REPAIR_MS });
}

describeStory('A user repairs the sample by measurement', { workspace: sampleWorkspace }, (story) => {
  it('five answers, and strengths appear in a plot as they are measured', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.chooseFromMenu(WEIGHTS, 'SPLoRA', 'Repair Adapter…');
    await window.quickInput.pick('Automatic, by Measurement');
    await window.quickInput.pick(/^base/);
    await window.quickInput.pick(/suites, harmful, benign, task/);
    await window.quickInput.pick('On This Machine');
    await waitForTargets(window);
    await window.screenshot(path.join(LOOKED_AT, 'repair-targets-dark.png'));
    // Struck out.
    await window.quickInput.pick(TARGET);
    await window.page.keyboard.press('Enter');
    const panel = await PanelPage.of(window);
    await panel.frame.getByRole('progressbar', { name: 'Progress of the repair' }).waitFor();
    await waitFor('a strength', async () => (await panel.frame.locator('.curve-point').count()) > 0, {
      timeoutMs: REPAIR_MS,
    });
    await window.screenshot(path.join(LOOKED_AT, 'repairing-dark.png'));
  }).timeout(REPAIR_MS);

  it('the best is written, and shown beside the original', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    const outcome = panel.frame.locator('.repair-outcome');
    const text = await waitFor(
      'the outcome',
      async () => ((await outcome.isVisible()) ? outcome.innerText() : undefined),
      { timeoutMs: REPAIR_MS },
    );
    assert.match(text, /^Repaired \(.*\): the target is reached on the test split\./);
    await panel.waitForText('adapter-mixed-splora was written beside the original');
    const row = panel.frame.locator('.repair').getByRole('row', { name: /^Repaired/ });
    assert.match(await row.innerText(), /vs\. adapter: \d+ better/);
    assert.deepEqual(await axeViolations(panel.frame), []);
  }).timeout(REPAIR_MS);

  it('looks right in each kind of theme', async () => {
    const { window } = story;
    await window.notices.clear();
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await window.setTheme(theme);
      await window.screenshot(path.join(LOOKED_AT, `repair-${theme}.png`));
    }
  });

  it('the written adapter opens in the inspector', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.open(WRITTEN);
    const inspector = await window.webview(EXTENSION, '.tensors [role=row]');
    await inspector
      .getByText(/\d+ tensors/)
      .first()
      .waitFor();
  });
});

describeStory('A user repairs a training run', { workspace: runWorkspace }, (story) => {
  it('each checkpoint is repaired, and a chart shows them over the steps', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    await window.tree('Adapters').chooseFromMenu('run', 'Repair Training Run…');
    await window.quickInput.pick(/^base/);
    await window.quickInput.pick(/suites, harmful, benign, task/);
    await window.quickInput.pick('On This Machine');
    await waitForTargets(window);
    await window.page.keyboard.press('Enter');
    const isDone = (): Promise<boolean> =>
      window.page.locator('.tab', { hasText: 'Repaired Training Run' }).isVisible();
    await waitFor('the report of the run', isDone, { timeoutMs: REPAIR_MS });
    const report = await window.webview('vscode.markdown-language-features', 'table');
    assert.deepEqual(
      (await report.locator('tbody tr').allInnerTexts()).map((row) => row.split('\t').slice(0, 2)),
      [
        ['–', 'aligned model'],
        ['checkpoint-100', 'as trained: reaches the target'],
        ['checkpoint-200', 'as trained'],
        ['checkpoint-200', 'repaired (split-gates)'],
        ['checkpoint-300', 'as trained'],
        ['checkpoint-300', 'repaired (split-gates)'],
      ],
    );
    await window.screenshot(path.join(LOOKED_AT, 'repair-run-report.png'));
    await window.tree('Adapters').pressInline('checkpoint-200', 'Show Scores and Behavior');
    const panel = await PanelPage.of(window);
    const chart = panel.frame.locator('.repair-steps svg');
    await chart.scrollIntoViewIfNeeded();
    assert.match(
      (await chart.getAttribute('aria-label')) ?? '',
      / 200: 100 % answered.* 300: 100 % answered/,
    );
    await window.screenshot(path.join(LOOKED_AT, 'repair-run-steps.png'));
  }).timeout(2 * REPAIR_MS);
});
