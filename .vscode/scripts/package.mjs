// `npm run package [-- --target TARGET|all] [--out FOLDER]`: one VSIX for each target, this machine's by default.
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { install, root, run } from './install.mjs';
import { packagedReadme } from './readme.mjs';

const BINARIES = 'node_modules/onnxruntime-node/bin/napi-v6';
const README = path.join(root, 'dist', 'README.md');
/** Larger than this on linux-x64 means that something was packed that nobody needs. */
const MAX_BYTES = { 'linux-x64': 25e6 };

/** Every target that onnxruntime-node has binaries for, as VS Code names them. */
export async function targets() {
  const platforms = await readdir(path.join(root, BINARIES));
  const lists = platforms.map(async (platform) =>
    (await readdir(path.join(root, BINARIES, platform))).map((arch) => `${platform}-${arch}`),
  );
  return (await Promise.all(lists)).flat().sort();
}

/**
 * Builds for production and packs.
 * @param {{ target?: string, out?: string }} options `target`: one of `targets()`, or `all`
 * @returns {Promise<string[]>} absolute paths of the written files
 */
export async function packageExtension({ target = `${process.platform}-${process.arch}`, out = root } = {}) {
  const known = await targets();
  const chosen = target === 'all' ? known : [target];
  for (const name of chosen) {
    if (!known.includes(name)) throw new Error(`No binaries for ${name}: there are ${known.join(', ')}.`);
  }
  if ((await run(process.execPath, ['esbuild.mjs', '--production'])) !== 0)
    throw new Error('The build failed.');
  await writeNotices();
  await writeFile(README, packagedReadme(await readFile(path.join(root, 'README.md'), 'utf8')));
  await mkdir(out, { recursive: true });
  const files = [];
  for (const name of chosen) files.push(await packTarget(name, out));
  return files;
}

async function packTarget(target, out) {
  const { createVSIX } = await import('@vscode/vsce');
  const { version } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
  const file = path.resolve(out, `splora-${version}-${target}.vsix`);
  const ignoreFile = path.join(root, 'dist', `vscodeignore-${target}`);
  const allowed = await readFile(path.join(root, '.vscodeignore'), 'utf8');
  await writeFile(ignoreFile, `${allowed}!${BINARIES}/${target.replace('-', '/')}/**\n`);
  try {
    await createVSIX({
      cwd: root,
      target,
      packagePath: file,
      ignoreFile,
      allowMissingRepository: true,
      readmePath: path.relative(root, README),
      rewriteRelativeLinks: false,
    });
  } finally {
    await rm(ignoreFile, { force: true });
  }
  const { size } = await stat(file);
  console.log(`${path.relative(process.cwd(), file)}: ${(size / 1e6).toFixed(1)} MB`);
  const limit = MAX_BYTES[target];
  if (limit !== undefined && size > limit)
    throw new Error(`${target} is over its budget of ${limit / 1e6} MB.`);
  return file;
}

/** Licences of everything that is bundled or shipped: production dependencies and what the webview bundles. */
async function writeNotices() {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const shipped = await reachable(lock, [
    '@vscode/webview-ui-toolkit',
    ...Object.keys(lock.packages[''].dependencies),
  ]);
  const parts = [];
  for (const name of shipped) {
    const folder = path.join(root, 'node_modules', name);
    const licence = (await readdir(folder)).find((file) => /^licen[cs]e/i.test(file));
    const text = licence === undefined ? '' : await readFile(path.join(folder, licence), 'utf8');
    const { version, license } = lock.packages[`node_modules/${name}`];
    parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  await writeFile(path.join(root, 'dist', 'THIRD_PARTY_NOTICES.txt'), parts.join(`\n${'-'.repeat(78)}\n\n`));
}

/** Packages that `roots` need at run time; onnxruntime-node's downloader is never run, so its needs do not ship. */
function reachable(lock, roots) {
  const seen = new Set();
  const visit = (name) => {
    const entry = lock.packages[`node_modules/${name}`];
    if (seen.has(name) || entry === undefined) return;
    seen.add(name);
    const needs =
      name === 'onnxruntime-node' ? ['onnxruntime-common'] : Object.keys(entry.dependencies ?? {});
    needs.forEach(visit);
  };
  roots.forEach(visit);
  return [...seen].sort();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
  if ((await install()) !== 0) process.exit(1);
  try {
    await packageExtension(values);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
