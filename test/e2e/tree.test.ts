import assert from 'node:assert/strict';
import { waitFor } from '../realhost/waiting';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

describeStory('A person watches the tree', { workspace: sampleWorkspace }, (story) => {
  it('the first result unfolds by itself', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const tree = window.tree('Adapters');
    await tree.welcome.locator('a.monaco-button', { hasText: 'Analyze Adapter' }).click();
    await window.quickInput.pick(/^adapter-mixed/);
    await window.quickInput.pick(/^base/);
    await window.waitForStatus('10 modules flagged');
    const blocks = await waitFor('blocks', async () => {
      const rows = (await tree.rows()).filter(({ level }) => level === 2);
      return rows.length > 0 ? rows : undefined;
    });
    assert.equal(blocks.length, 8);
  });

  it('what was folded stays folded when the rule changes', async () => {
    const { window } = story;
    const tree = window.tree('Adapters');
    await (await tree.row('adapter-mixed')).locator('.monaco-tl-twistie').click();
    await waitFor('folded', async () =>
      (await tree.rows()).every(({ level }) => level === 1) ? true : undefined,
    );
    await tree.pressInline('adapter-mixed', 'Show Layer Scores');
    await window.editors.waitForActiveTab('Scores: adapter-mixed');
    assert.ok((await tree.rows()).every(({ level }) => level === 1));
  });
});
