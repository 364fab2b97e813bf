import assert from 'node:assert/strict';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyRestInto, listRest } from '../../../src/io/folderRest';
import { rejection } from '../../support/rejection';
import { itInFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';
import { words } from '../../support/words';

const NEVER = new AbortController().signal;

describe('folderRest', () => {
  itInFolder(
    'lists tokenizer, README and the like; no weights, states, folders, hidden files or links out',
    async (root) => {
      const folder = join(root, 'a');
      await mkdir(join(folder, 'checkpoint-3'), { recursive: true });
      for (const name of words`
        README.md tokenizer.json adapter_model.safetensors Adapter_Config.json adapter_model.bin
        optimizer.pt rng_state.pth training_args.bin trainer_state.json .gitattributes
      `) {
        await writeFile(join(folder, name), name);
      }
      await writeFile(join(root, 'secret'), 'x');
      await symlink('../secret', join(folder, 'link-out.txt'));
      await symlink('nowhere', join(folder, 'broken.txt'));
      await symlink('README.md', join(folder, 'link-in.txt'));
      await symlink('checkpoint-3', join(folder, 'link-folder'));
      const { names, notes } = await listRest(folder, ['adapter_model.safetensors', 'adapter_config.json']);
      assert.deepEqual(names, ['README.md', 'link-in.txt', 'tokenizer.json']);
      assert.match(notes.map(english).join(' '), /not copied: "broken\.txt", "link-out\.txt"/);
    },
  );

  itInFolder('copies bytes, not links, and never over a file', async (root) => {
    const [from, to] = [join(root, 'from'), join(root, 'to')];
    await mkdir(from);
    await mkdir(to);
    await writeFile(join(from, 'a.txt'), 'new');
    assert.deepEqual(await copyRestInto(from, ['a.txt'], to, NEVER), [{ name: 'a.txt', bytes: 3 }]);
    assert.equal(await readFile(join(to, 'a.txt'), 'utf8'), 'new');
    await rejection(copyRestInto(from, ['a.txt'], to, NEVER), 'io');
    await rejection(copyRestInto(from, ['a.txt'], to, AbortSignal.abort()), 'cancelled');
  });
});
