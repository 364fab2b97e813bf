import { mkdtemp, realpath, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '../realhost/waiting';
import { RealHost } from '../realhost/session';
import type { VsCodeWindow } from '../realhost/window';
import { EXTENSION, packedExtension } from '../support/packedExtension';
import { projectRoot } from '../support/paths';
import { measured } from './support/measuring';
import { PanelPage } from './support/panelPage';
import { sampleWorkspace } from './support/workspaces';

/**
 * `npm run screenshots`: pictures of the real thing on the sample. Those of README and the walkthrough go to
 * media/screenshots; the others (contrast themes, double size) are for looking at, and stay in .vscode-test/screenshots.
 */
const SHIPPED = new Set(['behavior-dark.png', 'behavior-light.png', 'hover-dark.png']);
const SHIPPED_IN = path.join(projectRoot, 'media', 'screenshots');
const LOOKED_AT = path.join(projectRoot, '.vscode-test', 'screenshots');
const WEIGHTS = 'adapter-mixed/adapter_model.safetensors';

async function main(): Promise<void> {
  const started = await RealHost.start(console.log);
  if (!started.ok) throw new Error(`no VS Code here: ${started.reason}`);
  const { host } = started;
  // A name worth being seen in a picture.
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'splora-'));
  const workspace = path.join(folder, 'summaries-lora');
  try {
    await sampleWorkspace(workspace);
    await rm(path.join(workspace, 'README.md'));
    const options = { workspace, vsix: [packedExtension()], name: 'screenshots', artifacts: LOOKED_AT };
    await host.withWindow(options, takeAll);
  } finally {
    await host.dispose();
    await rm(folder, { recursive: true, force: true });
  }
}

async function takeAll(window: VsCodeWindow): Promise<void> {
  await empty(window);
  await behavior(window);
  await inAllThemes(window, 'behavior', { zoom: true });
  await panel(window);
  await inAllThemes(window, 'panel', { zoom: true });
  await problemsAndHover(window);
  await inspector(window);
  await inAllThemes(window, 'inspector', { zoom: true });
  await failure(window);
}

async function inAllThemes(window: VsCodeWindow, name: string, { zoom }: { zoom: boolean }): Promise<void> {
  for (const theme of ['dark', 'light', 'highContrast', 'highContrastLight'] as const) {
    await window.setTheme(theme);
    await window.screenshot(fileOf(`${name}-${theme}.png`));
  }
  await window.setTheme('dark');
  if (!zoom) return;
  await window.setZoom(200);
  await window.screenshot(path.join(LOOKED_AT, `${name}-200.png`));
  await window.setZoom(100);
}

const fileOf = (name: string): string => path.join(SHIPPED.has(name) ? SHIPPED_IN : LOOKED_AT, name);

async function empty(window: VsCodeWindow): Promise<void> {
  await window.setTheme('dark');
  await window.openContainer('SPLoRA');
  await window.tree('Adapters').row('adapter-mixed');
  await window.screenshot(path.join(LOOKED_AT, 'empty-tree.png'));
  await window.runCommand('SPLoRA: Show Scores and Behavior');
  await window.quickInput.pick(/^adapter-mixed/);
  await (await PanelPage.of(window)).waitForText('This adapter has not been analyzed');
  await window.screenshot(path.join(LOOKED_AT, 'empty-panel.png'));
}

/** The sample repaired and measured along with its original, with the answers to a prompt that the repair changed. */
async function behavior(window: VsCodeWindow): Promise<void> {
  await window.openContainer('Explorer');
  await window.explorer.chooseFromMenu(WEIGHTS, 'SPLoRA', 'Repair Adapter…');
  await window.quickInput.pick(/^Cut the Alignment Subspace/);
  await window.quickInput.pick(/^base/);
  // The number of directions, which side, what stays of the part on them, and of the rest: as suggested.
  await answer(window, 'How many directions', '8');
  await window.quickInput.pick(/^both/);
  await answer(window, 'Share of the part on the directions', '0');
  await answer(window, 'What the rest of the update', '1');
  await window.quickInput.pick('beside the original');
  await window.notices.press('adapter-mixed-splora was written', 'Measure…');
  await window.quickInput.pick(/suites, harmful, benign, task/);
  await window.quickInput.rowOf(/adapter-mixed-splora/);
  await window.page.keyboard.press('Enter');
  await window.quickInput.pick('On This Machine');
  const page = await measured(window);
  await page.frame.locator('.prompt-table [role=row]', { hasText: 'refused' }).nth(1).click();
  await page.button('Show Answers').click();
  await window.notices.clear();
}

/** Waits for the question first: the box of the one before looks the same. */
async function answer(window: VsCodeWindow, question: string, text: string): Promise<void> {
  const isAsked = async (): Promise<boolean> => (await window.quickInput.message()).includes(question);
  await waitFor(question, isAsked, { seen: () => window.quickInput.message() });
  await window.quickInput.type(text);
}

async function panel(window: VsCodeWindow): Promise<void> {
  const page = await PanelPage.of(window);
  await page.frame.locator('.behavior > summary').click();
  await page.button('Analyze').click();
  await window.waitForStatus('1 module stands out');
  await page.waitForText('56 of 56 listed');
  await window.openContainer('SPLoRA');
  const tree = window.tree('Adapters');
  await tree.expand('adapter-mixed');
  await tree.expand('layers.7');
  await tree.toggleCheckbox('self_attn.o_proj');
  await waitFor('the pin in the tree', async () =>
    (await tree.rows()).find(({ description }) => description.includes('9 of 56')),
  );
  await window.editors.leaveHover();
  await window.notices.clear();
}

async function problemsAndHover(window: VsCodeWindow): Promise<void> {
  await window.openContainer('Explorer');
  await window.explorer.chooseFromMenu(WEIGHTS, 'SPLoRA', 'Open Layer Listing');
  await window.editors.waitForActiveTab('adapter-mixed.layers');
  await window.problems({ atLeast: 1 });
  await window.editors.select('adapter-mixed.layers');
  for (const theme of ['dark', 'light', 'highContrast'] as const) {
    await window.setTheme(theme);
    await window.editors.hover('model.layers.1.self_attn.k_proj');
    await window.screenshot(fileOf(`hover-${theme}.png`));
    await window.editors.leaveHover();
  }
  await window.setTheme('dark');
  await window.page.locator('.part.panel .action-label.codicon-panel-close').click();
  await window.explorer.open('adapter-mixed/adapter_config.json');
  await window.editors.hover('k_proj');
  await window.screenshot(path.join(LOOKED_AT, 'config-dark.png'));
  await window.editors.leaveHover();
}

async function inspector(window: VsCodeWindow): Promise<void> {
  await window.explorer.open(WEIGHTS);
  await window.webview(EXTENSION, '.tensors [role=row]');
}

async function failure(window: VsCodeWindow): Promise<void> {
  const { workspace } = window.server.options;
  await truncate(path.join(workspace, 'base', 'model.safetensors'), 1000);
  await window.explorer.chooseFromMenu('adapter-benign/adapter_model.safetensors', 'Analyze Adapter');
  await window.waitForStatus('analysis failed');
  await (await PanelPage.of(window)).waitForText('The analysis failed');
  await window.screenshot(path.join(LOOKED_AT, 'failure-dark.png'));
}

void main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
