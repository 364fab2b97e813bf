import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suiteEngine } from '../support/engine';
import { fixture, sample } from '../support/paths';
import { probesOf } from '../support/probes';
import { itInFolder } from '../support/temporaryFolder';

interface Figure {
  readonly norm: number;
  readonly probe: number;
}

interface GoldenModule {
  readonly project: Figure & { readonly cosine: number };
  readonly subspace: Figure;
  readonly extrapolate: Figure & { readonly energy: number };
}

const GOLDEN = JSON.parse(readFileSync(fixture('golden', 'methods-adapter-mixed.json'), 'utf8')) as {
  readonly modules: Readonly<Record<string, GoldenModule>>;
};

const REQUEST = {
  ...{ adapter: sample('adapter-mixed'), base: sample('base'), aligned: sample('aligned') },
  ...{ safety: fixture('adapter-safety'), modules: [], copyRest: false },
};
const ALL = Object.keys(GOLDEN.modules).length;

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
        for (const [module, golden] of Object.entries(GOLDEN.modules)) {
          const { norm, probe } = of(golden);
          const wanted = probe + (adds === true ? (before.get(module) ?? NaN) : 0);
          const error = Math.abs((probes.get(module) ?? NaN) - wanted) / norm;
          assert.ok(error <= tolerance, `${module}: off by ${error}`);
        }
      },
    );
  }

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
