import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { waitFor } from '../realhost/waiting';
import { EXTENSION } from '../support/packedExtension';
import { PanelPage } from './support/panelPage';
import { describeStory } from './support/story';
import { writeLarge } from '../support/largeModels';

const WEIGHTS = 'adapter/adapter_model.safetensors';

/** Large enough that nobody who looks at it misses it: 7 GB in each model, of which the disk holds a few MB. */
const large = {
  workspace: async (folder: string) => {
    await writeLarge(folder, { blocks: 30, size: 4096 });
    await mkdir(`${folder}/.vscode`);
    await writeFile(`${folder}/.vscode/settings.json`, '{ "splora.engine.threads": 1 }');
  },
};

describeStory('A user watches a long analysis and cancels it', large, (story) => {
  // Also for the test's sake: a window's first webview installs VS Code's service worker, and on a machine that is busy
  // with an analysis this does not always come to its end (the page stays white, in VS Code itself).
  it('the inspector has a button that analyzes', async () => {
    const { window } = story;
    await window.explorer.open(WEIGHTS);
    const inspector = await window.webview(EXTENSION, '.tensors [role=row]');
    await inspector.getByRole('button', { name: 'Analyze' }).click();
  });

  it('notification, status bar, tree and panel tell how far it is', async () => {
    const { window } = story;
    await window.quickInput.pick(/^base/);
    const notice = await window.notices.waitFor(/analyzing adapter[^]*\d [MG]B.*\/s.*left/);
    assert.match(notice.message, /model\.layers\.\d/);
    assert.deepEqual(notice.buttons, ['Cancel']);
    await window.waitForStatus(/analyzing, \d+\/210 modules done/);
    const panel = await PanelPage.of(window);
    await panel.frame.getByRole('progressbar').waitFor({ state: 'visible' });
    await panel.waitForText('of 210 modules');
  });

  it('scores appear as they come', async () => {
    const panel = await PanelPage.of(story.window);
    await waitFor('a measured cell', async () => (await panel.cells.count()) > 0);
    await panel.waitForText('Scores so far.');
  });

  it('cancelling ends it at once and leaves no error', async () => {
    const { window } = story;
    await window.notices.press('analyzing adapter', 'Cancel');
    const panel = await PanelPage.of(window);
    await panel.frame.getByRole('progressbar').waitFor({ state: 'hidden' });
    await panel.waitForText('This adapter has not been analyzed');
    await waitFor('no notification', async () => (await window.notices.all()).length === 0, {
      seen: () => window.notices.all(),
    });
    assert.ok(!(await window.statusBar()).some((text) => text.startsWith('SPLoRA')));
  });

  it('it can be started again from the page, with the models of before, and cancelled there', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    await panel.button('Analyze').click();
    await panel.waitForText('of 210 modules');
    await panel.button('Cancel').click();
    await panel.waitForText('This adapter has not been analyzed');
  });
});
