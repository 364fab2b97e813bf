import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteEngine } from '../support/engine';
import { fixture, sample } from '../support/paths';
import { probesOf } from '../support/probes';
import { rejection } from '../support/rejection';
import { itInFolder } from '../support/temporaryFolder';

interface Golden {
  /** `‖dW_off‖`. */
  readonly norm: number;
  readonly probe: number;
  readonly inputOnlyProbe: number;
  readonly outputOnlyProbe: number;
}

/** Of the norm: float32 products, and singular values as close as 0.3 %. */
const TOLERANCE = 1e-5;
const REQUEST = {
  ...{ adapter: sample('adapter-mixed'), base: sample('base'), aligned: sample('aligned'), method: 'cut' },
  ...{ modules: [], copyRest: false },
};

describe('cut of the sample', () => {
  const engine = suiteEngine();
  const golden = JSON.parse(readFileSync(fixture('golden', 'cut-adapter-mixed.json'), 'utf8')) as {
    readonly cut: Readonly<Record<string, Golden>>;
  };

  for (const [side, probe] of [
    ['both', 'probe'],
    ['input', 'inputOnlyProbe'],
    ['output', 'outputOnlyProbe'],
  ] as const) {
    itInFolder(`has the golden update in every module: ${side}`, async (folder) => {
      const out = join(folder, 'cut');
      const { changed } = await engine.call('repair', { ...REQUEST, options: { k: 8, side }, out });
      assert.deepEqual([...changed].sort(), Object.keys(golden.cut).sort());
      const probes = await probesOf(out);
      for (const [module, expected] of Object.entries(golden.cut)) {
        const error = Math.abs((probes.get(module) ?? NaN) - expected[probe]);
        assert.ok(error <= TOLERANCE * expected.norm, `${module}: off by ${error}`);
      }
    });
  }

  itInFolder('writes the same bytes again, and names the models in the file', async (folder) => {
    const outs = [join(folder, 'one'), join(folder, 'two')];
    const files: Buffer[] = [];
    for (const out of outs) {
      const { files: written } = await engine.call('repair', { ...REQUEST, options: { k: 2 }, out });
      files.push(readFileSync(written[0]?.path ?? ''));
    }
    assert.ok(files[0]?.equals(files[1] ?? Buffer.alloc(0)));
    const { metadata } = await engine.call('inspect', { path: outs[0] ?? '' });
    const record = JSON.parse(metadata['splora'] ?? '{}') as Readonly<Record<string, unknown>>;
    const { k, side, keep, rest, base, aligned } = record;
    assert.deepEqual(
      { k, side, keep, rest, base, aligned },
      { k: 2, side: 'both', keep: 0, rest: 1, base: 'base', aligned: 'aligned' },
    );
  });

  itInFolder('refuses models that are the same', async (folder) => {
    const request = { ...REQUEST, options: {}, aligned: sample('base'), out: join(folder, 'out') };
    await rejection(engine.call('repair', request), 'wrong-models');
  });
});
