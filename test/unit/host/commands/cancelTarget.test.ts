import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseCall } from '../../../../src/host/commands/call';
import { cancelTarget as find, type CancelTarget } from '../../../../src/host/commands/cancelTarget';

const cancelTarget = (args: readonly unknown[], running: readonly string[]): Promise<CancelTarget> =>
  find(parseCall(args, undefined), running);

describe('what Cancel is about', () => {
  let folder: string;
  const weights = (name: string): string => path.join(folder, name, 'adapter_model.safetensors');

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'splora-cancel-'));
    for (const name of ['one', 'two']) {
      await mkdir(path.join(folder, name));
      await writeFile(weights(name), '');
      await writeFile(path.join(folder, name, 'adapter_config.json'), '{}');
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('is the adapter that was pointed at by its key, its config or its folder', async () => {
    const adapter = weights('one');
    for (const place of [adapter, path.join(folder, 'one', 'adapter_config.json'), path.join(folder, 'one')])
      assert.deepEqual(await cancelTarget([place], [weights('two'), adapter]), { kind: 'running', adapter });
  });

  it('is never another adapter than the one that was pointed at', async () => {
    for (const place of [weights('one'), { fsPath: path.join(folder, 'one') }]) {
      const target = await cancelTarget([place], [weights('two')]);
      assert.deepEqual(target, { kind: 'idle', adapter: weights('one') });
    }
  });

  it('is everything where nothing was pointed at', async () => {
    for (const args of [[], [undefined]])
      assert.deepEqual(await cancelTarget(args, [weights('one'), weights('two')]), { kind: 'all' });
  });

  it('is unclear where a button lost its row, unless only one adapter is running', async () => {
    const lost = [undefined, [undefined]];
    assert.deepEqual(await cancelTarget(lost, [weights('one'), weights('two')]), { kind: 'unclear' });
    assert.deepEqual(await cancelTarget(lost, [weights('one')]), { kind: 'all' });
  });

  it('is still a run whose file is gone', async () => {
    const adapter = path.join(folder, 'gone', 'adapter_model.safetensors');
    assert.deepEqual(await cancelTarget([adapter], [adapter]), { kind: 'running', adapter });
  });
});
