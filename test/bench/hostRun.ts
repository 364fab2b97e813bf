import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { PanelPage } from '../e2e/support/panelPage';
import { waitFor } from '../realhost/waiting';
import type { VsCodeWindow } from '../realhost/window';
import { EXTENSION } from '../support/packedExtension';
import { QV_7B } from './fixtures';
import { ms, print } from './print';

/** Rows and columns of a module: large enough that the run can be watched. */
export const RUN_SIZE = 2048;
/** After this a window has come to rest. */
export const REST_MS = 15_000;

export async function run224(window: VsCodeWindow): Promise<void> {
  await watchRun(window, `224 modules of ${String(RUN_SIZE)}²`);
}

export async function run7b(window: VsCodeWindow): Promise<void> {
  await watchRun(window, `${String(QV_7B.length)} modules of 4096²`);
}

/** The same with the browser giving way to the extension host, as one on another machine does. */
export async function run7bBrowserBehind(window: VsCodeWindow): Promise<void> {
  await putBrowserBehind();
  await watchRun(window, `${String(QV_7B.length)} modules of 4096², browser behind`);
}

/** Linux shares the processors out among sessions first ("autogroup"), and the browser is one. */
async function putBrowserBehind(): Promise<void> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    // Some end meanwhile.
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (command.includes('chromium'))
      await writeFile(`/proc/${pid}/autogroup`, String(ENGINE_NICE)).catch(() => undefined);
  }
}

/** As nice as the engine of a window. */
const ENGINE_NICE = constants.priority.PRIORITY_BELOW_NORMAL;

/** How long VS Code itself holds the extension host up while nobody does anything. */
async function atRest(window: VsCodeWindow): Promise<void> {
  await window.runCommand('Loop Monitor: Begin');
  await setTimeout(REST_MS);
  await window.runCommand('Loop Monitor: End');
  await printLoop(window, 'extension host at rest blocked: median, 99 %, longest');
}

/** Times of frames in the panel, while modules are measured and both cores are busy with them. */
async function watchRun(window: VsCodeWindow, what: string): Promise<void> {
  await atRest(window);
  await analyze(window);
  const panel = await PanelPage.of(window);
  await panel.frame.evaluate(COUNT_FRAMES);
  const begin = Date.now();
  await waitFor('the end of the run', async () => await isAnalyzed(window), {
    timeoutMs: 600_000,
  });
  const seconds = (Date.now() - begin) / 1000;
  const gaps = await panel.frame.evaluate<number[]>('stopFrames()');
  await window.runCommand('Loop Monitor: End');
  const mean = (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  const sorted = [...gaps].sort((x, y) => x - y);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  print(`${what}, ${seconds.toFixed(1)} s: frames`, `${mean.toFixed(0)} per second`);
  print(
    '  a frame takes: median, 95 %, 99 %, longest',
    [0.5, 0.95, 0.99, 1].map((share) => ms(at(share))).join(', '),
  );
  print('  share of seconds above 30 frames', `${(100 * share30(gaps)).toFixed(0)} %`);
  await printLoop(window, '  extension host blocked: median, 99 %, longest');
}

/** Prints what the loop monitor has reported, and takes the report away. */
export async function printLoop(window: VsCodeWindow, what: string): Promise<void> {
  const loop = await waitFor('the report of the loop monitor', () => readLoop(window));
  await rm(loopReport(window.server.folder));
  const own = loop.own.map(({ busy, code }) => `${ms(busy)} (${code})`).join('; ');
  print(what, `${[loop.median, loop.p99, loop.longest].map(ms).join(', ')}; computing: ${ms(loop.busiest)}`);
  print('  of it our code, at most', own === '' ? 'nothing' : own);
}

/**
 * By the inspector's button. A window's very first webview installs VS Code's service worker, which on a machine that
 * is busy then does not always come to its end (the page stays white, in VS Code itself): here it is done before.
 */
export async function analyze(window: VsCodeWindow): Promise<void> {
  await window.explorer.open('adapter/adapter_model.safetensors');
  const inspector = await window.webview(EXTENSION, '.tensors [role=row]');
  await window.runCommand('Loop Monitor: Begin');
  await inspector.getByRole('button', { name: 'Analyze' }).click();
}

export async function isAnalyzed(window: VsCodeWindow): Promise<boolean> {
  return (await window.statusBar()).some((text) => /stands? out/.test(text));
}

/** A string, for there is no DOM in these types. */
const COUNT_FRAMES = `{
  const gaps = [];
  let last = performance.now();
  let going = true;
  const frame = (now) => { gaps.push(now - last); last = now; if (going) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  window.stopFrames = () => { going = false; return gaps.slice(1); };
}`;

function share30(gaps: readonly number[]): number {
  const perSecond: number[] = [];
  let at = 0;
  for (const gap of gaps) {
    at += gap;
    const second = Math.floor(at / 1000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  // The last second is not a whole one.
  const whole = Array.from(perSecond, (count) => (count as number | undefined) ?? 0).slice(0, -1);
  return whole.length === 0 ? NaN : whole.filter((count) => count >= 30).length / whole.length;
}

/** Milliseconds. */
interface LoopReport {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  /** The most that the thread computed in one pause; the rest of it it waited for a processor. */
  readonly busiest: number;
  /** The longest stretches without a turn in which our code ran, by the profiler's samples, with where it was. */
  readonly own: readonly { readonly busy: number; readonly code: string }[];
}

export function loopReport(serverFolder: string): string {
  return path.join(serverFolder, 'loop.json');
}

/** The extension beside it writes the file, so its shape is not checked again. */
async function readLoop(window: VsCodeWindow): Promise<LoopReport | undefined> {
  const text = await readFile(loopReport(window.server.folder), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as LoopReport);
}
