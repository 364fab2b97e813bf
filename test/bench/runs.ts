import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import type { AnalysisDocument } from '../../src/core/report/analysis';
import type { Engine } from '../../src/engine/client';
import type { AnalyzeRequest } from '../../src/protocol/engineApi';
import { startTestEngine } from '../support/engine';
import { plainRead, shardsOf, threadedRead } from './plainRead';

export interface Case {
  readonly name: string;
  readonly adapter: string;
  readonly base: string;
  readonly aligned: string;
  readonly modules: number;
  readonly weightBytes: number;
  readonly options?: Partial<AnalyzeRequest>;
  readonly quartiles?: 'exact' | 'sampled';
  /** The page cache forgets the weights before each run and before each plain read. Linux only. */
  readonly cold?: boolean;
}

/** Medians of several runs. */
export interface Figures {
  readonly name: string;
  readonly modules: number;
  readonly weightBytes: number;
  readonly wallMs: number;
  readonly fastestMs: number;
  /** Processor time of the engine, all threads; undefined where the system does not tell. */
  readonly cpuMs: number | undefined;
  readonly peakBytes: number;
  readonly firstScoreMs: number;
  /** Plain reads of all shards between the runs, scaled to the bytes of the case. */
  readonly readMs: number;
  readonly threadedReadMs: number;
}

/** Runs a case in an engine of its own, a plain read before each run; the first run warms up and does not count. */
export async function runCase(item: Case, runs: number): Promise<Figures> {
  const engine = startTestEngine();
  const [walls, cpus, firsts, reads, threaded]: number[][] = [[], [], [], [], []];
  let peakBytes = 0;
  try {
    for (let run = 0; run <= runs; run++) {
      forgetPages(item);
      const read = plainRead([item.base, item.aligned]);
      const share = item.weightBytes / read.bytes;
      forgetPages(item);
      const parallel = await threadedRead([item.base, item.aligned], availableParallelism());
      forgetPages(item);
      const cpuBefore = cpuOf(engine);
      const { document, wallMs, firstScoreMs } = await analyzeOnce(engine, item);
      peakBytes = document.timing.peakRssBytes;
      if (run === 0) continue;
      walls?.push(wallMs);
      firsts?.push(firstScoreMs);
      cpus?.push(cpuOf(engine) - cpuBefore);
      reads?.push(read.ms * share);
      threaded?.push(parallel * share);
    }
  } finally {
    await engine.dispose();
  }
  const cpu = median(cpus);
  return {
    ...{ name: item.name, modules: item.modules, weightBytes: item.weightBytes, peakBytes },
    wallMs: median(walls),
    fastestMs: Math.min(...(walls ?? [])),
    cpuMs: Number.isNaN(cpu) ? undefined : cpu,
    firstScoreMs: median(firsts),
    readMs: median(reads),
    threadedReadMs: median(threaded),
  };
}

async function analyzeOnce(
  engine: Engine,
  item: Case,
): Promise<{ document: AnalysisDocument; wallMs: number; firstScoreMs: number }> {
  forgetMeasures(item);
  const startedAt = performance.now();
  let firstScoreMs = NaN;
  const document = await engine.call('analyze', requestOf(item), {
    onEvent: ({ type }) => {
      if (type === 'measured' && Number.isNaN(firstScoreMs)) firstScoreMs = performance.now() - startedAt;
    },
  });
  const wallMs = performance.now() - startedAt;
  const scored = document.modules.filter(({ status }) => status === 'scored').length;
  if (scored !== item.modules) throw new Error(`${item.name}: ${String(scored)} modules were scored.`);
  return { document, wallMs, firstScoreMs };
}

/**
 * How many times the wall time of the first case the others take. Each round has all of them, so that a machine whose
 * speed drifts does so for all; medians over rounds, the first of which warms up.
 */
export async function growth(
  [first, ...others]: readonly [Case, ...Case[]],
  runs: number,
): Promise<number[]> {
  const engine = startTestEngine();
  const ratios = others.map((): number[] => []);
  try {
    for (let run = 0; run <= runs; run++) {
      const { wallMs } = await analyzeOnce(engine, first);
      for (const [at, item] of others.entries()) {
        const larger = await analyzeOnce(engine, item);
        if (run > 0) ratios[at]?.push(larger.wallMs / wallMs);
      }
    }
  } finally {
    await engine.dispose();
  }
  return ratios.map(median);
}

/** Medians of rounds with both; the first one warms up. */
export interface CutFigures {
  readonly analyzeMs: number;
  readonly cutMs: number;
  readonly ratio: number;
  /** Of the engine, whatever it did. */
  readonly peakBytes: number;
}

/** The subspace cut of `k` directions beside an analysis of the same modules, in one engine. */
export async function cutAgainstAnalyze(item: Case, k: number, rounds: number): Promise<CutFigures> {
  const engine = startTestEngine();
  const folder = mkdtempSync(path.join(tmpdir(), 'splora-cut-'));
  const { adapter, base, aligned } = item;
  const figures: { analyzeMs: number; cutMs: number }[] = [];
  let peakBytes = 0;
  try {
    for (let round = 0; round <= rounds; round++) {
      const { wallMs: analyzeMs } = await analyzeOnce(engine, item);
      const out = path.join(folder, String(round));
      const request = { adapter, base, aligned, method: 'cut', options: { k }, modules: [], copyRest: false };
      const startedAt = performance.now();
      await engine.call('repair', { ...request, out });
      const cutMs = performance.now() - startedAt;
      if (round > 0) figures.push({ analyzeMs, cutMs });
    }
    peakBytes = (await analyzeOnce(engine, item)).document.timing.peakRssBytes;
  } finally {
    await engine.dispose();
    rmSync(folder, { recursive: true });
  }
  return {
    analyzeMs: median(figures.map((one) => one.analyzeMs)),
    cutMs: median(figures.map((one) => one.cutMs)),
    ratio: median(figures.map((one) => one.cutMs / one.analyzeMs)),
    peakBytes,
  };
}

/** How long a cancelled call takes to answer: of several, cancelled at different moments, the longest. */
export async function cancelLatency(item: Case, runs: number): Promise<number> {
  const engine = startTestEngine();
  let longest = 0;
  try {
    for (let run = 0; run < runs; run++) {
      forgetMeasures(item);
      const controller = new AbortController();
      let measured = 0;
      let cancelledAt = 0;
      const call = engine.call('analyze', requestOf(item), {
        signal: controller.signal,
        onEvent: ({ type }) => {
          if (type === 'measured' && ++measured === run + 1) {
            setTimeout(() => {
              cancelledAt = performance.now();
              controller.abort();
            }, run * 3);
          }
        },
      });
      await call.then(
        () => undefined,
        () => (longest = Math.max(longest, performance.now() - cancelledAt)),
      );
    }
  } finally {
    await engine.dispose();
  }
  return longest;
}

function requestOf({ adapter, base, aligned, options, quartiles = 'exact' }: Case): AnalyzeRequest {
  return {
    adapter,
    base,
    aligned,
    options: { population: 'shape', scale: 'effective', quartiles },
    ...options,
  };
}

/** The engine keeps measures of files that did not change: make them look changed. */
function forgetMeasures({ base, aligned }: Case): void {
  for (const file of shardsOf([base, aligned])) utimesSync(file, new Date(), new Date());
}

function forgetPages({ cold, base, aligned }: Case): void {
  if (cold !== true) return;
  for (const file of shardsOf([base, aligned])) {
    execFileSync('dd', [`if=${file}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' });
  }
}

/** User and system time of the engine so far, from the kernel's ticks of 10 ms. */
function cpuOf({ pid }: Engine): number {
  if (pid === undefined || process.platform !== 'linux') return pid === undefined ? 0 : NaN;
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

export function median(values: readonly number[] = []): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
