import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { confirmLong, measure } from '../e2e/support/measuring';
import { PanelPage } from '../e2e/support/panelPage';
import { sampleWorkspace } from '../e2e/support/workspaces';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { printLoop } from './hostRun';

/** Measurements one after another in one window. */
const ROUNDS = 3;
/** More than a measurement takes on a busy machine. */
const LONG_MS = 600_000;
/** Prompts in each suite of the large measurement. */
const MANY_PROMPTS = 200;

/** The sample as it is: from its menu, and again from the panel. */
export async function measureSample(window: VsCodeWindow): Promise<void> {
  await measureRounds(window, 'measurement of the sample');
}

/** The same model with larger suites: what grows with the prompts shows here. */
export async function measureMany(window: VsCodeWindow): Promise<void> {
  await measureRounds(window, `measurement of ${String(MANY_PROMPTS)} prompts a suite`);
}

async function measureRounds(window: VsCodeWindow, what: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    await window.runCommand('Loop Monitor: Begin');
    const begin = Date.now();
    if (round === 0) await measure(window, LONG_MS);
    else await again(window);
    const seconds = ((Date.now() - begin) / 1000).toFixed(1);
    await window.runCommand('Loop Monitor: End');
    await printLoop(window, `${what}, ${seconds} s: extension host blocked: median, 99 %, longest`);
  }
}

async function again(window: VsCodeWindow): Promise<void> {
  const panel = await PanelPage.of(window);
  await panel.button('Measure Again…').click();
  await window.quickInput.pick(/suites, harmful, benign, task/);
  await window.quickInput.rowOf(/adapter-benign/);
  await window.page.keyboard.press('Enter');
  await window.quickInput.pick('On This Machine');
  const progress = panel.frame.getByRole('progressbar', { name: 'Progress of the measurement' });
  await progress.waitFor();
  const isDone = async (): Promise<boolean> => {
    await confirmLong(window);
    return !(await progress.isVisible());
  };
  await waitFor('the end of the measurement', isDone, { timeoutMs: LONG_MS });
}

/** The sample, with each suite's test prompts repeated under other ids. */
export async function writeMany(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await sampleWorkspace(folder);
  for (const kind of ['harmful', 'benign', 'task']) {
    const file = path.join(folder, 'suites', `${kind}.jsonl`);
    const rows = (await readFile(file, 'utf8')).trim().split('\n').map(toRow);
    const test = rows.filter(({ split }) => split === 'test');
    const many = Array.from({ length: MANY_PROMPTS }, (_, at) => ({
      ...test[at % test.length],
      id: `${kind} ${String(at)}`,
    }));
    await writeFile(file, many.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }
}

/** The sample's own file, so its shape is not checked again. */
function toRow(line: string): { readonly id: string; readonly split: string } {
  return JSON.parse(line) as { readonly id: string; readonly split: string };
}
