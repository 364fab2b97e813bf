import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Engine } from '../../src/engine/client';
import type { PruneRequest } from '../../src/protocol/engineApi';
import { startTestEngine } from '../support/engine';
import { sample } from '../support/paths';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { ask, pythonWith, type Python } from './python';

interface Compared {
  readonly warnings: readonly string[];
  readonly allocated: readonly string[];
  /** Largest difference of a logit: from the original with the pruned B zeroed, and that from the original itself. */
  readonly difference: number;
  readonly effect: number;
}

/** float32 sums in another order. */
const LOGIT_TOLERANCE = 1e-5;

describe('real loaders', () => {
  let engine: Engine;
  before(() => {
    engine = startTestEngine();
  });
  after(() => engine.dispose());

  const withPackages = (packages: readonly string[], tests: (executable: () => string) => void): void => {
    let python: Python = { missing: 'not asked yet' };
    before(async function () {
      this.timeout(900_000);
      python = await pythonWith(packages);
      if (!('missing' in python)) return;
      // Skipped by name: the reason stands beside every test that did not run.
      for (const test of this.test?.parent?.tests ?? []) test.title += ` [skipped: ${python.missing}]`;
      this.skip();
    });
    after(() => ('missing' in python ? undefined : python.dispose()));
    tests(() => ('missing' in python ? '' : python.executable));
  };

  describe('safetensors', () => {
    withPackages(['safetensors'], (executable) => {
      it('reads every kind of file that we write', async function () {
        this.timeout(120_000);
        await inTemporaryFolder(async (folder) => {
          const files = await everyKind(engine, folder);
          const answer = (await ask(executable(), { what: 'deserialize', files })) as {
            tensors: Record<string, string[]>;
          };
          for (const file of files) {
            const { tensors } = await engine.call('inspect', { path: file });
            assert.deepEqual(answer.tensors[file], tensors.map(({ name }) => name).sort());
          }
        });
      });
    });
  });

  describe('peft', () => {
    withPackages(['torch', 'peft', 'safetensors', 'transformers'], (executable) => {
      for (const kind of ['llama', 'gpt2'] as const) {
        for (const how of ['remove', 'zero', 'bake'] as const) {
          it(`loads what we wrote, with no warning, only kept modules and equal logits: ${kind}, ${how}`, async function () {
            this.timeout(300_000);
            await inTemporaryFolder((folder) => loadsAlike(engine, executable(), folder, kind, how));
          });
        }
      }
    });
  });
});

async function loadsAlike(
  engine: Engine,
  executable: string,
  folder: string,
  kind: 'llama' | 'gpt2',
  how: 'remove' | 'zero' | 'bake',
): Promise<void> {
  await ask(executable, { what: 'make', folder, kind });
  const adapter = join(folder, 'adapter');
  const { adapter: read } = await engine.call('inspect', { path: adapter });
  const names = read?.modules.map(({ module }) => module) ?? [];
  // Every third module goes, so that some of each kind stay.
  const removed = names.filter((_, index) => index % 3 === 0);
  const out = join(folder, 'pruned');
  const result = await engine.call('prune', {
    ...byHand(adapter, removed, out),
    mode: how === 'zero' ? 'zero' : 'remove',
    bakeScale: how === 'bake',
  });
  const check = await engine.call('check', { adapter: out, model: join(folder, 'model') });
  const answer = (await ask(executable, {
    what: 'compare',
    folder,
    original: adapter,
    pruned: out,
    removed,
  })) as Compared;
  assert.deepEqual(answer.warnings, []);
  assert.deepEqual(answer.allocated, [...(how === 'zero' ? names : result.kept)].sort());
  assert.ok(answer.difference <= LOGIT_TOLERANCE, `logits differ by ${answer.difference}`);
  assert.ok(answer.effect > 100 * LOGIT_TOLERANCE, `pruning changed logits by ${answer.effect} only`);
  const [peft] = check.loaders;
  assert.deepEqual([peft?.verdict, [...(peft?.attached ?? [])].sort()], ['loads', answer.allocated]);
}

const byHand = (adapter: string, modules: readonly string[], out: string): PruneRequest => ({
  adapter,
  modules,
  mode: 'remove',
  out,
  copyRest: false,
  provenance: { by: 'hand' },
});

async function everyKind(engine: Engine, folder: string): Promise<string[]> {
  const adapter = sample('adapter-mixed');
  const { adapter: read } = await engine.call('inspect', { path: adapter });
  const names = read?.modules.map(({ module }) => module) ?? [];
  const kinds: readonly Partial<PruneRequest>[] = [
    {},
    { mode: 'zero' },
    { bakeScale: true },
    { modules: names.slice(1) },
  ];
  const files: string[] = [];
  for (const [index, kind] of kinds.entries()) {
    const out = join(folder, String(index));
    await engine.call('prune', { ...byHand(adapter, names.slice(0, 2), out), ...kind });
    files.push(join(out, 'adapter_model.safetensors'));
  }
  return files;
}
