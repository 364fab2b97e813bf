import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Frame, Page } from 'playwright-core';
import { sampleWorkspace } from '../e2e/support/workspaces';
import { writeLarge } from '../support/largeModels';
import { RealHost } from '../realhost/session';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { EXTENSION, packedExtension } from '../support/packedExtension';
import { projectRoot } from '../support/paths';
import { makeAdapter, makeModels, QV_7B } from './fixtures';
import {
  analyze,
  isAnalyzed,
  loopReport,
  REST_MS,
  run224,
  run7b,
  run7bBrowserBehind,
  RUN_SIZE,
} from './hostRun';
import { measureMany, measureSample, writeMany } from './hostMeasure';
import { ms, print } from './print';

/** `npm run bench:host [-- activation|activationAtRest|run224|run7b|run7bBrowserBehind|measureSample|measureMany|open56|open10000]`: prints what a user notices in the real VS Code. Asserts nothing: figures are of one machine. */
async function main(): Promise<void> {
  const started = await RealHost.start(console.log);
  if (!started.ok) throw new Error(`no VS Code here: ${started.reason}`);
  const { host } = started;
  const [cpu] = cpus();
  print(
    'machine',
    `${cpu?.model ?? '?'}, ${String(cpus().length)} cores, ${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
  );
  try {
    const [only] = process.argv.slice(2);
    for (const { write, measure } of BENCHMARKS) {
      if (only === undefined || only === measure.name) await inWorkspace(host, write, measure);
    }
  } finally {
    await host.dispose();
  }
}

async function inWorkspace(
  host: RealHost,
  write: (folder: string) => Promise<void> | void,
  measure: (window: VsCodeWindow) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'splora-bench-'));
  const workspace = path.join(folder, 'workspace');
  try {
    await write(workspace);
    const options = {
      workspace,
      vsix: [packedExtension()],
      settings: { 'splora.models.byAdapter': { adapter: { base: 'base', aligned: 'aligned' } } },
      unpackedExtensions: [path.join(projectRoot, 'test', 'bench', 'loopMonitor')],
      env: (server: string) => ({ SPLORA_LOOP_REPORT: loopReport(server) }),
      name: measure.name,
      artifacts: path.join(projectRoot, '.vscode-test', 'evidence'),
    };
    await host.withWindow(options, measure);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where adapters lie, the extension starts with the window, and with everything else that does. */
async function activation(window: VsCodeWindow): Promise<void> {
  await activations(window, 'activation with the window', 0);
}

/** Elsewhere it starts with its first command, when the window has come to rest. */
async function activationAtRest(window: VsCodeWindow): Promise<void> {
  await activations(window, 'activation by a command', REST_MS);
}

/** As VS Code itself measures it: loading the code and calling `activate`, in a fresh extension host each time. */
async function activations(window: VsCodeWindow, what: string, restMs: number): Promise<void> {
  const own: string[] = [];
  const code: string[] = [];
  for (let round = 0; round < ACTIVATIONS; round++) {
    if (round > 0) await window.reload();
    await setTimeout(restMs);
    await window.runCommand('SPLoRA: Look for Adapters Again');
    own.push(await startupReport(window));
    code.push(
      ...[...(await window.server.logs()).matchAll(/Activated in ([\d.]+ ms)/g)].map(
        ([, time]) => time ?? '',
      ),
    );
  }
  print(`${what}: load code + call activate`, own.join(', '));
  print('  activate() alone', [...new Set(code)].join(', '));
}

/** What VS Code's own startup report says of our extension. */
async function startupReport(window: VsCodeWindow): Promise<string> {
  await window.runCommand('Developer: Startup Performance');
  await window.editors.waitForActiveTab('Startup Performance');
  await window.editors.click('# ');
  await window.page.keyboard.press('Control+F');
  await window.page.keyboard.insertText(EXTENSION);
  const row = /splora\.splora +\|[^|]*\| *(\d+) *\| *(\d+)/;
  const [, load = '?', call = '?'] = await waitFor(
    'our row in the startup report',
    async () => row.exec(await window.editors.text()) ?? undefined,
    { seen: () => window.editors.text() },
  );
  return `${load} + ${call} ms`;
}

const ACTIVATIONS = 5;

/** From the press of the button to the frame in which rows are drawn, the webview's own start included. */
async function open10000(window: VsCodeWindow): Promise<void> {
  await analyze(window);
  await waitFor('the end of the run', async () => await isAnalyzed(window), {
    timeoutMs: 600_000,
  });
  // The progress ends when the result is kept.
  await waitFor('the result kept', async () => (await window.notices.all()).length === 0);
  await window.reload();
  await window.waitForStatus(/stands? out/);
  print('panel with 10,003 modules: from the click to rows', await openings(window));
}

/** What VS Code itself takes for a webview is in these, too. */
async function open56(window: VsCodeWindow): Promise<void> {
  await window.explorer.open('adapter-mixed/adapter_model.safetensors');
  await window.webview(EXTENSION, '.tensors [role=row]');
  await window.explorer.chooseFromMenu('adapter-mixed/adapter_model.safetensors', 'Analyze Adapter');
  await window.quickInput.pick(/^base/);
  await window.waitForStatus(/stands? out/);
  print('panel with 56 modules: from the click to rows', await openings(window, 'adapter-mixed'));
}

async function openings(window: VsCodeWindow, adapter = 'adapter'): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < OPENINGS; round++) {
    await window.runCommand('View: Close All Editors');
    await window.openContainer('SPLoRA');
    await window.page.evaluate(`addEventListener('click', () => { window.pressedAt = Date.now(); }, true)`);
    const drawn = firstRow(window.page);
    await window.tree('Adapters').pressInline(adapter, 'Show Scores and Behavior');
    times.push((await drawn) - (await window.page.evaluate<number>('window.pressedAt')));
  }
  return times.map(ms).join(', ');
}

const OPENINGS = 5;

/**
 * When the next webview that opens first has rows (not only the table's head) as a frame begins. The page watches by
 * itself: asking it over and over takes the time that is measured.
 */
async function firstRow(page: Page): Promise<number> {
  const isWebview = (frame: Frame): boolean => frame.url().includes('/fake.html');
  const frame = await page.waitForEvent('framenavigated', { predicate: isWebview });
  const watched = async (): Promise<number | undefined> => {
    // The frame is written anew before the page is in it: what watches then is gone, or fails.
    const gone = setTimeout(WATCH_MS * 2);
    return (
      (await Promise.race([frame.evaluate<number | null>(WATCH_ROWS).catch(() => null), gone])) ?? undefined
    );
  };
  return waitFor('rows', watched);
}

const WATCH_MS = 100;
const WATCH_ROWS = `new Promise((resolve) => {
  const end = performance.now() + ${String(WATCH_MS)};
  const look = () => {
    if (document.querySelector('.table-body .table-row') !== null) resolve(Date.now());
    else if (performance.now() > end) resolve(null);
    else requestAnimationFrame(look);
  };
  look();
})`;

async function writeEmpty(folder: string): Promise<void> {
  await mkdir(folder);
}

/** What `npm run bench` measures, here in the page cache too, having just been written. */
function write7b(folder: string): void {
  makeModels(folder, QV_7B);
  makeAdapter(path.join(folder, 'adapter'), QV_7B, 8);
}

const BENCHMARKS = [
  { write: sampleWorkspace, measure: activation },
  { write: writeEmpty, measure: activationAtRest },
  { write: (folder: string) => writeLarge(folder, { blocks: 32, size: RUN_SIZE }), measure: run224 },
  { write: write7b, measure: run7b },
  { write: write7b, measure: run7bBrowserBehind },
  { write: sampleWorkspace, measure: measureSample },
  { write: writeMany, measure: measureMany },
  { write: sampleWorkspace, measure: open56 },
  { write: (folder: string) => writeLarge(folder, { blocks: 1429, size: 16 }), measure: open10000 },
];

main().catch((thrown: unknown) => {
  console.error(thrown);
  process.exitCode = 1;
});
