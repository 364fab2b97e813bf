import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { startProcess } from '../../src/rpc/process';
import { PROMPTS } from '../interop/prompts';
import { startPython, type Python } from '../interop/python';
import { smolLM2 } from '../interop/smolLM2';
import { projectRoot, sample } from '../support/paths';
import type { Generated, RunApi } from './evaluationRun';
import { median } from './runs';

const THREADS = 2;
const ROWS = 64;
const TOKENS = 48;
const ADAPTERS = 2;

interface Side {
  readonly name: string;
  load(): Promise<number>;
  generate(tokens: number): Promise<Generated>;
  peakBytes(): Promise<number>;
}

/** The in-process runner against transformers and PEFT: the same model, prompts, batch and threads, taking turns. */
export async function benchEvaluation(folder: string, runs: number): Promise<string[]> {
  const python = await startPython(path.join('..', 'bench', 'evaluation.py'), { threads: THREADS });
  if ('missing' in python) throw new Error(python.missing);
  const runner = startProcess<RunApi>(await bundle(), {
    name: 'runner',
    onOutput: (text) => void process.stderr.write(text),
  });
  try {
    const model = path.join(folder, 'model');
    const adapters = Array.from({ length: ADAPTERS }, (_, at) => path.join(folder, `adapter-${at}`));
    await python.ask({ what: 'make', folder: model, tokenizer: await smolLM2(), adapters });
    const prompts = PROMPTS.filter((_, at) => at % 3 < 2).slice(0, ROWS);
    let estimatedBytes = NaN;
    const ours: Side = {
      name: 'in-process runner',
      load: async () => {
        const asked = { prompts, tokens: TOKENS };
        const loaded = await runner.call('load', { model, adapters, threads: THREADS, asked });
        ({ estimatedBytes } = loaded);
        return loaded.ms;
      },
      generate: (tokens) => runner.call('generate', { prompts, tokens }),
      peakBytes: async () => (await runner.call('memory', undefined)).peakBytes,
    };
    const theirs = pythonSide(python, { folder: model, adapters, prompts });
    const weights = statSync(path.join(model, 'model.safetensors')).size;
    const { rows, peak } = await compare(ours, theirs, weights, runs);
    return [
      `Weights as stored: ${megabytes(weights)}, bfloat16; ${THREADS} threads each, float32 arithmetic.`,
      '',
      '| work | in-process runner | transformers + PEFT | ratio |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
      `- Memory of the in-process runner: ${megabytes(peak)} at its peak; estimated before: ${megabytes(estimatedBytes)}.`,
      `- The sample through the command line, cold (three suites, three variants): ${sampleSeconds(runs).toFixed(1)} s.`,
    ];
  } finally {
    await runner.dispose();
    python.dispose();
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** Median of several runs, start of both processes included. */
function sampleSeconds(runs: number): number {
  const args = ['measure', sample('adapter-mixed'), '--aligned', sample('aligned')];
  const more = [
    '--suite',
    sample('suites'),
    '--variant',
    'half=scale:0.5',
    '--threads',
    String(THREADS),
    '--quiet',
  ];
  const times = Array.from({ length: runs }, () => {
    const started = performance.now();
    execFileSync(process.execPath, [path.join(projectRoot, 'dist', 'cli.js'), ...args, ...more], {
      stdio: 'ignore',
    });
    return (performance.now() - started) / 1000;
  });
  return median(times);
}

/** Bundled as what ships: a loader of TypeScript would add to the memory. */
async function bundle(): Promise<string> {
  const outfile = path.join(projectRoot, 'dist', 'benchEvaluation.cjs');
  await build({
    entryPoints: [path.join(projectRoot, 'test', 'bench', 'evaluationRun.ts')],
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
    external: ['onnxruntime-node'],
  });
  return outfile;
}

function pythonSide(
  python: Python,
  { folder, adapters, prompts }: { folder: string; adapters: readonly string[]; prompts: readonly string[] },
): Side {
  const ask = async <T>(request: object): Promise<T> => (await python.ask(request)) as T;
  return {
    name: 'transformers + PEFT',
    load: async () => (await ask<{ ms: number }>({ what: 'load', folder, adapters })).ms,
    generate: (tokens) => ask<Generated>({ what: 'generate', prompts, tokens }),
    peakBytes: async () => (await ask<{ peakBytes: number }>({ what: 'memory' })).peakBytes,
  };
}

async function compare(
  ours: Side,
  theirs: Side,
  weights: number,
  runs: number,
): Promise<{ readonly rows: readonly string[]; readonly peak: number }> {
  const loads = [await ours.load(), await theirs.load()];
  const prefill = await turns(ours, theirs, 1, runs, ({ read, ms }) => (1000 * read) / ms);
  const whole = await turns(ours, theirs, TOKENS, runs, ({ tokens, ms }) => (1000 * tokens) / ms);
  const peaks = [await ours.peakBytes(), await theirs.peakBytes()];
  const rows: readonly (readonly [string, readonly (number | undefined)[]])[] = [
    [`${ROWS} prompts x ${ADAPTERS + 1} variants, ${TOKENS} new tokens each: new tokens/s`, whole],
    ['prompts alone (one new token each): prompt tokens/s', prefill],
    ['load, s', loads.map((ms) => ms / 1000)],
    ['resident memory at its peak, times the weights as stored', peaks.map((bytes) => bytes / weights)],
  ];
  return {
    peak: peaks[0] ?? NaN,
    rows: rows.map(([name, [own = NaN, other = NaN]]) => {
      const figure = (value: number): string => value.toFixed(value < 100 ? 2 : 0);
      return `| ${name} | ${figure(own)} | ${figure(other)} | ${(own / other).toFixed(2)} |`;
    }),
  };
}

/** Medians of rounds in which both take turns, after one of a single token that warms up. */
async function turns(
  ours: Side,
  theirs: Side,
  tokens: number,
  runs: number,
  speed: (generated: Generated) => number,
): Promise<readonly [number, number]> {
  const timed = async (side: Side): Promise<number> => {
    const found = speed(await side.generate(tokens));
    console.error(`${side.name}, ${tokens} new tokens: ${found.toFixed(0)} tokens/s`);
    return found;
  };
  const [own, other]: [number[], number[]] = [[], []];
  for (const side of [ours, theirs]) await side.generate(1);
  for (let run = 0; run < runs; run++) {
    own.push(await timed(ours));
    other.push(await timed(theirs));
  }
  return [median(own), median(other)];
}
