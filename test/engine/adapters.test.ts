import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from '../../src/engine/inspect';
import { prune } from '../../src/engine/prune';
import { formatError, toErrorData } from '../../src/core/errors';
import type { InspectResult, PruneMode } from '../../src/protocol/engineApi';
import { readIndependently } from '../support/independentReader';
import { describeWithRealAdapters, shared } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';
import { CONTEXT } from '../support/engine';

/** Public adapters and the given families: `family modules replacements carried`, or the sentence that declines them. */
const EXPECTED: ReadonlyMap<string, RegExp> = new Map([
  ['adapters/bert-seqcls', /^peft 24 2 0$/],
  ['adapters/distilgpt2-pipeline', /^peft 6 0 0$/],
  [
    'adapters/edge-dora-config-only',
    /^The folder holds adapter_config\.json but no weights .*Download the weights file too/,
  ],
  ['adapters/edge-gliner-lfs-pointer', /^The file is a Git LFS pointer.*git lfs pull/],
  ['adapters/edge-qwen25-vl-truncated', /^Not a valid safetensors file.*cut off/],
  ['adapters/edge-sam-custom-keys', /^This is a LoRA with names of its own .*Convert it to PEFT names/],
  ['adapters/gemma3-270m-logo', /^peft 36 0 0$/],
  ['adapters/gpt2-tigrinya', /^peft 36 0 0$/],
  ['adapters/mlx-qwen25-05b', /^mlx 8 0 0$/],
  ['adapters/opt-125m-bf16', /^peft 24 0 0$/],
  ['adapters/sd-unet-bf16', /^This is a diffusers LoRA of an image model.*E-DIEM needs/],
  ['adapters/t5-small-summarizer', /^peft 36 0 0$/],
  ['tiny/adapter-mixed', /^peft 56 0 0$/],
  ['tiny/adapter-benign', /^peft 56 0 0$/],
  ['families/gpt2-conv1d/adapter', /^peft 10 0 0$/],
  ['families/gqa-sharded/adapter', /^peft 42 0 0$/],
  ['families/rank-pattern/adapter', /^peft 20 0 0$/],
]);

async function outcome(path: string): Promise<{ text: string; result?: InspectResult }> {
  try {
    const result = await inspect({ path }, CONTEXT);
    const { adapter, declined } = result;
    if (adapter === null) return { text: declined === null ? '' : formatError(declined) };
    const counts = [adapter.family, adapter.modules, adapter.replacements, adapter.carried].map((part) =>
      typeof part === 'string' ? part : part.length,
    );
    return { text: counts.join(' '), result };
  } catch (error) {
    return { text: formatError(toErrorData(error)) };
  }
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

describeWithRealAdapters('public adapters', () => {
  for (const [path, expected] of EXPECTED) {
    it(`${path} is inspected, or refused in one sentence`, async () => {
      const { text } = await outcome(shared(path));
      assert.match(text, expected);
      assert.ok(!text.includes('\n') && !text.includes('This is a bug'));
    });

    if (!/^\^(peft|mlx)/.test(expected.source)) continue;
    for (const mode of ['remove', 'zero'] as const) {
      itInFolder(`${path}: ${mode} some modules by hand; every kept tensor is bit-equal`, async (folder) => {
        const { result } = await outcome(shared(path));
        const names = result?.adapter?.modules.map(({ module }) => module) ?? [];
        const replaced = result?.adapter?.replacements.map(({ module }) => module) ?? [];
        const gone = names.filter((_, index) => index % 3 === 1);
        const weights = result?.path ?? '';
        const before = readFileSync(weights);
        const out = join(folder, 'pruned');
        const request = {
          adapter: shared(path),
          modules: gone,
          mode,
          out,
          copyRest: false,
          provenance: { by: 'hand' },
        } as const;
        const pruned = await prune(request, CONTEXT);
        assert.deepEqual(
          [pruned.removed, pruned.kept],
          [gone, [...names.filter((name) => !gone.includes(name)), ...replaced]],
        );
        const after = readFileSync(pruned.files[0]?.path ?? '');
        assert.equal(after.length, pruned.bytesAfter);
        await compareFiles(before, after, { mode, gone });
        const again = await outcome(out);
        const left = again.result?.adapter?.modules.map(({ module, scale }) => [module, scale]);
        const modules = result?.adapter?.modules.filter(
          ({ module }) => mode === 'zero' || !gone.includes(module),
        );
        assert.deepEqual(
          left,
          modules?.map(({ module, scale }) => [module, scale]),
        );
        const record = JSON.parse(again.result?.metadata['splora'] ?? '{}') as {
          removed?: string[];
          source?: { sha256: string };
        };
        assert.deepEqual(record.removed, gone);
        assert.equal(record.source?.sha256, createHash('sha256').update(before).digest('hex'));
        assert.ok(readFileSync(weights).equals(before));
      });
    }
  }
});
