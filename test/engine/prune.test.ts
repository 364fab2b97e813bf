import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repair as repairWith } from '../../src/engine/repair';
import { StepCache } from '../../src/engine/stepCache';
import { WorkerPool } from '../../src/engine/workers/pool';
import type { ProgressEvent, RepairRequest, RepairResult } from '../../src/protocol/engineApi';
import type { CallContext } from '../../src/rpc/channel';
import { CONTEXT } from '../support/engine';
import { pruneRequest, type PruneRequest } from '../support/pruneRequest';
import { peftPair, writeAdapter } from '../support/adapterFixture';
import { rejection } from '../support/rejection';
import { inTemporaryFolder, itInFolder } from '../support/temporaryFolder';

const repair = (given: RepairRequest, context: CallContext<ProgressEvent>): Promise<RepairResult> =>
  repairWith(given, context, { pool: new WorkerPool(), steps: new StepCache() });
const request = (adapter: string, more: Partial<PruneRequest> = {}): RepairRequest =>
  pruneRequest({ adapter, modules: ['h.0.q'], ...more });
const TENSORS = [0, 1, 2].flatMap((layer) => peftPair(`h.${layer}.q`));

describe('prune', () => {
  itInFolder('writes beside the original, then under the next free name', async (root) => {
    const folder = join(root, 'mine');
    await writeAdapter(folder, TENSORS, { r: 2, target_modules: ['q'] });
    await writeFile(join(folder, 'README.md'), 'read me');
    const first = await repair(request(folder), CONTEXT);
    const second = await repair(request(folder, { copyRest: true }), CONTEXT);
    assert.deepEqual([first.out, second.out], [join(root, 'mine-splora'), join(root, 'mine-splora-2')]);
    assert.deepEqual((await readdir(first.out)).sort(), ['adapter_config.json', 'adapter_model.safetensors']);
    assert.deepEqual(
      second.files.map(({ path }) => path),
      ['adapter_model.safetensors', 'adapter_config.json', 'README.md'].map((name) => join(second.out, name)),
    );
    const config = JSON.parse(await readFile(join(first.out, 'adapter_config.json'), 'utf8')) as {
      target_modules: string[];
    };
    assert.deepEqual(config.target_modules, ['h.1.q', 'h.2.q']);
    assert.ok(first.bytesAfter > 0 && first.bytesBefore > 0);
    assert.deepEqual((await readdir(root)).sort(), ['mine', 'mine-splora', 'mine-splora-2']);
  });

  it('keeps the permissions of the originals', async function () {
    if (process.platform === 'win32') this.skip();
    await inTemporaryFolder(async (root) => {
      const folder = join(root, 'mine');
      await writeAdapter(folder, TENSORS, { r: 2 });
      await writeFile(join(folder, 'README.md'), 'read me');
      const modes = { 'adapter_model.safetensors': 0o600, 'adapter_config.json': 0o640, 'README.md': 0o604 };
      for (const [name, mode] of Object.entries(modes)) await chmod(join(folder, name), mode);
      await chmod(folder, 0o750);
      const { out } = await repair(request(folder, { copyRest: true }), CONTEXT);
      const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
      for (const [name, mode] of Object.entries(modes))
        assert.equal(await modeOf(join(out, name)), mode, name);
      assert.equal(await modeOf(out), 0o750);
    });
  });

  itInFolder('writes over nothing, and leaves nothing behind when it is refused', async (root) => {
    const folder = join(root, 'mine');
    await writeAdapter(folder, TENSORS, { r: 2 });
    await rejection(repair(request(folder, { out: folder }), CONTEXT), 'output-exists');
    await rejection(repair(request(folder, { modules: ['h.7.q'] }), CONTEXT), 'bad-request');
    await rejection(repair(request(folder), { ...CONTEXT, signal: AbortSignal.abort() }), 'cancelled');
    assert.deepEqual(await readdir(root), ['mine']);
  });

  itInFolder('may write into the folder it reads, without copying its own output', async (root) => {
    const folder = join(root, 'mine');
    await writeAdapter(folder, TENSORS, { r: 2 });
    const { files } = await repair(request(folder, { out: join(folder, 'pruned'), copyRest: true }), CONTEXT);
    assert.equal(files.length, 2);
  });

  itInFolder('tells progress to the last byte', async (root) => {
    const events: ProgressEvent[] = [];
    await writeAdapter(join(root, 'mine'), TENSORS, { r: 2 });
    const result = await repair(request(join(root, 'mine')), {
      ...CONTEXT,
      emit: (event) => events.push(event),
    });
    const last = events.at(-1);
    assert.deepEqual(
      [last?.bytesDone, last?.bytesTotal, last?.modulesDone],
      [result.bytesAfter, result.bytesAfter, 1],
    );
  });

  itInFolder('can prune what it has pruned, and keeps the earlier record', async (root) => {
    await writeAdapter(join(root, 'mine'), TENSORS, { r: 2, target_modules: ['q'] });
    const first = await repair(request(join(root, 'mine')), CONTEXT);
    const second = await repair(request(first.out, { modules: ['h.1.q'] }), CONTEXT);
    assert.deepEqual(second.kept, ['h.2.q']);
    assert.match((await readFile(second.files[0]?.path ?? '')).toString('latin1'), /previous.*h\.0\.q/);
  });
});
