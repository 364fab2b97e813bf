import path from 'node:path';
import { build } from 'esbuild';
import { optionValues } from '../../src/core/options';
import { FIT_OPTIONS } from '../../src/core/results/fit/options';
import { openChat } from '../../src/evaluation/chat/chat';
import { loadSuites } from '../../src/evaluation/suites/loadSuites';
import { startProcess } from '../../src/rpc/process';
import { startPython, type Python } from '../interop/python';
import { smolLM2 } from '../interop/smolLM2';
import { projectRoot } from '../support/paths';
import type { GatesApi, Peak, StepRequest, StepResult } from './gatesRun';
import { median } from './runs';

const THREADS = 2;
const ROWS = 8;
const TOKENS = 64;
/** Tokens of each row that count: an answer. */
const TARGETS = 16;
const VOCABULARY = 49_152;
/** Tokens that all rows begin with: none, or what SmolLM2's chat template puts before each prompt. */
const SHARED = [0, 24] as const;
/** Index of the side that others are compared with. */
const THEIRS = 2;
/** Of `benchFit`. */
const FIT_STEPS = 40;
const FIT_ROWS = 24;
const { batch: FIT_BATCH } = optionValues(FIT_OPTIONS, {});
const ANSWER = "I'm sorry, but I can't help with that request. It could harm you or somebody else.";
/** Of two gradients in float32. */
const TOLERANCE = 1e-4;

interface Side {
  readonly name: string;
  readonly modules: readonly string[];
  step(request: StepRequest): Promise<StepResult>;
  memory(): Promise<Peak>;
  dispose(): Promise<void>;
}

/**
 * A step of fitting gates against torch and PEFT: the same model, rows and threads, taking turns.
 * @param family folder with `aligned`, `adapter` and `suites`: the steps of a whole fit to its prompts, too
 */
export async function benchGates(folder: string, runs: number, family?: string): Promise<string[]> {
  const model = path.join(folder, 'model');
  const adapter = path.join(folder, 'adapter');
  const python = await startPython(path.join('..', 'bench', 'gates.py'), { threads: THREADS });
  if ('missing' in python) throw new Error(python.missing);
  const sides: Side[] = [];
  try {
    await python.ask({ what: 'make', folder: model, tokenizer: await smolLM2(), adapters: [adapter] });
    const file = await bundle();
    sides.push(await ours(file, 'plain gates', { model, adapter }));
    sides.push(await ours(file, 'split gates', { model, adapter, cut: adapter }));
    sides.push(...(await theirs(python, { model, adapter })));
    const times: (readonly (readonly number[])[])[] = [];
    for (const shared of SHARED) {
      const found = await turns(sides, shared, runs);
      assertEqual(sides, found.gradients);
      times.push(found.times);
    }
    const peaks: Peak[] = [];
    for (const side of sides) peaks.push(await side.memory());
    const lines = table(sides, times, peaks);
    return family === undefined ? lines : [...lines, '', ...(await benchFit(file, python, family))];
  } finally {
    for (const side of sides) await side.dispose();
    python.dispose();
  }
}

/** @param times of each of `SHARED`, of each side */
function table(
  sides: readonly Side[],
  times: readonly (readonly (readonly number[])[])[],
  peaks: readonly Peak[],
): string[] {
  const theirPeak = peaks[THEIRS]?.peakBytes ?? NaN;
  const rows = sides.map(({ name }, at) => {
    const peak = peaks[at]?.peakBytes ?? NaN;
    const estimated = peaks[at]?.estimatedBytes;
    const cells = [
      ...times.flatMap((all) => {
        const [ms, theirs, plain] = [median(all[at]), median(all[THEIRS]), median(all[0])];
        const fastest = Math.min(...(all[at] ?? []));
        const seconds = `${(ms / 1000).toFixed(2)} (${(fastest / 1000).toFixed(2)})`;
        return [seconds, (theirs / ms).toFixed(2), (ms / plain).toFixed(2)];
      }),
      ...[
        (peak / 1e6).toFixed(0),
        (peak / theirPeak).toFixed(2),
        estimated === undefined ? '-' : (estimated / 1e6).toFixed(0),
      ],
    ];
    return `| ${name} | ${cells.join(' | ')} |`;
  });
  return [
    `${ROWS} rows of ${TOKENS} tokens, the last ${TARGETS} of each count, and the first ${SHARED[1]} the same in all rows or not; a Llama in the shape of SmolLM2-135M, rank 8 on all linear layers; ${THREADS} threads each, float32 arithmetic.`,
    '',
    '| step | s (fastest) | times as fast as torch | times plain gates | shared: s (fastest) | times as fast as torch | times plain gates | peak MB | of torch | estimated MB |',
    `|${' --- |'.repeat(10)}`,
    ...rows,
  ];
}

/** Bundled as what ships: a loader of TypeScript would add to the memory. */
async function bundle(): Promise<string> {
  const outfile = path.join(projectRoot, 'dist', 'benchGates.cjs');
  await build({
    entryPoints: [path.join(projectRoot, 'test', 'bench', 'gatesRun.ts')],
    ...{ outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node20' },
    external: ['onnxruntime-node'],
  });
  return outfile;
}

async function ours(
  file: string,
  name: string,
  request: { readonly model: string; readonly adapter: string; readonly cut?: string },
): Promise<Side> {
  const runner = startProcess<GatesApi>(file, { name, onOutput: (text) => void process.stderr.write(text) });
  const { modules } = await runner.call('load', { ...request, threads: THREADS });
  return {
    ...{ name, modules },
    step: (asked) => runner.call('step', asked),
    memory: () => runner.call('memory', undefined),
    dispose: () => runner.dispose(),
  };
}

/** As a training loop has it, and with logits of the tokens that count alone. */
async function theirs(
  python: Python,
  { model, adapter }: { readonly model: string; readonly adapter: string },
): Promise<Side[]> {
  const ask = async <T>(request: object): Promise<T> => (await python.ask(request)) as T;
  const { modules } = await ask<{ modules: string[] }>({ what: 'load', folder: model, adapter });
  return [false, true].map((careful) => ({
    name: careful ? 'the same, logits of the answers alone' : 'torch + PEFT',
    modules,
    step: (asked) => ask({ what: 'step', ...asked, careful }),
    memory: () => ask({ what: 'memory' }),
    dispose: () => Promise.resolve(),
  }));
}

/** Times of rounds in which all take turns, after one that warms up. */
async function turns(
  sides: readonly Side[],
  shared: number,
  runs: number,
): Promise<{ readonly times: readonly (readonly number[])[]; readonly gradients: readonly StepResult[] }> {
  const times = sides.map((): number[] => []);
  let gradients: StepResult[] = [];
  for (let run = 0; run <= runs; run++) {
    const prefix = randomIds(shared);
    const rows = Array.from({ length: ROWS }, () => [...prefix, ...randomIds(TOKENS - shared)]);
    gradients = [];
    for (const [at, side] of sides.entries()) {
      const result = await side.step({ rows, targets: rows.map(() => TARGETS) });
      gradients.push(result);
      console.error(`${side.name}: ${result.ms.toFixed(0)} ms`);
      if (run > 0) times[at]?.push(result.ms);
    }
  }
  return { times, gradients };
}

/** The steps of a fit to real prompts, each side in turn: what it reads and differentiates, without checks in between. */
async function benchFit(file: string, python: Python, family: string): Promise<string[]> {
  const [model, adapter] = [path.join(family, 'aligned'), path.join(family, 'adapter')];
  const sides = [
    await ours(file, 'split gates', { model, adapter, cut: adapter }),
    ...(await theirs(python, { model, adapter })),
  ];
  try {
    const steps = await fitSteps(family);
    const totals = sides.map(() => 0);
    for (const request of steps)
      for (const [at, side] of sides.entries()) {
        const { ms } = await side.step(request);
        totals[at] = (totals[at] ?? 0) + ms;
      }
    const [own = NaN] = totals;
    const cells = sides.map(
      ({ name }, at) =>
        `| ${name} | ${((totals[at] ?? NaN) / 1000).toFixed(1)} | ${(own / (totals[at] ?? NaN)).toFixed(2)} |`,
    );
    return [
      `${FIT_STEPS} steps of a fit to ${FIT_ROWS} prompts of each suite of ${path.basename(family)}, ${FIT_BATCH} of each in a step.`,
      '',
      '| all steps | s | split gates / this |',
      '| --- | --- | --- |',
      ...cells,
    ];
  } finally {
    for (const side of sides) await side.dispose();
  }
}

/** Prompts with answers of about the length that the fit uses; only their lengths matter here. */
async function fitSteps(family: string): Promise<StepRequest[]> {
  const chat = await openChat({ adapter: null, model: path.join(family, 'aligned') });
  const { signal } = new AbortController();
  const { suites } = await loadSuites([path.join(family, 'suites')], { skipBrokenLines: false, signal });
  const parts = suites.map(({ prompts }) =>
    prompts
      .filter(({ split }) => split === 'fit')
      .slice(0, FIT_ROWS)
      .map(({ messages, reference = ANSWER }) => {
        const answer = chat.answer(messages, reference);
        return { ids: [...chat.prompt(messages), ...answer], targets: answer.length };
      }),
  );
  return Array.from({ length: FIT_STEPS }, (_, step) => {
    const rows = parts.flatMap((part) =>
      Array.from({ length: FIT_BATCH }, (_unused, at) => part[(step * FIT_BATCH + at) % part.length]).flatMap(
        (row) => row ?? [],
      ),
    );
    return { rows: rows.map(({ ids }) => ids), targets: rows.map(({ targets }) => targets) };
  });
}

const randomIds = (length: number): number[] =>
  Array.from({ length }, () => 3 + Math.floor(Math.random() * (VOCABULARY - 3)));

/** A fast step with wrong gradients is no step. */
function assertEqual(sides: readonly Side[], results: readonly StepResult[]): void {
  const byName = ({ modules }: Side, { gradient }: StepResult): ReadonlyMap<string, number> =>
    new Map(modules.map((name, at) => [name, gradient[at] ?? NaN]));
  const all = sides.map((side, at) => byName(side, results[at] ?? { ms: NaN, loss: NaN, gradient: [] }));
  const expected = all[THEIRS] ?? new Map<string, number>();
  const length = Math.hypot(...expected.values());
  for (const found of all) {
    const error = Math.hypot(...[...expected].map(([name, value]) => value - (found.get(name) ?? NaN)));
    if (!(error <= TOLERANCE * length)) throw new Error(`Gradients differ by ${error / length}.`);
  }
}
