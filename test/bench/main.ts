// npm run bench [-- --runs 5 --only 7b|70b|cut|many|evaluation|gates|repair --keep FOLDER --model FOLDER]: makes its fixtures in
// a temporary folder (8 GB), measures, prints one table and writes it into RESULTS.md. `many` (560 modules, 19 GB), `evaluation`,
// `gates` (need the Python of the interop tests) and `repair` run only when they are named. `--model`: a family of a real model for
// `gates` and `repair`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchEvaluation } from './evaluation';
import { benchGates } from './gates';
import { BLOCK_70B, makeAdapter, makeModels, MANY, QV_7B, type Weight } from './fixtures';
import { benchRepair } from './repair';
import { publishedModule } from './published';
import { cancelLatency, cutAgainstAnalyze, growth, runCase, type Case, type Figures } from './runs';

const RESULTS = path.join(import.meta.dirname, 'RESULTS.md');

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    only: { type: 'string' },
    keep: { type: 'string' },
    model: { type: 'string' },
  },
});
const runs = Number(flags.runs);
/** For what takes long and decides nothing. */
const fewRuns = Math.min(3, runs);

/** Take long, or need more than this checkout. */
const ONLY_BY_NAME = new Set(['many', 'evaluation', 'gates', 'repair']);

void main();

async function main(): Promise<void> {
  const folder = flags.keep ?? mkdtempSync(path.join(tmpdir(), 'splora-bench-'));
  try {
    for (const [name, bench] of [
      ['7b', bench7b],
      ['70b', bench70b],
      ['cut', benchCut],
      ['many', benchMany],
      ['evaluation', (own: string) => benchEvaluation(own, fewRuns)],
      ['gates', (own: string) => benchGates(own, runs, flags.model)],
      ['repair', () => benchRepair(flags.model, fewRuns)],
    ] as const) {
      if (flags.only === name || (flags.only === undefined && !ONLY_BY_NAME.has(name)))
        report(name, await bench(path.join(folder, name)));
    }
  } finally {
    if (flags.keep === undefined) rmSync(folder, { recursive: true });
  }
}

/** Prints a part and puts it between its marks in RESULTS.md. */
function report(part: string, lines: readonly string[]): void {
  const text = [machine(part), '', ...lines].join('\n');
  console.log(text);
  const [begin, end] = [`<!-- ${part} -->`, `<!-- /${part} -->`];
  const [before = '', rest = ''] = readFileSync(RESULTS, 'utf8').split(begin);
  writeFileSync(RESULTS, `${before}${begin}\n\n${text}\n\n${end}${rest.split(end)[1] ?? ''}`);
}

/** Measures a case, and says so at once. */
async function measured(figures: Figures[], item: Case, count: number): Promise<void> {
  figures.push(await runCase(item, count));
  console.error(table(figures).at(-1));
}

async function bench7b(folder: string): Promise<string[]> {
  const models = makeModels(folder, QV_7B);
  const item = caseMaker(folder, models, QV_7B);
  const figures: Figures[] = [];
  const eight = item('7B q,v, rank 8', 8);
  await measured(figures, eight, runs);
  await measured(figures, { ...eight, name: '7B q,v, rank 8, sampled', quartiles: 'sampled' }, fewRuns);
  await measured(figures, { ...eight, name: '7B q,v, rank 8, 1 thread', options: { threads: 1 } }, fewRuns);
  if (process.platform === 'linux') {
    await measured(figures, { ...item('7B q,v, rank 8, cold', 8, 16), cold: true }, runs);
  }
  const sixteen = item('7B q,v, rank 8, 16', 8, 16);
  const thirtyTwo = item('7B q,v, rank 8, 32', 8, 32);
  for (const fewer of [sixteen, thirtyTwo]) await measured(figures, fewer, runs);
  const [twice = NaN, fourTimes = NaN] = await growth([sixteen, thirtyTwo, eight], 2 * runs + 1);
  for (const rank of [64, 256])
    await measured(figures, item(`7B q,v, rank ${String(rank)}, 16`, rank, 16), fewRuns);
  for (const rank of [16, 32]) {
    for (const products of ['kernels', 'onnx'] as const) {
      const one = item(`7B q,v, rank ${String(rank)}, 16, ${products}`, rank, 16);
      await measured(figures, { ...one, options: { products } }, fewRuns);
    }
  }
  const published = await publishedModule(4096, 8);
  const cancelMs = await cancelLatency(eight, 12);
  const [whole] = figures;
  return [
    ...table(figures),
    '',
    `- Published algorithm, one module of 4096 x 4096: ${seconds(published)}; 64 modules: ${seconds(64 * published)}, ` +
      `that is ${((64 * published) / (whole?.wallMs ?? NaN)).toFixed(0)} times the engine's time.`,
    `- Growth of the wall time: twice the modules (32 instead of 16) take ${twice.toFixed(2)} times as long, ` +
      `four times (64) ${fourTimes.toFixed(2)}; medians of ${String(2 * runs + 1)} rounds with all three.`,
    `- First score after ${(whole?.firstScoreMs ?? NaN).toFixed(0)} ms; cancel obeyed after at most ${cancelMs.toFixed(0)} ms (of 12).`,
  ];
}

async function bench70b(folder: string): Promise<string[]> {
  const models = makeModels(folder, BLOCK_70B);
  const item = caseMaker(folder, models, BLOCK_70B);
  const figures: Figures[] = [];
  for (const rank of [8, 64, 256]) {
    await measured(figures, item(`70B block, all linear, rank ${String(rank)}`, rank), fewRuns);
  }
  return table(figures);
}

/** The subspace cut of twelve modules of 4096 x 4096, k = 16. Their difference is noise: nothing in it stands out. */
async function benchCut(folder: string): Promise<string[]> {
  const weights = QV_7B.slice(0, 12);
  const item = caseMaker(folder, makeModels(folder, weights), weights);
  const rows: string[] = [];
  for (const rank of [8, 16]) {
    const { analyzeMs, cutMs, ratio, peakBytes } = await cutAgainstAnalyze(item('cut', rank), 16, runs);
    const cells = [
      String(rank),
      seconds(analyzeMs),
      seconds(cutMs),
      ratio.toFixed(2),
      (peakBytes / 1e6).toFixed(0),
    ];
    rows.push(`| ${cells.join(' | ')} |`);
  }
  return ['| rank | analyze | cut | cut / analyze | peak MB |', '| --- | --- | --- | --- | --- |', ...rows];
}

/** One run: memory does not depend on luck, and 38 GB do not fit into the page cache. */
async function benchMany(folder: string): Promise<string[]> {
  const models = makeModels(folder, MANY, { sparse: true });
  const figures: Figures[] = [];
  await measured(figures, caseMaker(folder, models, MANY)('560 modules, rank 8', 8), 1);
  return table(figures);
}

function caseMaker(
  folder: string,
  models: { base: string; aligned: string },
  weights: readonly Weight[],
): (name: string, rank: number, count?: number) => Case {
  return (name, rank, count = weights.length) => {
    const part = weights.slice(0, count);
    const adapter = makeAdapter(path.join(folder, `adapter-${String(rank)}-${String(count)}`), part, rank);
    const weightBytes = 4 * part.reduce((sum, { shape: [m, n] }) => sum + m * n, 0);
    return { name, adapter, ...models, modules: count, weightBytes };
  };
}

function table(figures: readonly Figures[]): string[] {
  return [
    '| run | modules | GB | wall s (fastest) | GB/s | cpu s | peak MB | plain read s: 1 thread, all | wall / read: 1 thread, all | per module ms | first score ms |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...figures.map((figure) => {
      const { name, modules, weightBytes, wallMs, fastestMs, cpuMs, peakBytes, readMs, threadedReadMs } =
        figure;
      const cells = [
        ...[name, String(modules), (weightBytes / 1e9).toFixed(2)],
        `${(wallMs / 1000).toFixed(2)} (${(fastestMs / 1000).toFixed(2)})`,
        (weightBytes / wallMs / 1e6).toFixed(2),
        cpuMs === undefined ? '-' : (cpuMs / 1000).toFixed(2),
        (peakBytes / 1e6).toFixed(0),
        `${(readMs / 1000).toFixed(2)}, ${(threadedReadMs / 1000).toFixed(2)}`,
        `${(wallMs / readMs).toFixed(1)}, ${(wallMs / threadedReadMs).toFixed(1)}`,
        (wallMs / modules).toFixed(1),
        figure.firstScoreMs.toFixed(0),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ];
}

function machine(part: string): string {
  const [cpu] = cpus();
  const medians =
    part === 'evaluation'
      ? `Medians of ${String(fewRuns)} runs`
      : part === 'gates'
        ? `Medians of ${String(runs)} runs`
        : `Medians of ${String(runs)} runs (${String(fewRuns)} at ranks above 8 and for 70B)`;
  const memory = `${(totalmem() / 1e9).toFixed(0)} GB`;
  return `${cpu?.model ?? 'unknown'}, ${String(availableParallelism())} cores, ${memory}, ${process.platform} ${process.arch}, Node ${process.version}. ${medians}, page cache warm.`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
