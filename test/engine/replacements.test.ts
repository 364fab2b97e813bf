import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { quantile } from '../../src/core/ediem/quantile';
import type { AnalysisDocument, ModuleResult } from '../../src/core/report/analysis';
import type { ArithmeticDtype } from '../../src/core/safetensors/dtype';
import { widen } from '../../src/core/safetensors/widen';
import { peftPair } from '../support/adapterFixture';
import { OPTIONS, suiteEngine } from '../support/engine';
import { dot, multiply, transpose } from '../support/matrix';
import { randomTensor, writeRandomAdapter } from '../support/models';
import { safetensorsBytes, type TestTensor } from '../support/safetensorsBytes';
import { itInFolder } from '../support/temporaryFolder';
import { english } from '../support/english';

/** One weight as it is stored in both models and in the adapter's file. */
interface Whole {
  readonly name: string;
  readonly shape: readonly [number, number];
  readonly dtypes?: readonly [base: ArithmeticDtype, aligned: ArithmeticDtype, file: ArithmeticDtype];
  readonly transposed?: true;
  /** Key in the adapter's file. */
  readonly key?: string;
  /** Rows in which aligned differs from base; absent: all. */
  readonly rows?: number;
}

const WHOLE: readonly Whole[] = [
  { name: 'm.0.high.weight', shape: [24, 10], key: 'm.0.high.base_layer.weight' },
  { name: 'm.0.wide.weight', shape: [10, 24], dtypes: ['BF16', 'BF16', 'F32'] },
  { name: 'm.0.mixed.weight', shape: [12, 12], dtypes: ['F16', 'F64', 'BF16'] },
  { name: 'm.embed_tokens.weight', shape: [30, 8], transposed: true },
  { name: 'h.0.mlp.c_fc.weight', shape: [6, 18], transposed: true },
  // Of several blocks each, and of several parts of the matrix between.
  { name: 'lm_head.weight', shape: [300_000, 8], dtypes: ['BF16', 'BF16', 'BF16'] },
  { name: 'm.1.wide.weight', shape: [8, 300_000] },
  { name: 'm.1.square.weight', shape: [1500, 1500], rows: 4 },
];
const PAIRS = [0, 1, 2, 3].flatMap((layer) => peftPair(`l.${layer}.q`));
const CONFIG = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['q', 'high'] };

function numbersOf({ data, shape, dtype }: TestTensor): Float32Array {
  const values = new Float32Array(shape.reduce((all, size) => all * size, 1));
  widen(data ?? new Uint8Array(), dtype as ArithmeticDtype, values);
  return values;
}

/** The three tensors of a weight. */
function tensorsOf(
  { name, shape, dtypes, key, rows = shape[0] }: Whole,
  seed: number,
): readonly [TestTensor, TestTensor, TestTensor] {
  const [base, aligned, file] = dtypes ?? ['F32', 'F32', 'F32'];
  const before = randomTensor(name, shape, seed, base);
  const after = randomTensor(name, shape, rows === shape[0] ? seed + 50 : seed, aligned);
  if (rows < shape[0]) after.data?.set(randomTensor(name, [rows, shape[1]], seed + 50, aligned).data ?? []);
  return [before, after, randomTensor(`base_model.model.${key ?? name}`, shape, seed + 90, file)];
}

async function write(folder: string, tensors: readonly TestTensor[]): Promise<string> {
  await mkdir(folder);
  await writeFile(join(folder, 'model.safetensors'), safetensorsBytes(tensors));
  await writeFile(join(folder, 'config.json'), '{"tie_word_embeddings": false}');
  return folder;
}

/** `P = V Vᵀ dW / ‖V‖` and what follows, in double precision, by the definition. */
function naive(v: Float64Array, w: Float64Array, [m, n]: readonly [number, number]): Record<string, number> {
  const turned = transpose(v, m, n);
  const gram =
    m >= n
      ? multiply(turned, w, { rows: n, inner: m, columns: n })
      : multiply(v, turned, { rows: m, inner: n, columns: m });
  const p =
    m >= n
      ? multiply(v, gram, { rows: m, inner: n, columns: n })
      : multiply(gram, w, { rows: m, inner: m, columns: n });
  const vNorm = Math.sqrt(dot(v, v));
  for (let i = 0; i < p.length; i++) p[i] = (p[i] ?? 0) / vNorm;
  const difference = p.map((value, i) => value - (w[i] ?? 0));
  const [updateNorm, projectedNorm] = [Math.sqrt(dot(w, w)), Math.sqrt(dot(p, p))];
  return {
    vNorm,
    updateNorm,
    projectedNorm,
    distance: Math.sqrt(dot(difference, difference)),
    cosine: dot(p, w) / (updateNorm * projectedNorm),
    reversal: -dot(v, w) / vNorm,
    q1Projected: quantile(p, 0.25),
    q1Update: quantile(w, 0.25),
  };
}

/** `left - right` as `W`, which is stored on its side where `transposed`. */
function difference(left: TestTensor, right: TestTensor, transposed: boolean): Float64Array {
  const [a, b] = [numbersOf(left), numbersOf(right)];
  const [rows = 0, columns = 0] = left.shape;
  const stored = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) stored[i] = (a[i] ?? 0) - (b[i] ?? 0);
  return transposed ? transpose(stored, rows, columns) : stored;
}

describe('whole weights', () => {
  const engine = suiteEngine();
  const byName = (document: AnalysisDocument): ReadonlyMap<string, ModuleResult> =>
    new Map(document.modules.map((result) => [result.module, result]));

  itInFolder('are measured as the definition says, whatever their shape, layout and dtype', async (root) => {
    const all = WHOLE.map((one, seed) => ({ one, tensors: tensorsOf(one, seed + 1) }));
    const q = (seed: number): TestTensor[] =>
      [0, 1, 2, 3].map((layer) => randomTensor(`l.${layer}.q.weight`, [6, 4], seed + layer));
    const base = await write(join(root, 'base'), [...q(300), ...all.map(({ tensors }) => tensors[0])]);
    const aligned = await write(join(root, 'aligned'), [...q(400), ...all.map(({ tensors }) => tensors[1])]);
    const adapter = join(root, 'adapter');
    const tensors = [...PAIRS, ...peftPair('m.0.high', 24, 10)];
    await writeRandomAdapter(join(root, 'pairs'), { tensors, config: CONFIG });
    await writeRandomAdapter(adapter, {
      tensors: [...tensors, ...all.map((one) => one.tensors[2])],
      config: CONFIG,
    });
    const document = await engine.call('analyze', { adapter, base, aligned, options: OPTIONS });
    const results = byName(document);
    for (const {
      one,
      tensors: [before, after, file],
    } of all) {
      const [rows, columns] = one.shape;
      const shape = one.transposed === true ? ([columns, rows] as const) : one.shape;
      const v = difference(after, before, one.transposed === true);
      const w = difference(file, after, one.transposed === true);
      const result = results.get(one.name);
      assert.equal(result?.status, 'scored', one.name);
      assert.deepEqual([result.kind, result.shape, result.rank], ['replacement', shape, Math.min(...shape)]);
      for (const [score, value] of Object.entries(naive(v, w, shape))) {
        const got = result[score as 'distance'];
        const size =
          score === 'q1Projected' ? Math.abs(value) + 1e-6 * result.projectedNorm : Math.abs(value);
        assert.ok(Math.abs(got - value) <= 1e-5 * size, `${one.name} ${score}: ${got}, not ${value}`);
      }
    }
    const pairs = await engine.call('analyze', {
      adapter: join(root, 'pairs'),
      base,
      aligned,
      options: OPTIONS,
    });
    for (const result of pairs.modules) assert.deepEqual(results.get(result.module), result);
    const again = await engine.call('analyze', { adapter, base, aligned, options: OPTIONS });
    assert.deepEqual(again.modules, document.modules);
    assert.ok(again.timing.bytesRead < 10_000, 'measures are kept');
  });

  itInFolder(
    'that cannot be scored are listed with the reason, and those that change nothing',
    async (root) => {
      const q = [0, 1, 2, 3].map((layer) => `l.${layer}.q.weight`);
      const model = (seed: number): TestTensor[] => [
        ...q.map((name, at) => randomTensor(name, [6, 4], seed + at)),
        randomTensor('norm.weight', [10], seed + 20),
        randomTensor('conv.weight', [4, 3, 2], seed + 21),
        randomTensor('lm_head.weight', [6, 4], seed + 22),
        randomTensor('own.weight', [5, 4], seed + 23),
        randomTensor('same.weight', [5, 4], 7),
        randomTensor('nan.weight', [5, 4], seed + 24),
        randomTensor('int.weight', [5, 4], seed + 25),
      ];
      const base = await write(join(root, 'base'), model(100));
      const aligned = await write(join(root, 'aligned'), model(200));
      const key = (name: string): string => `base_model.model.${name}`;
      const nan = randomTensor(key('nan.weight'), [5, 4], 1);
      nan.data?.set(new Uint8Array(Float32Array.of(NaN).buffer));
      const adapter = join(root, 'adapter');
      const tensors = [
        ...PAIRS,
        randomTensor(key('norm.weight'), [10], 1),
        randomTensor(key('conv.weight'), [4, 3, 2], 1),
        randomTensor(key('lm_head.weight'), [7, 4], 1),
        randomTensor(key('own.weight'), [5, 4], 223),
        randomTensor(key('same.weight'), [5, 4], 1),
        nan,
        { name: key('int.weight'), shape: [5, 4], dtype: 'I64' } as const,
        randomTensor(key('nowhere.bias'), [5], 1),
        randomTensor(key('l.0.q.lora_B.bias'), [6], 1),
        randomTensor(key('l.1.q.weight'), [6, 4], 1),
      ];
      await writeRandomAdapter(adapter, { tensors, config: CONFIG });
      const document = await engine.call('analyze', { adapter, base, aligned, options: OPTIONS });
      const reasons = [...byName(document).values()]
        .filter(({ kind }) => kind === 'replacement')
        .map(
          (result) =>
            `${result.module} ${result.status} ${result.status === 'scored' ? '' : english(result.reason)}`,
        );
      const expected = [
        /^conv\.weight unsupported .*matrices only\. The change is ‖dW‖ = 0\.\d+\.$/,
        /^int\.weight unsupported .*I64/,
        /^lm_head\.weight unmatched Base: The module is \[7, 4\].*vocabularies differ/,
        /^nan\.weight unsupported .*in the file contains NaN/,
        /^norm\.weight unsupported .*matrices only\. The change is ‖dW‖ = 0\.\d+\.$/,
        /^nowhere\.bias unmatched Base: .*no tensor "nowhere\.bias"/,
        /^own\.weight inactive No change/,
        /^same\.weight unsupported .*identical here.* The change is ‖dW‖ = 0\.\d+\.$/,
      ];
      assert.equal(reasons.length, expected.length, reasons.join('\n'));
      expected.forEach((pattern, at) => assert.match(reasons[at] ?? '', pattern));
      assert.deepEqual(
        document.carried.map(({ tensor }) => tensor),
        [key('l.0.q.lora_B.bias'), key('l.1.q.weight')],
      );
    },
  );
});
