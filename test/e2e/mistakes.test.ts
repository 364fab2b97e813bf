import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fixture, sample } from '../support/paths';
import { waitFor } from '../realhost/waiting';
import { EXTENSION } from '../support/packedExtension';
import { pickModels } from './support/models';
import { PanelPage } from './support/panelPage';
import { describeStory, type Story } from './support/story';

const WEIGHTS = 'adapter_model.safetensors';
const POINTER = `version https://git-lfs.github.com/spec/v1
oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
size 12345678
`;

/** Why a file system cannot be mounted here; undefined: it can. */
const cannotMount = mountProblem();

function mountProblem(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'this is not root';
  return undefined;
}

function mount(folder: string, options: string): void {
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
}

/** Adapters each with something wrong, models that fit and models that do not. @returns what undoes the mounts */
async function mistakes(folder: string): Promise<() => Promise<void>> {
  await cp(sample('base'), path.join(folder, 'base'), { recursive: true });
  await cp(sample('aligned'), path.join(folder, 'aligned'), { recursive: true });
  await cp(fixture('families', 'gqa-sharded', 'base'), path.join(folder, 'other-family'), {
    recursive: true,
  });
  await cp(sample('base', 'config.json'), path.join(folder, 'other-family', 'config.json'));
  await cp(sample('aligned'), path.join(folder, 'aligned-copy'), { recursive: true });
  await cp(sample('base'), path.join(folder, 'incomplete'), { recursive: true });
  await rm(path.join(folder, 'incomplete', 'model.safetensors'));
  await writeFile(
    path.join(folder, 'incomplete', 'model.safetensors.index.json'),
    JSON.stringify({ weight_map: { 'model.embed_tokens.weight': 'model-00001-of-00002.safetensors' } }),
  );
  const names = ['good', 'truncated', 'lfs', 'elsewhere'];
  for (const name of names) await cp(sample('adapter-mixed'), path.join(folder, name), { recursive: true });
  await truncate(path.join(folder, 'truncated', WEIGHTS), 100_000);
  await writeFile(path.join(folder, 'lfs', WEIGHTS), POINTER);
  await changeConfig(path.join(folder, 'elsewhere'), { base_model_name_or_path: 'some-org/Some-Chat-7B' });
  return mountSmall(folder);
}

async function changeConfig(folder: string, change: object): Promise<void> {
  const file = path.join(folder, 'adapter_config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...config, ...change }, undefined, 2));
}

/** `read-only` and `full`: file systems of their own, each with an adapter in it. */
async function mountSmall(folder: string): Promise<() => Promise<void>> {
  const readOnly = path.join(folder, 'read-only');
  const full = path.join(folder, 'full');
  for (const place of [readOnly, full]) await mkdir(place);
  if (cannotMount !== undefined) {
    await cp(sample('adapter-mixed'), path.join(readOnly, 'adapter'), { recursive: true });
    await chmod(readOnly, 0o555);
    return () => chmod(readOnly, 0o755);
  }
  mount(readOnly, 'size=1m');
  // The adapter takes 244 kB: there is room for it once, and not twice.
  mount(full, 'size=320k');
  for (const place of [readOnly, full]) {
    await cp(sample('adapter-mixed'), path.join(place, 'adapter'), { recursive: true });
    await changeConfig(path.join(place, 'adapter'), { base_model_name_or_path: '../../aligned' });
  }
  execFileSync('mount', ['-o', 'remount,ro', readOnly]);
  return async () => {
    for (const place of [readOnly, full]) execFileSync('umount', ['-l', place]);
    await Promise.resolve();
  };
}

/** Analyzes from the Explorer; answers the question for the base if that is not known yet. */
async function analyze({ window }: Story, file: string, base?: RegExp): Promise<void> {
  await window.notices.clear();
  await window.explorer.chooseFromMenu(file, 'Analyze Adapter');
  if (base !== undefined) await window.quickInput.pick(base);
}

/** What is to be chosen again is chosen by the command that the message offers, for the adapter that it is about. */
async function chooseModels(story: Story, message: RegExp, base: RegExp): Promise<void> {
  await story.window.notices.press(message, 'Choose Models…');
  await pickModels(story.window, base);
}

describeStory('A mistake becomes a message that says what to do', { workspace: mistakes }, (story) => {
  it('wrong base: another family of models', async () => {
    const { window } = story;
    await analyze(story, `good/${WEIGHTS}`, /^other-family/);
    const panel = await PanelPage.of(window);
    await panel.waitForText('The base model does not fit this adapter');
    await panel.waitForText('Choose the base and aligned models of this adapter');
    // Once: the panel says it, so no message does.
    await waitFor('no message', async () => (await window.notices.all()).length === 0);
  });

  it('the base is the aligned model', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    await panel.button('Choose Models…').click();
    await pickModels(window, /^aligned-copy/);
    await window.notices.press('Models chosen', 'Analyze');
    await panel.waitForText('The base and aligned models contain the same weights');
    await panel.waitForText('Choose the pretrained model as base');
  });

  it('missing base: a checkpoint without its files', async () => {
    const { window } = story;
    await window.notices.clear();
    await window.explorer.chooseFromMenu(`good/${WEIGHTS}`, 'SPLoRA', 'Choose Base and Aligned Models…');
    await pickModels(window, /^incomplete/);
    await window.notices.press('Models chosen', 'Analyze');
    const notice = await window.notices.waitFor('is missing');
    assert.match(notice.message, /Download the missing files/);
    assert.ok(
      notice.buttons.some((label) => label === 'Choose Models…'),
      notice.buttons.join(),
    );
    // This answer is for all adapters of the same aligned model, those of the next tests too.
    await chooseModels(story, /is missing/, /^base/);
  });

  it('missing aligned model: the question says where it was looked for', async () => {
    const { window } = story;
    await window.notices.clear();
    await window.explorer.chooseFromMenu(`elsewhere/${WEIGHTS}`, 'Analyze Adapter');
    await window.quickInput.rowOf(/some-org\/Some-Chat-7B is not on this machine.*Looked in/);
    await window.quickInput.rowOf(/Copy Download Command.*hf download some-org\/Some-Chat-7B/);
    await window.quickInput.cancel();
  });

  it('truncated weights', async () => {
    const { window } = story;
    await analyze(story, `truncated/${WEIGHTS}`);
    // The file is new, so it may still be being saved; it is tried again, and then it is broken.
    const notice = await window.notices.waitFor(/truncated\/adapter_model.*still be being saved/s);
    assert.match(notice.message, /bytes/);
    await window.notices.waitFor(/truncated\/adapter_model.*download or export it again/s);
  });

  it('a Git LFS pointer, in a message and in the inspector', async () => {
    const { window } = story;
    await analyze(story, `lfs/${WEIGHTS}`);
    const notice = await window.notices.waitFor(/LFS/);
    assert.match(notice.message, /git lfs pull/);
    await window.notices.clear();
    await window.explorer.open(`lfs/${WEIGHTS}`);
    const inspector = await window.webview(EXTENSION, '.notices');
    await inspector.getByText('git lfs pull').waitFor();
    await inspector.getByRole('button', { name: 'Open as Text' }).waitFor();
  });

  it('a folder that cannot be written to', async () => {
    await writeIn(story, 'read-only', /read-only|permission/i);
  });

  if (cannotMount === undefined) it('a full disk', () => writeIn(story, 'full', /disk space|no space/i));
  else it.skip(`a full disk [skipped: a small file system needs a mount, and ${cannotMount}]`);
});

async function writeIn(story: Story, place: string, reason: RegExp): Promise<void> {
  const { window } = story;
  await analyze(story, `${place}/adapter/${WEIGHTS}`);
  await waitFor('scores', async () =>
    (await window.explorer.decoration(`${place}/adapter/${WEIGHTS}`)).includes('stand'),
  );
  await window.notices.clear();
  await window.explorer.chooseFromMenu(`${place}/adapter/${WEIGHTS}`, 'SPLoRA', 'Write Pruned Adapter…');
  await window.quickInput.pick('beside the original');
  const notice = await window.notices.waitFor(reason);
  assert.equal(notice.severity, 'error');
  assert.match(notice.message, /choose another output folder/);
  assert.deepEqual(notice.buttons, ['Another Folder…', 'Show Log']);
}
