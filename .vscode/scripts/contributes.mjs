// Writes `contributes` of package.json and package.nls.json from the tables in src/host (see src/host/manifest), and the
// pages of terms in media/docs from src/core/report/terms.ts.
//   node --import tsx .vscode/scripts/contributes.mjs [--check]    --check: only says whether the files are as they should be
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';
import { manifest } from '../../src/host/manifest/manifest.ts';
import { termsPage } from '../../src/host/manifest/termsPage.ts';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const check = process.argv.includes('--check');

const { contributes, restricted, texts } = manifest();
const packageFile = path.join(root, 'package.json');
const packageJson = JSON.parse(await readFile(packageFile, 'utf8'));
packageJson.contributes = contributes;
packageJson.capabilities.untrustedWorkspaces.restrictedConfigurations = restricted;

const german = JSON.parse(await readFile(path.join(root, 'media/l10n/bundle.l10n.de.json'), 'utf8'));
const outdated = [];
for (const [file, content] of [
  [packageFile, JSON.stringify(packageJson)],
  [path.join(root, 'package.nls.json'), JSON.stringify(texts)],
  [path.join(root, 'media/docs/terms.md'), termsPage((english) => english)],
  [path.join(root, 'media/docs/terms.nls.de.md'), termsPage((english) => german[english] ?? english)],
]) {
  const options = { ...(await prettier.resolveConfig(file)), filepath: file };
  const wanted = await prettier.format(content, options);
  if (existsSync(file) && wanted === (await readFile(file, 'utf8'))) continue;
  outdated.push(path.relative(root, file));
  if (!check) await writeFile(file, wanted);
}
if (outdated.length > 0) console.log(`${check ? 'out of date' : 'written'}: ${outdated.join(', ')}`);
if (check && outdated.length > 0) {
  console.error('Run: npm run contributes');
  process.exitCode = 1;
}
