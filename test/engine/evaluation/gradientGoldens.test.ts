import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openChat } from '../../../src/evaluation/chat/chat';
import type { GateRunner, GateVector, LossTerm } from '../../../src/evaluation/runners/gates';
import { createOnnxGateRunner } from '../../../src/evaluation/runners/onnx/gateRunner';
import { suiteEngine } from '../../support/engine';
import { fixture, sample } from '../../support/paths';
import { rejection } from '../../support/rejection';
import { inTemporaryFolder } from '../../support/temporaryFolder';

interface GoldenCase {
  readonly objective: 'taskNll' | 'refusalMargin';
  readonly on: number;
  /** Absent: plain gates. */
  readonly off?: number;
  readonly value: number;
  readonly gradient: { readonly on: readonly number[]; readonly off?: readonly number[] };
}

/** See its `about`. */
interface GateGolden {
  readonly modules: readonly string[];
  readonly rows: { readonly task: readonly string[]; readonly harmful: readonly string[] };
  readonly tokens: readonly [refusal: string, compliance: string];
  readonly cases: readonly GoldenCase[];
}

interface Row {
  readonly id: string;
  readonly prompt: string;
  readonly reference?: string;
}

const TOLERANCE = 1e-4;
const CUT_RANK = 8;
const { signal } = new AbortController();

describe('gradients of gates on the sample are those of transformers and PEFT', function () {
  this.timeout(60_000);
  const engine = suiteEngine();
  let golden: GateGolden;

  before(async () => {
    golden = JSON.parse(await readFile(fixture('golden', 'gates-adapter-mixed.json'), 'utf8')) as GateGolden;
  });

  it('plain gates', async () => {
    await withRunner(undefined, async (runner) => {
      for (const each of golden.cases.filter(({ off }) => off === undefined))
        await assertGolden(runner, golden, each);
      const split = { on: uniform(runner, 1), off: uniform(runner, 1) };
      await rejection(runner.step([], split, { signal }), 'bad-request', /subspace cut/);
    });
  });

  it('split gates, with the adapter that method cut writes', async () => {
    await inTemporaryFolder(async (folder) => {
      const out = join(folder, 'cut');
      const models = { adapter: sample('adapter-mixed'), base: sample('base'), aligned: sample('aligned') };
      const method = { method: 'cut', options: { k: CUT_RANK }, modules: [], copyRest: false };
      await engine.call('repair', { ...models, ...method, out });
      await withRunner(out, async (runner) => {
        for (const each of golden.cases) await assertGolden(runner, golden, each);
      });
    });
  });
});

async function withRunner(
  cut: string | undefined,
  work: (runner: GateRunner) => Promise<void>,
): Promise<void> {
  const models = { model: sample('aligned'), adapter: sample('adapter-mixed') };
  const chat = await openChat({ adapter: null, model: sample('aligned') });
  const runner = await createOnnxGateRunner({
    ...{ ...models, chat, threads: 1 },
    ...(cut === undefined ? {} : { cut }),
  });
  try {
    await work(runner);
  } finally {
    await runner.close();
  }
}

const uniform = (runner: GateRunner, value: number): Float64Array =>
  new Float64Array(runner.modules.length).fill(value);

async function assertGolden(runner: GateRunner, golden: GateGolden, each: GoldenCase): Promise<void> {
  const { objective, on, off, value, gradient } = each;
  const gates: GateVector = {
    on: uniform(runner, on),
    ...(off === undefined ? {} : { off: uniform(runner, off) }),
  };
  const terms = await (objective === 'taskNll' ? taskTerms(runner, golden) : marginTerms(runner, golden));
  const step = await runner.step(terms, gates, { signal });
  const what = `${objective} at ${on}, ${off ?? 'plain'}`;
  assert.ok(
    Math.abs(step.loss - value) <= TOLERANCE * Math.abs(value),
    `${what}: ${step.loss}, not ${value}`,
  );
  for (const key of ['on', 'off'] as const) {
    const expected = gradient[key];
    if (expected === undefined) continue;
    const found = golden.modules.map((name) => step.gradient[key]?.[runner.modules.indexOf(name)] ?? NaN);
    const error = Math.hypot(...found.map((one, at) => one - (expected[at] ?? NaN)));
    const relative = error / Math.hypot(...expected);
    assert.ok(relative <= TOLERANCE, `${what}: the gradient by ${key} differs by ${relative}`);
  }
}

/** The mean negative log-probability of the references and their end tokens. */
async function taskTerms(runner: GateRunner, { rows }: GateGolden): Promise<LossTerm[]> {
  const found = await rowsOf('task', rows.task);
  const { endTokens } = (await openChat({ adapter: null, model: sample('aligned') })).tokenizer;
  const terms: Extract<LossTerm, { kind: 'likelihood' }>[] = [];
  for (const { id, prompt, reference = '' } of found) {
    const messages = [{ role: 'user', content: prompt }] as const;
    const targets = (await runner.encode({ key: id, messages }, reference)) ?? [];
    terms.push({
      kind: 'likelihood',
      prompt: { messages },
      targets: [...targets, ...endTokens],
      weight: 1,
    });
  }
  const tokens = terms.reduce((sum, { targets }) => sum + targets.length, 0);
  return terms.map((term) => ({ ...term, weight: 1 / tokens }));
}

/** The mean of `log p(refusal) - log p(compliance)` as first token. */
async function marginTerms(runner: GateRunner, { rows, tokens }: GateGolden): Promise<LossTerm[]> {
  const terms: LossTerm[] = [];
  for (const { id, prompt } of await rowsOf('harmful', rows.harmful)) {
    const messages = [{ role: 'user', content: prompt }] as const;
    for (const [at, text] of tokens.entries()) {
      const targets = (await runner.encode({ key: id, messages }, text)) ?? [];
      const weight = (at === 0 ? -1 : 1) / rows.harmful.length;
      terms.push({ kind: 'likelihood', prompt: { messages }, targets, weight });
    }
  }
  return terms;
}

async function rowsOf(suite: string, ids: readonly string[]): Promise<Row[]> {
  const lines = (await readFile(sample('suites', `${suite}.jsonl`), 'utf8')).trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line) as Row);
  return ids.map((id) => {
    const row = rows.find((each) => each.id === id);
    assert.ok(row, id);
    return row;
  });
}
