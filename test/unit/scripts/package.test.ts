import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
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
  it('has a license text for each package that it ships, and says what the ONNX Runtime binary contains', async () => {
    const { notices } = (await import(
      pathToFileURL(path.join(projectRoot, '.vscode/scripts/package.mjs')).href
    )) as { notices: () => Promise<string> };
    const parts = (await notices()).split(`\n${'-'.repeat(78)}\n`);
    assert.ok(parts.length > 10);
    for (const part of parts) assert.match(part, /Permission|Redistribution/, part.trim().split('\n', 1)[0]);
    assert.match(parts.find((part) => part.includes('onnxruntime-node')) ?? '', /Protocol Buffers/);
  });

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
