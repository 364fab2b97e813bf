import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { listFiles, PackageManager } from '@vscode/vsce';
import { projectRoot } from '../../support/paths';

const PICTURE = /\.(png|svg)$/;
/** What the code names, which no manifest lists: the icon of the panel's tab. */
const BY_CODE = ['media/panel-dark.svg', 'media/panel-light.svg'];

/** Files below `media` that the manifest names, and the pictures that its walkthrough's pages show. */
async function named(shipped: readonly string[]): Promise<string[]> {
  const manifest = await readFile(path.join(projectRoot, 'package.json'), 'utf8');
  const files = [...manifest.matchAll(/"(?:\.\/)?(media\/[^"]+\.\w+)"/g)].map(([, file]) => file ?? '');
  for (const page of shipped.filter(
    (file) => file.startsWith('media/walkthrough/') && file.endsWith('.md'),
  )) {
    const text = await readFile(path.join(projectRoot, page), 'utf8');
    const pictures = [...text.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]*\bsrc="([^"]+)"/g)];
    files.push(...pictures.map(([, a, b]) => path.posix.join(path.posix.dirname(page), a ?? b ?? '')));
  }
  return [...new Set(files)];
}

describe('Package', () => {
  it('has every picture and page that is named in it, and no picture that is not', async () => {
    const shipped = await listFiles({
      cwd: projectRoot,
      ignoreFile: path.join(projectRoot, '.vscodeignore'),
      packageManager: PackageManager.None,
    });
    const wanted = [...(await named(shipped)), ...BY_CODE];
    assert.ok(wanted.includes('media/walkthrough/sample.md'));
    assert.deepEqual(
      wanted.filter((file) => !shipped.includes(file)),
      [],
    );
    assert.deepEqual(
      shipped.filter((file) => PICTURE.test(file) && !wanted.includes(file)),
      [],
    );
  });
});
