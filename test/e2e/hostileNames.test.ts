import assert from 'node:assert/strict';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Notice } from '../realhost/notices';
import { writeLarge } from '../support/largeModels';
import { projectRoot, sample } from '../support/paths';
import { rawSafetensors } from '../support/safetensorsBytes';
import { describeStory, type Story } from './support/story';

/** Shows the palette, so nothing happens that a user would mind; VS Code runs any other command as readily. */
const LINK = '(command:workbench.action.showCommands)';
const FOLDER = `[open]${LINK} $(flame)`;
const MODULE = `[run]${LINK}`;
const BROKEN = 'broken';
const WEIGHTS = 'adapter_model.safetensors';
/** The engine may have to start first. */

async function hostileNames(folder: string): Promise<void> {
  await writeLarge(folder, { blocks: 9, size: 4096, adapter: FOLDER, prefix: `${MODULE}.` });
  await mkdir(path.join(folder, `${FOLDER} empty`));
  await writeFile(path.join(folder, `${FOLDER} empty`, 'adapter_config.json'), '{}');
  await cp(sample('adapter-mixed'), path.join(folder, BROKEN), { recursive: true });
  const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 9] };
  await writeFile(path.join(folder, BROKEN, WEIGHTS), rawSafetensors(JSON.stringify({ [MODULE]: entry }), 9));
}

/** Looks at the window too: a picture says more about a toast than its text. */
async function plainNotice({ window }: Story, wanted: string | RegExp, picture: string): Promise<Notice> {
  const notice = await window.notices.waitFor(wanted);
  await window.screenshot(path.join(projectRoot, '.vscode-test', 'toasts', `${picture}.png`));
  assert.deepEqual(await window.notices.links(), []);
  return notice;
}

/** What an adapter's folder without weights leads to; it works in a restricted window, too. */
async function folderInError(story: Story, picture: string): Promise<void> {
  const { window } = story;
  await window.explorer.open(`${FOLDER} empty/adapter_config.json`);
  await window.runCommand('SPLoRA: Open Layer Listing');
  const { message } = await plainNotice(story, 'but no weights', picture);
  assert.ok(message.includes('[open] (command:workbench'), message);
  await window.notices.clear();
}

describeStory('Names in files become no links in a trusted window', { workspace: hostileNames }, (story) => {
  it('a folder in an error', () => folderInError(story, 'trusted-folder'));

  it('a tensor in an error', async () => {
    const { window } = story;
    await window.explorer.chooseFromMenu(`${BROKEN}/${WEIGHTS}`, 'Analyze Adapter');
    await window.quickInput.pick(/^base/);
    const { message } = await plainNotice(story, 'data_offsets', 'trusted-tensor');
    assert.ok(message.includes('[run] (command:workbench'), message);
    await window.notices.clear();
  });

  it('a folder in a list is text without an icon', async () => {
    const { window } = story;
    await window.runCommand('View: Close All Editors');
    await window.runCommand('SPLoRA: Analyze Adapter');
    const row = await window.quickInput.rowOf(/^\[open\]/);
    assert.equal(await row.locator('.codicon-flame').count(), 0);
    await window.quickInput.pick(/^\[open\]/);
  });

  it('a folder and a module in the progress of an analysis', async () => {
    // The answer to the question about the tensor's adapter holds for all of this aligned model.
    const { window } = story;
    const { message, buttons } = await plainNotice(story, /analyzing.*\[run\]/, 'trusted-progress');
    assert.ok(message.includes('[open] (command:workbench'), message);
    assert.ok(message.includes('[run] (command:workbench'), message);
    assert.deepEqual(buttons, ['Cancel']);
    await window.notices.press('analyzing', 'Cancel');
  });
});

const restricted = { workspace: hostileNames, server: { workspaceTrust: 'enforced' } } as const;

describeStory('Names in files become no links in a restricted window', restricted, (story) => {
  it('a folder in an error', () => folderInError(story, 'restricted-folder'));

  it('a tensor in the inspector', async () => {
    const { window } = story;
    await window.explorer.open(`${BROKEN}/${WEIGHTS}`);
    const inspector = await window.webview('splora.splora', '.notices');
    await inspector.getByText(MODULE).first().waitFor();
    assert.equal(await inspector.locator('a').count(), 0);
    assert.deepEqual(await window.notices.links(), []);
  });
});
