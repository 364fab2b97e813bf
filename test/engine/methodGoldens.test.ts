import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { METHODS } from '../../src/methods';
import { suiteEngine } from '../support/engine';
import { fixture, sample } from '../support/paths';
import { probesOf } from '../support/probes';
import { rejection } from '../support/rejection';
import { itInFolder } from '../support/temporaryFolder';

interface Figure {
  readonly norm: number;
  readonly probe: number;
}

interface GoldenModule {
  readonly project: Figure & { readonly cosine: number };
  readonly subspace: Figure;
  readonly extrapolate: Figure & { readonly energy: number };
  readonly fuse: Figure;
  readonly fuseRank4Error: number;
  readonly fuseLinear: Figure;
  readonly fuseLinearError: number;
  readonly negation: Figure;
  readonly merge: Figure & { readonly belowThreshold: boolean };
  readonly irr: { readonly rank8Error: number; readonly keptNorm: number };
}

const GOLDEN = JSON.parse(readFileSync(fixture('golden', 'methods-adapter-mixed.json'), 'utf8')) as {
  readonly modules: Readonly<Record<string, GoldenModule>>;
};

const REQUEST = {
  ...{ adapter: sample('adapter-mixed'), base: sample('base'), aligned: sample('aligned') },
  ...{ safety: fixture('adapter-safety'), modules: [], copyRest: false },
};
const MODULES = Object.entries(GOLDEN.modules);
const ALL = MODULES.length;
/** What is given here. */
const REPEATED: ReadonlySet<string> = new Set(['base', 'aligned', 'safety']);

/** What each method writes for the sample, in every module; `tolerance`: of the norm, float32 products and the rounded file. */
const CASES: readonly {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly of: (module: GoldenModule) => Figure;
  /** To the update as it was. */
  readonly adds?: true;
  readonly tolerance: number;
}[] = [
  { method: 'project', options: { modules: ALL }, of: ({ project }) => project, tolerance: 1e-6 },
  {
    method: 'project',
    options: { modules: ALL, projector: 'subspace', k: 8 },
    of: ({ subspace }) => subspace,
    tolerance: 1e-5,
  },
  {
    method: 'extrapolate',
    options: { write: 'alone' },
    of: ({ extrapolate }) => extrapolate,
    tolerance: 1e-6,
  },
  {
    method: 'extrapolate',
    options: {},
    of: ({ extrapolate }) => extrapolate,
    adds: true,
    tolerance: 1e-6,
  },
  {
    method: 'add-vector',
    options: { strength: 1.25, k: 6 },
    of: ({ extrapolate }) => extrapolate,
    adds: true,
    tolerance: 1e-6,
  },
  { method: 'fuse', options: {}, of: ({ fuse }) => fuse, tolerance: 1e-6 },
  { method: 'fuse', options: { type: 'svd', rank: 8 }, of: ({ fuse }) => fuse, tolerance: 1e-6 },
  { method: 'fuse', options: { type: 'linear' }, of: ({ fuseLinear }) => fuseLinear, tolerance: 1e-6 },
  {
    method: 'fuse',
    options: { taskWeight: 1, safetyWeight: -1 },
    of: ({ negation }) => negation,
    tolerance: 1e-6,
  },
];

describe('methods on the sample', () => {
  const engine = suiteEngine();

  for (const { method, options, of, adds, tolerance } of CASES) {
    itInFolder(
      `${method} ${JSON.stringify(options)} has the golden update in every module`,
      async (folder) => {
        const out = join(folder, 'out');
        const { changed } = await engine.call('repair', { ...REQUEST, method, options, out });
        assert.deepEqual([...changed].sort(), Object.keys(GOLDEN.modules).sort());
        const [before, probes] = [await probesOf(sample('adapter-mixed')), await probesOf(out)];
        for (const [module, golden] of MODULES) {
          const { norm, probe } = of(golden);
          const wanted = probe + (adds === true ? (before.get(module) ?? NaN) : 0);
          const error = Math.abs((probes.get(module) ?? NaN) - wanted) / norm;
          assert.ok(error <= tolerance, `${module}: off by ${error}`);
        }
      },
    );
  }

  itInFolder('merge changes the modules below the cosine, and pads the others', async (folder) => {
    const out = join(folder, 'out');
    const { changed } = await engine.call('repair', { ...REQUEST, method: 'merge', options: {}, out });
    const below = MODULES.filter(([, { merge }]) => merge.belowThreshold);
    assert.deepEqual([...changed].sort(), below.map(([name]) => name).sort());
    const probes = await probesOf(out);
    for (const [name, { merge }] of MODULES)
      assert.ok(Math.abs((probes.get(name) ?? NaN) - merge.probe) <= 1e-6 * merge.norm, name);
  });

  itInFolder('writes the same bytes again', async (folder) => {
    for (const { id } of METHODS.filter((one) => one.needs.every((need) => REPEATED.has(need)))) {
      const files: Buffer[] = [];
      for (const turn of ['one', 'two']) {
        const request = { ...REQUEST, method: id, options: {}, out: join(folder, `${id}-${turn}`) };
        const { files: written } = await engine.call('repair', request);
        files.push(readFileSync(written[0]?.path ?? ''));
      }
      assert.ok(files[0]?.equals(files[1] ?? Buffer.alloc(0)), id);
    }
  });

  const errors: readonly [string, Readonly<Record<string, unknown>>, (module: GoldenModule) => number][] = [
    ['fuse', { type: 'svd', rank: 4 }, ({ fuse, fuseRank4Error }) => fuseRank4Error / fuse.norm],
    ['fuse', { type: 'linear' }, ({ fuseLinearError }) => fuseLinearError],
    ['irr', { rank: 8 }, ({ irr }) => irr.rank8Error],
  ];
  for (const [method, options, of] of errors) {
    itInFolder(`${method} ${JSON.stringify(options)} names its largest error`, async (folder) => {
      const out = join(folder, 'out');
      await engine.call('repair', { ...REQUEST, method, options, out });
      const { metadata } = await engine.call('inspect', { path: out });
      const { compressionError = 0 } = JSON.parse(metadata['splora'] ?? '{}') as {
        compressionError?: number;
      };
      const largest = Math.max(...MODULES.map(([, module]) => of(module)));
      assert.equal(compressionError, Number(largest.toPrecision(3)));
    });
  }

  itInFolder('fuse adds the modules that only the safety adapter has', async (folder) => {
    const [adapter, out] = [join(folder, 'pruned'), join(folder, 'out')];
    const gone = MODULES.slice(0, 3).map(([name]) => name);
    const prune = { ...REQUEST, method: 'prune', options: {}, modules: gone, out: adapter };
    await engine.call('repair', prune);
    await engine.call('repair', { ...REQUEST, adapter, method: 'fuse', options: {}, out });
    const [probes, safe] = [await probesOf(out), await probesOf(REQUEST.safety)];
    assert.equal(probes.size, ALL);
    for (const [name, { fuse }] of MODULES) {
      const wanted = gone.includes(name) ? 0.4 * (safe.get(name) ?? NaN) : fuse.probe;
      assert.ok(Math.abs((probes.get(name) ?? NaN) - wanted) <= 1e-6 * fuse.norm, name);
    }
    const { loaders } = await engine.call('check', { adapter: out, model: sample('aligned') });
    assert.deepEqual(
      loaders.map(({ verdict }) => verdict),
      loaders.map(() => 'same'),
    );
  });

  itInFolder('names the safety adapter in the file, and asks for it', async (folder) => {
    const out = join(folder, 'out');
    await engine.call('repair', { ...REQUEST, method: 'fuse', options: {}, out });
    const { metadata } = await engine.call('inspect', { path: out });
    const { safety } = JSON.parse(metadata['splora'] ?? '{}') as { safety?: object };
    const sha256 = createHash('sha256')
      .update(readFileSync(join(REQUEST.safety, 'adapter_model.safetensors')))
      .digest('hex');
    assert.deepEqual(safety, { file: 'adapter_model.safetensors', sha256 });
    const { safety: _safety, ...without } = { ...REQUEST, method: 'fuse', options: {} };
    await rejection(engine.call('repair', without), 'bad-request', /needs a safety adapter/);
  });

  itInFolder('project takes the modules with the smallest cosines', async (folder) => {
    const cosines = Object.entries(GOLDEN.modules).map(
      ([name, { project }]) => [project.cosine, name] as const,
    );
    const smallest = cosines.toSorted(([x], [y]) => x - y).slice(0, 10);
    const request = { ...REQUEST, method: 'project', out: join(folder, 'out') };
    const { changed, kept } = await engine.call('repair', { ...request, options: {} });
    assert.deepEqual([...changed].sort(), smallest.map(([, name]) => name).sort());
    assert.equal(changed.length + kept.length, ALL);
    const limit = smallest[4]?.[0] ?? NaN;
    const again = await engine.call('repair', {
      ...{ ...request, options: { by: 'cosine', cosine: limit + 1e-6 } },
      out: join(folder, 'again'),
    });
    assert.equal(again.changed.length, 5);
  });
});
