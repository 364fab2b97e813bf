import { statSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { startProcess } from '../../src/rpc/process';
import { PROMPTS } from '../interop/prompts';
import { startPython, type Python } from '../interop/python';
import { smolLM2 } from '../interop/smolLM2';
import { projectRoot } from '../support/paths';
import type { Generated, RunApi } from './evaluationRun';
import { median } from './runs';

const THREADS = 2;
const ROWS = 64;
const TOKENS = 48;
const ADAPTERS = 2;

interface Side {
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
    const ours: Side = {
      load: async () => (await runner.call('load', { model, adapters, threads: THREADS })).ms,
      generate: (tokens) => runner.call('generate', { prompts, tokens }),
      peakBytes: async () => (await runner.call('memory', undefined)).peakBytes,
    };
    const theirs = pythonSide(python, { folder: model, adapters, prompts });
    const weights = statSync(path.join(model, 'model.safetensors')).size;
    return await compare(ours, theirs, weights, runs);
  } finally {
    await runner.dispose();
    python.dispose();
  }
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
    load: async () => (await ask<{ ms: number }>({ what: 'load', folder, adapters })).ms,
    generate: (tokens) => ask<Generated>({ what: 'generate', prompts, tokens }),
    peakBytes: async () => (await ask<{ peakBytes: number }>({ what: 'memory' })).peakBytes,
  };
}

async function compare(ours: Side, theirs: Side, weights: number, runs: number): Promise<string[]> {
  const loads = [await ours.load(), await theirs.load()];
  const whole = await turns(ours, theirs, TOKENS, runs, ({ tokens, ms }) => (1000 * tokens) / ms);
  const prefill = await turns(ours, theirs, 1, runs, ({ read, ms }) => (1000 * read) / ms);
  const peaks = [await ours.peakBytes(), await theirs.peakBytes()];
  const rows: readonly (readonly [string, readonly (number | undefined)[], string])[] = [
    [`${ROWS} prompts x ${ADAPTERS + 1} variants, ${TOKENS} new tokens each: new tokens/s`, whole, ''],
    ['prompts alone (one new token each): prompt tokens/s', prefill, ''],
    ['load, s', loads.map((ms) => ms / 1000), ''],
    ['resident memory at its peak, times the weights as stored', peaks.map((bytes) => bytes / weights), ''],
  ];
  return [
    `Weights as stored: ${(weights / 1e6).toFixed(0)} MB, bfloat16; ${THREADS} threads each, float32 arithmetic.`,
    '',
    '| work | in-process runner | transformers + PEFT | ratio |',
    '| --- | --- | --- | --- |',
    ...rows.map(([name, [own = NaN, other = NaN]]) => {
      const figure = (value: number): string => value.toFixed(value < 100 ? 2 : 0);
      return `| ${name} | ${figure(own)} | ${figure(other)} | ${(own / other).toFixed(2)} |`;
    }),
  ];
}

/** Medians of rounds in which both take turns; the first of each warms up. */
async function turns(
  ours: Side,
  theirs: Side,
  tokens: number,
  runs: number,
  speed: (generated: Generated) => number,
): Promise<readonly [number, number]> {
  const [own, other]: [number[], number[]] = [[], []];
  for (let run = 0; run <= runs; run++) {
    const [mine, yours] = [speed(await ours.generate(tokens)), speed(await theirs.generate(tokens))];
    console.error(`${tokens} new tokens: ${mine.toFixed(0)} against ${yours.toFixed(0)} tokens/s`);
    if (run === 0) continue;
    own.push(mine);
    other.push(yours);
  }
  return [median(own), median(other)];
}
