import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { inspect } from '../../src/engine/inspect';
import { repair } from '../../src/engine/repair';
import type { PruneMode } from '../../src/methods/prune/plan';
import type { InspectedAdapter, InspectResult } from '../../src/protocol/engineApi';
import { CONTEXT } from '../support/engine';
import { readIndependently } from '../support/independentReader';
import { fixture, itWithRealAdapters, sample, shared } from '../support/paths';
import { pruneRequest } from '../support/pruneRequest';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { words } from '../support/words';

/** Public adapters, which may not be here, and the families that are checked in; those that are refused are in the matrix. */
const ADAPTERS: readonly string[] = [
  ...words`bert-seqcls distilgpt2-pipeline gemma3-270m-logo gpt2-tigrinya mlx-qwen25-05b opt-125m-bf16
    t5-small-summarizer`.map((name) => shared('adapters', name)),
  ...['adapter-mixed', 'adapter-benign'].map((name) => sample(name)),
  ...['gpt2-conv1d', 'gqa-sharded', 'rank-pattern'].map((name) => fixture('families', name, 'adapter')),
];

async function inspected(path: string): Promise<InspectResult & { readonly adapter: InspectedAdapter }> {
  const result = await inspect({ path }, CONTEXT);
  assert.ok(result.adapter);
  return { ...result, adapter: result.adapter };
}

const moduleOf = (tensor: string): string =>
  tensor.replace(/^base_model\.model\./, '').replace(/\.(lora_[AB]\.weight|lora_[ab])$/, '');

interface Expectation {
  readonly mode: PruneMode;
  readonly gone: readonly string[];
}

/** Compares the written file with the original through a reader that shares no code with ours. */
async function compareFiles(before: Buffer, after: Buffer, { mode, gone }: Expectation): Promise<void> {
  const [original, written] = [await readIndependently(before), await readIndependently(after)];
  const names = [...original.metadata.keys()];
  const isGone = (tensor: string): boolean => gone.includes(moduleOf(tensor));
  const expected = mode === 'remove' ? names.filter((tensor) => !isGone(tensor)) : names;
  assert.deepEqual([...written.metadata.keys()].sort(), [...expected].sort());
  for (const tensor of expected) {
    const [one, other] = [original.metadata.get(tensor), written.metadata.get(tensor)];
    assert.deepEqual([other?.shape, other?.dtype], [one?.shape, one?.dtype]);
    const [bytes, kept] = [Buffer.from(original.getTensor(tensor)), Buffer.from(written.getTensor(tensor))];
    if (mode === 'zero' && isGone(tensor) && /lora_(B\.weight|b)$/.test(tensor))
      assert.ok(kept.every((byte) => byte === 0));
    else assert.ok(bytes.equals(kept), tensor);
  }
}

describe('pruning some modules by hand', () => {
  for (const adapter of ADAPTERS) {
    const test = adapter.startsWith(shared()) ? itWithRealAdapters : it;
    for (const mode of ['remove', 'zero'] as const) {
      test(`${adapter.split(sep).slice(-2).join('/')}: ${mode}; every kept tensor is bit-equal to another reader`, () =>
        inTemporaryFolder((folder) => prunes(adapter, mode, join(folder, 'pruned'))));
    }
  }
});

async function prunes(adapter: string, mode: PruneMode, out: string): Promise<void> {
  const original = await inspected(adapter);
  const names = original.adapter.modules.map(({ module }) => module);
  const replaced = original.adapter.replacements.map(({ module }) => module);
  const gone = names.filter((_, index) => index % 3 === 1);
  const before = readFileSync(original.path);
  const pruned = await repair(pruneRequest({ adapter, modules: gone, mode, out }), CONTEXT);
  const kept = names.filter((name) => !gone.includes(name));
  assert.deepEqual([pruned.changed, pruned.kept], [gone, [...kept, ...replaced]]);
  const after = readFileSync(pruned.files[0]?.path ?? '');
  assert.equal(after.length, pruned.bytesAfter);
  await compareFiles(before, after, { mode, gone });
  const again = await inspected(out);
  const left = mode === 'zero' ? names : kept;
  assert.deepEqual(
    again.adapter.modules.map(({ module, scale }) => [module, scale]),
    original.adapter.modules.flatMap(({ module, scale }) => (left.includes(module) ? [[module, scale]] : [])),
  );
  const record = JSON.parse(again.metadata['splora'] ?? '{}') as { removed?: string[]; source?: object };
  assert.deepEqual(record.removed, gone);
  const sha256 = createHash('sha256').update(before).digest('hex');
  assert.deepEqual(record.source, { file: basename(original.path), sha256 });
  assert.ok(readFileSync(original.path).equals(before));
}
