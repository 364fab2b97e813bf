import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { waitFor } from '../realhost/waiting';
import { axeViolations } from '../support/axe';
import { PanelPage } from './support/panelPage';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

describeStory('A user has no mouse', { workspace: sampleWorkspace }, (story) => {
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => story.window.page.keyboard.press(key)), Promise.resolve());

  it('analyzes an adapter from the palette, and the panel has the focus', async () => {
    const { window } = story;
    await window.quickInput.runByKeys('SPLoRA: Analyze Adapter');
    await window.quickInput.chooseByKeys(/^adapter-mixed/);
    await window.quickInput.chooseByKeys(/^base/);
    await window.waitForStatus('1 module stands out');
    const panel = await PanelPage.of(window);
    await panel.waitForText('56 of 56 listed');
    await panel.focusByKeys('Measure Behavior…');
    assert.deepEqual(await axeViolations(panel.frame), []);
  });

  it('reads what a column means, opens its formula, and comes back', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    await panel.focusByKeys(/^Module$/);
    await panel.focusByKeys(/^reversal$/, 'ArrowRight');
    await panel.waitForText('How far the update undoes the alignment step');
    assert.deepEqual(await axeViolations(panel.frame), []);
    await press('?');
    await window.editors.waitForActiveTab('Preview terms.md');
    await window.quickInput.runByKeys('View: Close Editor');
    await window.editors.waitForActiveTab('Adapter: adapter-mixed');
  });

  it('sorts the table', async () => {
    const panel = await PanelPage.of(story.window);
    await panel.focusByKeys(/^Module$/);
    await panel.focusByKeys(/^reversal$/, 'ArrowRight');
    await press('Enter');
    await panel.frame.locator('[role=columnheader][aria-sort=descending]', { hasText: 'reversal' }).waitFor();
    await panel.focusByKeys(/^#$/, 'ArrowLeft');
    await press('Enter');
  });

  it('moves the cutoff, and takes that back', async () => {
    const panel = await PanelPage.of(story.window);
    await panel.focusByKeys('Cutoff', 'Shift+Tab');
    await press('ArrowLeft');
    await panel.waitForText('the rule selects 11 of 56 modules');
    await press('Control+z');
    await panel.waitForText('the rule selects 10 of 56 modules');
  });

  it('pins a module, and takes that back', async () => {
    const panel = await PanelPage.of(story.window);
    await panel.focusByKeys(/^Modules and their scores/);
    await press('ArrowDown', 'k');
    await panel.waitForRow(/kept, pinned/);
    await press('Control+z');
    const isPinned = (row: string): boolean => row.includes('pinned');
    await waitFor('no pin', async () => ((await panel.rows()).some(isPinned) ? undefined : true));
  });

  it('comes to the question of a measurement, and goes back', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    await panel.focusByKeys('Measure Behavior…', 'Shift+Tab');
    await press('Enter');
    await window.quickInput.rowOf(/suites, harmful, benign, task/);
    await window.quickInput.cancel();
  });

  it('writes the pruned adapter', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    await panel.focusByKeys('Write Pruned Adapter…', 'Shift+Tab');
    await press('Enter');
    await window.quickInput.chooseByKeys('beside the original');
    await window.notices.waitFor('adapter-mixed-splora was written');
    const written = await readdir(path.join(story.workspace, 'adapter-mixed-splora'));
    assert.deepEqual(written.sort(), ['adapter_config.json', 'adapter_model.safetensors']);
  });
});
