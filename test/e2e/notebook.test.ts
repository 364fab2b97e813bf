import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { projectRoot } from '../support/paths';
import { evaluationOf } from '../support/measuredSample';
import { mockDocument } from '../webview/mockAdapters';
import { describeStory } from './support/story';

const LOOKED_AT = path.join(projectRoot, '.vscode-test', 'screenshots');
/** How far to turn the wheel, and where an output is in view as a whole, in px. */
const [SCROLL, TOP] = [100, 250];
const MIME_TYPE = 'application/vnd.splora+json';

/** A cell whose output was saved. */
const displayed = (document: object, index: number): object => ({
  cell_type: 'code',
  execution_count: 1,
  id: `cell-${index}`,
  metadata: {},
  source: ['show()'],
  outputs: [{ output_type: 'display_data', metadata: {}, data: { [MIME_TYPE]: document } }],
});

async function notebookWorkspace(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const documents = [mockDocument(56), evaluationOf('/run/adapter-mixed/adapter_model.safetensors'), {}];
  const notebook = { cells: documents.map(displayed), metadata: {}, nbformat: 4, nbformat_minor: 5 };
  await writeFile(path.join(folder, 'report.ipynb'), JSON.stringify(notebook));
}

const untrusted = { workspace: notebookWorkspace, server: { workspaceTrust: 'enforced' } } as const;

describeStory('A user opens a notebook that was saved, without a kernel or trust', untrusted, (story) => {
  let outputs: Frame;

  it('its outputs show the analysis, the evaluation, and why something else is neither', async () => {
    const { window } = story;
    await window.openContainer('Explorer');
    await window.explorer.open('report.ipynb');
    outputs = await outputsOf(window);
    await outputs.locator('.map-grid .cell').first().waitFor();
    await outputs.locator('.point').first().waitFor();
    await outputs.getByText('Not a SPLoRA analysis').waitFor();
    assert.equal(await outputs.locator('.point').count(), 3);
  });

  it('the table of modules sorts', async () => {
    const names = outputs.locator('.name-cell:not([role=columnheader])');
    const before = await names.first().innerText();
    await outputs.getByRole('button', { name: '‖dW‖', exact: true }).click();
    await waitFor('another order', async () => (await names.first().innerText()) !== before);
  });

  it('looks right in each kind of theme', async () => {
    const { window } = story;
    for (const theme of ['light', 'highContrast', 'highContrastLight', 'dark'] as const) {
      await window.setTheme(theme);
      await window.screenshot(path.join(LOOKED_AT, `notebook-${theme}.png`));
    }
    await outputs.locator('.map-grid').hover();
    await waitFor('the second output', async () => {
      await window.page.mouse.wheel(0, SCROLL);
      return ((await outputs.locator('.behavior-plot').boundingBox())?.y ?? Infinity) < TOP;
    });
    await window.screenshot(path.join(LOOKED_AT, 'notebook-evaluation.png'));
  });
});

/** Outputs of all cells are in one frame. */
async function outputsOf(window: VsCodeWindow): Promise<Frame> {
  return waitFor('an output of ours', async () => {
    for (const frame of window.page.frames())
      if ((await frame.locator('section.output').count()) > 0) return frame;
    return undefined;
  });
}
