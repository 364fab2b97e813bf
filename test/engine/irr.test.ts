import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteEngine } from '../support/engine';
import { readIndependently } from '../support/independentReader';
import { fixture } from '../support/paths';
import { probesOf } from '../support/probes';
import { itInFolder } from '../support/temporaryFolder';

const FAMILY = fixture('families', 'gpt2-conv1d');
/** As many as the inputs have: nothing is left out. */
const RANK = 64;
/** Of the largest probe: singular values below 0.0005 of the largest one are lost in float32. */
const TOLERANCE = 1e-3;

async function floatsOf(file: string): Promise<ReadonlyMap<string, Float32Array>> {
  const read = await readIndependently(readFileSync(file));
  return new Map(
    [...read.metadata.keys()].map((name) => [
      name,
      new Float32Array(Uint8Array.from(read.getTensor(name)).buffer),
    ]),
  );
}

interface Mask {
  readonly threshold: number;
  readonly zeros: 'keep' | 'remove';
}

/** `u' R w` of the update without the entries that the mask removes; weights are stored in x out. */
function maskedProbe(
  { a, b, scale }: { readonly a: Float32Array; readonly b: Float32Array; readonly scale: number },
  difference: Float32Array,
  { threshold, zeros }: Mask,
): number {
  const n = RANK;
  const rank = a.length / n;
  const m = b.length / rank;
  const limit = threshold * Math.sqrt(difference.reduce((sum, v) => sum + v * v, 0) / difference.length);
  let probe = 0;
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let value = 0;
      for (let k = 0; k < rank; k++) value += scale * (b[i * rank + k] ?? 0) * (a[k * n + j] ?? 0);
      const v = difference[j * m + i] ?? 0;
      const goes = v === 0 ? zeros === 'remove' : Math.abs(v) > limit && Math.sign(value) !== Math.sign(v);
      if (!goes) probe += Math.cos(0.1 * (i + 1)) * value * Math.sin(0.3 * (j + 1));
    }
  }
  return probe;
}

describe('irr of weights that are stored in x out', () => {
  const engine = suiteEngine();

  for (const mask of [
    { threshold: 0, zeros: 'keep' },
    { threshold: 0, zeros: 'remove' },
    { threshold: 1.5, zeros: 'keep' },
  ] as const) {
    itInFolder(`is the dense mask at full rank: ${JSON.stringify(mask)}`, async (folder) => {
      const adapter = join(FAMILY, 'adapter');
      const out = join(folder, 'out');
      await engine.call('repair', {
        ...{ adapter, method: 'irr', options: { ...mask, rank: RANK }, modules: [], copyRest: false, out },
        ...{ base: join(FAMILY, 'base'), aligned: join(FAMILY, 'aligned') },
      });
      const factors = await floatsOf(join(adapter, 'adapter_model.safetensors'));
      const base = await floatsOf(join(FAMILY, 'base/model.safetensors'));
      const aligned = await floatsOf(join(FAMILY, 'aligned/model.safetensors'));
      const { adapter: read } = await engine.call('inspect', { path: adapter });
      const [before, probes] = [await probesOf(adapter), await probesOf(out)];
      const largest = Math.max(...[...before.values()].map(Math.abs));
      for (const { module, scale } of read?.modules ?? []) {
        const named = (name: string): Float32Array =>
          factors.get(`base_model.model.${module}.lora_${name}.weight`) ?? new Float32Array();
        const weight = `${module.replace('transformer.', '')}.weight`;
        const other = base.get(weight) ?? new Float32Array();
        const difference = aligned.get(weight)?.map((value, at) => value - (other[at] ?? 0));
        assert.ok(difference !== undefined);
        const wanted = maskedProbe({ a: named('A'), b: named('B'), scale }, difference, mask);
        const error = Math.abs((probes.get(module) ?? NaN) - wanted);
        assert.ok(error <= TOLERANCE * largest, `${module}: off by ${error} of ${largest}`);
      }
    });
  }
});
