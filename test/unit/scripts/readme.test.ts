import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { packagedReadme } from '../../../.vscode/scripts/readme.mjs';
import { projectRoot } from '../../support/paths';

/** Addresses of links and pictures in Markdown. */
function addresses(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, address]) => address ?? '');
}

describe('README of the package', () => {
  it('has no address that the page of an extension cannot follow', async () => {
    const original = await readFile(path.join(projectRoot, 'README.md'), 'utf8');
    const followed = (address: string): boolean => /^(https:|#)/.test(address);
    const text = packagedReadme(original);
    assert.ok(addresses(original).some((address) => !followed(address)));
    assert.deepEqual(addresses(text), addresses(original).filter(followed));
    // Everything else is as it was.
    assert.ok(text.includes('## How to read a score'));
  });

  it('keeps the names of files that it cannot lead to', () => {
    assert.equal(
      packagedReadme('![Picture](a.png)\n\nSee [NOTES.md](docs/NOTES.md) and [us](https://example.org/a).'),
      'See NOTES.md and [us](https://example.org/a).',
    );
  });
});
