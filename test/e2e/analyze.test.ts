import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { TreeView } from '../realhost/views';
import { waitFor } from '../realhost/waiting';
import { sample } from '../support/paths';
import { axeViolations } from '../support/axe';
import { pickModels } from './support/models';
import { PanelPage } from './support/panelPage';
import { EXTENSION } from '../support/packedExtension';
import { describeStory } from './support/story';
import { sampleWorkspace } from './support/workspaces';

const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';
const CONFIG = 'adapter-mixed/adapter_config.json';

describeStory('A user analyzes and prunes the sample', { workspace: sampleWorkspace }, (story) => {
  it('the view lists adapters that nobody analyzed yet, and says how to go on', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const tree = window.tree('Adapters');
    await tree.row('adapter-mixed');
    assert.deepEqual(
      (await tree.rows()).map(({ label, description }) => `${label}: ${description}`),
      ['adapter-benign: not analyzed', 'adapter-mixed: not analyzed'],
    );
    await window.page.getByText('Nothing is measured or analyzed yet').waitFor();
    assert.deepEqual((await tree.inlineActions('adapter-mixed')).slice(0, 2), [
      'Measure Behavior…',
      'Analyze Adapter',
    ]);
  });

  it('right-click, confirm the base, and the panel shows every score', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.chooseFromMenu(WEIGHTS, 'Analyze Adapter');
    await window.quickInput.input.waitFor({ state: 'visible' });
    assert.match(await window.quickInput.message(), /Unaligned Base Model/);
    const [first] = await window.quickInput.items();
    assert.match(first ?? '', /^base, guessed from the name|^base/, 'the guess stands first');
    await window.quickInput.pick(/^base/);
    await window.waitForStatus('1 module stands out');
    await window.editors.waitForActiveTab('Adapter: adapter-mixed');
    const panel = await PanelPage.of(window);
    await panel.waitForText('56 of 56 listed');
    assert.equal(await panel.cells.count(), 56);
  });

  it('the choice of models is written to the settings of the folder on request only', async () => {
    const { window } = story;
    const file = path.join(story.workspace, '.vscode', 'settings.json');
    assert.equal(existsSync(file), false);
    await window.explorer.chooseFromMenu(WEIGHTS, 'SPLoRA', 'Choose Base and Aligned Models…');
    await pickModels(window, /base/);
    await window.notices.press('Models chosen', 'Save to Settings');
    const text = await waitFor('settings', async () => {
      const written = existsSync(file) ? await readFile(file, 'utf8') : '';
      return written.includes('aligned') ? written : undefined;
    });
    assert.deepEqual(JSON.parse(text), {
      'splora.models.byAdapter': { 'adapter-mixed': { base: 'base', aligned: 'aligned' } },
    });
  });

  it('axe-core finds nothing on the panel', async () => {
    const panel = await PanelPage.of(story.window);
    assert.deepEqual(await axeViolations(panel.frame), []);
  });

  it('the load check of the panel asks the engine, and axe-core finds nothing on the answer', async () => {
    const panel = await PanelPage.of(story.window);
    await panel.button('Check').click();
    await panel.waitForText('PEFT: same effect.');
    assert.deepEqual(await axeViolations(panel.frame), []);
  });

  it('the tree shows adapters, blocks and modules with what becomes of them', async () => {
    const { window } = story;
    await window.openContainer('SPLoRA');
    const tree = window.tree('Adapters');
    // Adapters are looked for as the view opens, and the analyzed one unfolds by itself.
    const rows = await waitFor('both adapters and the blocks of one', async () => {
      const found = await tree.rows();
      return found.filter(({ level }) => level === 1).length === 2 && found.length > 2 ? found : undefined;
    });
    assert.deepEqual(
      rows.filter(({ level }) => level === 1).map(({ label, description }) => `${label}: ${description}`),
      ['adapter-benign: not analyzed', 'adapter-mixed: 1 module stands out · 10 of 56 selected'],
    );
    assert.equal(rows.filter(({ level }) => level === 2).length, 8);
  });

  it('a changed rule in the panel is followed by tree, status bar and page', async () => {
    const { window } = story;
    const panel = await PanelPage.of(window);
    await panel.enter('Modules', '3');
    await panel.waitForText('3 of 56 modules');
    await waitForDescription(story.window.tree('Adapters'), 'adapter-mixed', '3 of 56 selected');
    await panel.choose('Ranked by', 'Reversal');
    await panel.waitForText('3 of 56 modules');
    // The number of modules is the same: the scores show that the tree has followed too.
    await waitForDescription(story.window.tree('Adapters'), 'layers.7', '0.1257');
  });

  it('a check box of the tree pins a module, and the panel follows', async () => {
    const { window } = story;
    const tree = window.tree('Adapters');
    await tree.expand('layers.0');
    await tree.row('self_attn.q_proj');
    const before = (await tree.rows()).find(({ label }) => label === 'self_attn.q_proj');
    assert.equal(before?.checked, true);
    await tree.toggleCheckbox('self_attn.q_proj');
    const panel = await PanelPage.of(window);
    await panel.waitForRow(/selected, pinned/);
    await waitForDescription(tree, 'adapter-mixed', '4 of 56 selected');
  });

  it('a pin of the tree keeps a module, and can be taken back', async () => {
    const { window } = story;
    const tree = window.tree('Adapters');
    await waitForDescription(tree, 'adapter-mixed', '4 of 56 selected');
    await tree.pressInline('self_attn.q_proj', 'Unpin');
    await waitForDescription(tree, 'adapter-mixed', '3 of 56 selected');
    await tree.pressInline('self_attn.k_proj', 'Pin as Prune');
    await waitForDescription(tree, 'adapter-mixed', '4 of 56 selected');
  });

  it('a quick fix in the config pins what stands out', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.open(CONFIG);
    await window.editors.waitForActiveTab('adapter_config.json');
    const problems = await window.problems({ atLeast: 1 });
    assert.ok(problems.every(({ source }) => source === 'SPLoRA'));
    const problem = problems.find(({ code, severity }) => code === 'splora.standsOut' && severity === 'info');
    assert.ok(problem !== undefined);
    await window.editors.select('adapter_config.json');
    const [module = ''] = problem.message.split(' ');
    await window.editors.click(`"${module.split('.').at(-1) ?? ''}"`);
    const titles = await window.editors.quickFixes(`Pin as Prune: ${module}`);
    assert.ok(titles.includes(`Open Scores: ${module}`), JSON.stringify(titles));
    await window.editors.select('Adapter: adapter-mixed');
    await (await PanelPage.of(window)).waitForText('2 pinned');
  });

  it('the layer listing has a line, a problem and a hover for each module', async () => {
    const { window } = story;
    await window.explorer.chooseFromMenu(WEIGHTS, 'SPLoRA', 'Open Layer Listing');
    await window.editors.waitForActiveTab('adapter-mixed.layers');
    assert.match(await window.editors.text(), /model\.layers\.0\.self_attn\.q_proj/);
    const hover = await window.editors.hover('model.layers.0.self_attn.q_proj');
    assert.match(hover, /Reversal/);
    assert.match(hover, /rank \d+ of 56|\d+ of 56/);
    await window.editors.leaveHover();
  });

  it('the Explorer shows a badge with the number of modules that stand out', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    const decorated = /•.*stands out/;
    await waitFor('badge', async () => decorated.test(await window.explorer.decoration(WEIGHTS)), {
      seen: () => window.explorer.decoration(WEIGHTS),
    });
  });

  it('the pruned adapter is written beside the original, and found in the Explorer', async () => {
    const { window } = story;
    await window.editors.select('Adapter: adapter-mixed');
    const panel = await PanelPage.of(window);
    await panel.button('Write Pruned Adapter…').click();
    await window.quickInput.input.waitFor({ state: 'visible' });
    assert.match(await window.quickInput.message(), /Write adapter-mixed without \d+ of 56 modules/);
    await window.quickInput.pick('beside the original');
    const notice = await window.notices.waitFor('adapter-mixed-splora was written');
    assert.match(notice.message, /Test it before you use it/);
    assert.deepEqual(notice.buttons, ['Measure…', 'Reveal', 'Compare']);
    await window.notices.press('adapter-mixed-splora was written', 'Reveal');
    await window.explorer.row('adapter-mixed-splora/adapter_model.safetensors');
    const written = await readdir(path.join(story.workspace, 'adapter-mixed-splora'));
    assert.deepEqual(written.sort(), ['adapter_config.json', 'adapter_model.safetensors']);
  });

  it('after a reload the results and the panel are there again, without a run', async () => {
    const { window } = story;
    const startsBefore = (await window.server.logs()).match(/Starting the engine/g) ?? [];
    assert.ok(startsBefore.length > 0);
    await window.reload();
    await window.waitForStatus(/stands out/);
    // Which tab comes forward is up to when VS Code last saved its state; a panel behind another is loaded when shown.
    await window.editors.select('Adapter: adapter-mixed');
    const panel = await PanelPage.of(window);
    await panel.waitForText('56 of 56 listed');
    await window.openContainer('SPLoRA');
    const row = await window.tree('Adapters').row('adapter-mixed');
    assert.match((await row.getAttribute('aria-label')) ?? '', /adapter-mixed/);
    const starts = (await window.server.logs()).match(/Starting the engine/g) ?? [];
    assert.equal(starts.length, startsBefore.length);
  });

  it('a double click opens the inspector, which axe-core has nothing against', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.open(WEIGHTS);
    await window.editors.waitForActiveTab('adapter_model.safetensors');
    const inspector = await window.webview(EXTENSION, '.tensors [role=row]');
    await inspector.getByText('112 tensors').waitFor();
    await inspector.getByRole('textbox', { name: 'Search tensors' }).fill('layers.3.mlp');
    await inspector.getByText('6 of 112').waitFor();
    assert.deepEqual(await axeViolations(inspector), []);
    assert.ok((await window.editors.titleActions()).some((title) => title.startsWith('Analyze Adapter')));
  });

  it('the inspector opens any safetensors file from the palette, a model too', async () => {
    const { window } = story;
    await window.runCommand('SPLoRA: Open in Inspector');
    await window.quickInput.pick(/model\.safetensors.*\bbase\b/);
    await window.editors.waitForActiveTab('model.safetensors');
    await window.webview(EXTENSION, '.tensors [role=row]');
  });

  it('original files are as they were', async () => {
    const original = await readFile(sample(WEIGHTS));
    assert.deepEqual(await readFile(path.join(story.workspace, WEIGHTS)), original);
  });
});

async function waitForDescription(tree: TreeView, label: string, wanted: string): Promise<void> {
  await waitFor(
    `${label}: ${wanted}`,
    async () => (await tree.rows()).find((row) => row.label === label && row.description.includes(wanted)),
    { seen: () => tree.rows() },
  );
}
