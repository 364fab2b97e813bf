import assert from 'node:assert/strict';
import { waitFor } from '../realhost/waiting';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

describeStory('A user watches the tree', { workspace: sampleWorkspace }, (story) => {
  it('the first result unfolds by itself', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const tree = window.tree('Adapters');
    await tree.pressInline('adapter-mixed', 'Analyze Adapter');
    await window.quickInput.pick(/^base/);
    await window.waitForStatus('1 module stands out');
    const blocks = await waitFor('blocks', async () => {
      const rows = (await tree.rows()).filter(({ level }) => level === 2);
      return rows.length > 0 ? rows : undefined;
    });
    assert.equal(blocks.length, 8);
  });

  it('a block is pinned and unpinned in its row, with all its modules', async () => {
    const tree = story.window.tree('Adapters');
    const block = 'layers.0';
    const pinned = async (): Promise<number> =>
      (await tree.rows()).filter(
        ({ level, description }) => level === 3 && /pinned to be kept|selected by hand/.test(description),
      ).length;
    await tree.expand(block);
    const modules = await waitFor('modules of the block', async () => {
      const count = (await tree.rows()).filter(({ level }) => level === 3).length;
      return count > 1 ? count : undefined;
    });
    await tree.pressInline(block, 'Pin as Prune');
    await waitFor('all pinned', async () => (await pinned()) === modules);
    assert.equal((await tree.rows()).find(({ label }) => label === block)?.checked, false);
    await tree.chooseFromMenu(block, 'Unpin');
    await waitFor('none pinned', async () => (await pinned()) === 0);
    await tree.pressInline(block, 'Pin as Keep');
    await waitFor('all pinned', async () => (await pinned()) === modules);
    assert.equal((await tree.rows()).find(({ label }) => label === block)?.checked, true);
  });

  it('what was folded stays folded when the rule changes', async () => {
    const { window } = story;
    const tree = window.tree('Adapters');
    await (await tree.row('adapter-mixed')).locator('.monaco-tl-twistie').click();
    await waitFor('folded', async () => (await tree.rows()).every(({ level }) => level === 1));
    await tree.pressInline('adapter-mixed', 'Show Scores and Behavior');
    await window.editors.waitForActiveTab('Adapter: adapter-mixed');
    assert.ok((await tree.rows()).every(({ level }) => level === 1));
  });

  it('the tab of the panel has an icon for dark and for light themes', async () => {
    const { window } = story;
    for (const theme of ['light', 'dark'] as const) {
      await window.setTheme(theme);
      const seen = (): Promise<string> => window.editors.tabIcon('Adapter: adapter-mixed');
      const shown = async (): Promise<boolean> => (await seen()).includes(`panel-${theme}.svg`);
      await waitFor(`the icon for ${theme} themes`, shown, { seen });
    }
  });
});
