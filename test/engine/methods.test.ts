import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inspect } from '../../src/engine/inspect';
import { repair } from '../../src/engine/repair';
import { METHODS } from '../../src/methods';
import type { RepairRequest } from '../../src/protocol/engineApi';
import { readIndependently } from '../support/independentReader';
import { fixture, sample } from '../support/paths';
import { rejection } from '../support/rejection';
import { itInFolder } from '../support/temporaryFolder';

const CONTEXT = { signal: new AbortController().signal, emit: () => undefined };
const ADAPTERS = [
  sample('adapter-mixed'),
  ...['gpt2-conv1d', 'gqa-sharded', 'rank-pattern'].map((family) => fixture(`families/${family}/adapter`)),
];

async function requestFor(method: (typeof METHODS)[number], adapter: string): Promise<RepairRequest> {
  const { adapter: read } = await inspect({ path: adapter }, CONTEXT);
  const names = read?.modules.map(({ module }) => module) ?? [];
  const modules = method.needs.includes('selection') ? names.filter((_, index) => index % 3 === 0) : [];
  return { adapter, method: method.id, options: {}, modules, copyRest: false };
}

/** What must hold for every method; a method adds tests of its own maths beside it. */
for (const method of METHODS) {
  describe(`method ${method.id}`, () => {
    it('has a default for every option, and takes no other options', async () => {
      for (const [name, option] of Object.entries(method.options))
        assert.ok(option.accepts(option.default), name);
      const request = await requestFor(method, sample('adapter-mixed'));
      await rejection(repair({ ...request, options: { 'no such option': 1 } }, CONTEXT), 'bad-request');
    });

    for (const adapter of ADAPTERS) {
      itInFolder(
        `writes ${basename(join(adapter, '..'))}: other tensors byte for byte, an adapter, provenance`,
        async (folder) => {
          const request = { ...(await requestFor(method, adapter)), out: join(folder, 'out') };
          const result = await repair(request, CONTEXT);
          const [file] = result.files;
          assert.ok(file !== undefined && result.changed.length > 0);
          // One after the other: the reader keeps state of its own.
          const before = await readIndependently(readFileSync(join(adapter, basename(file.path))));
          const after = await readIndependently(readFileSync(file.path));
          const changed = (tensor: string): boolean =>
            result.changed.some((module) => tensor.includes(`${module}.`));
          for (const tensor of before.metadata.keys()) {
            if (changed(tensor)) continue;
            assert.ok(
              Buffer.from(before.getTensor(tensor)).equals(Buffer.from(after.getTensor(tensor))),
              tensor,
            );
          }
          const again = await inspect({ path: result.out }, CONTEXT);
          assert.equal(again.adapter?.family, 'peft');
          const record = JSON.parse(again.metadata['splora'] ?? '{}') as { method?: string; source?: object };
          assert.equal(record.method, method.id);
          assert.ok(record.source !== undefined);
        },
      );
    }

    itInFolder('leaves nothing behind if it is cancelled', async (folder) => {
      await cp(sample('adapter-mixed'), join(folder, 'adapter'), { recursive: true });
      const abort = new AbortController();
      const request = await requestFor(method, join(folder, 'adapter'));
      const running = repair(request, { signal: abort.signal, emit: () => abort.abort() });
      await rejection(running, 'cancelled');
      assert.deepEqual(await readdir(folder), ['adapter']);
    });
  });
}
