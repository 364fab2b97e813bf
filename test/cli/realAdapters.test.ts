import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { readIndependently } from '../support/independentReader';
import { describeWithRealAdapters, shared } from '../support/paths';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { cli } from './runCli';

/** Public adapters as their authors left them, and the file that holds their weights. */
const ADAPTERS: readonly [string, string][] = [
  ['bert-seqcls', 'adapter_model.safetensors'],
  ['distilgpt2-pipeline', 'adapter_model.safetensors'],
  ['gemma3-270m-logo', 'adapter_model.safetensors'],
  ['gpt2-tigrinya', 'adapter_model.safetensors'],
  ['mlx-qwen25-05b', 'adapters.safetensors'],
  ['opt-125m-bf16', 'adapter_model.safetensors'],
  ['t5-small-summarizer', 'adapter_model.safetensors'],
];

interface Inspected {
  readonly adapter: { readonly modules: readonly { readonly module: string }[] };
}

interface Written {
  readonly out: string;
  readonly removed: readonly string[];
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, out, err } = await cli(...args, '--json');
  assert.equal(code, 0, err);
  return JSON.parse(out) as T;
}

describeWithRealAdapters('real adapters, pruned by hand without any model', () => {
  for (const [name, file] of ADAPTERS) {
    it(`${name}: an independent reader finds every kept tensor bit-equal`, async () => {
      const adapter = shared('adapters', name);
      await inTemporaryFolder(async (folder) => {
        const { modules } = (await json<Inspected>('inspect', adapter)).adapter;
        const gone = [modules[0], modules.at(-1)].flatMap((one) => (one === undefined ? [] : [one.module]));
        const pins = gone.flatMap((module) => ['--pin-prune', module]);
        const written = await json<Written>(
          'prune',
          adapter,
          ...pins,
          '--quiet',
          '--out',
          path.join(folder, 'out'),
        );
        assert.deepEqual([...written.removed].sort(), [...gone].sort());
        const before = await readIndependently(await readFile(path.join(adapter, file)));
        const after = await readIndependently(await readFile(path.join(written.out, file)));
        const [all, kept] = [[...before.metadata.keys()], [...after.metadata.keys()]];
        assert.equal(all.length - kept.length, 2 * gone.length);
        for (const tensor of kept) {
          const [old, now] = [before.metadata.get(tensor), after.metadata.get(tensor)];
          assert.deepEqual([now?.dtype, now?.shape], [old?.dtype, old?.shape], tensor);
          assert.ok(Buffer.from(after.getTensor(tensor)).equals(before.getTensor(tensor)), tensor);
        }
        const again = await json<Inspected>('inspect', written.out);
        assert.equal(again.adapter.modules.length, modules.length - gone.length);
      });
    });
  }
});
