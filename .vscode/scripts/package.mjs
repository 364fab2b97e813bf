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

const NOTICES = path.join(root, 'dist', 'THIRD_PARTY_NOTICES.txt');

/**
 * Licences of everything that is bundled or shipped: production dependencies and what the webview bundles. A package that
 * ships no text has one in LICENSES, taken from its repository; one with neither fails.
 */
export async function notices() {
  const lock = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8'));
  const shipped = reachable(lock, [
    '@vscode/webview-ui-toolkit',
    ...Object.keys(lock.packages[''].dependencies),
  ]);
  const parts = [];
  for (const name of shipped) {
    const folder = path.join(root, 'node_modules', name);
    const { version, license } = lock.packages[`node_modules/${name}`];
    const files = (await readdir(folder)).filter((file) => /^(?:licen[cs]e|copyright|notices?)/i.test(file));
    const texts = await Promise.all(files.sort().map((file) => readFile(path.join(folder, file), 'utf8')));
    const own = LICENSES.find(({ packages }) => packages.test(name));
    const text = [...texts, ...(texts.length === 0 && own !== undefined ? [own.text] : [])]
      .join('\n\n')
      .trim();
    if (text === '')
      throw new Error(`No license text for ${name} ${version} (${license}): add it to LICENSES.`);
    parts.push(`${name} ${version} (${license})\n\n${text}\n`);
  }
  return parts.join(`\n${'-'.repeat(78)}\n\n`);
}

const mit = (copyright) => `MIT License

${copyright}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/**
 * The package carries no notices for its binary. These are the components that it was seen to contain (names in its
 * symbols and build paths, version 1.30.0); the full texts are in ThirdPartyNotices.txt of the repository.
 */
const ORT_COMPONENTS = `The binary of ONNX Runtime (libonnxruntime) contains code of these projects:

ONNX (Apache-2.0), Protocol Buffers (BSD-3-Clause), Abseil (Apache-2.0), RE2 (BSD-3-Clause), FlatBuffers (Apache-2.0), Eigen (MPL-2.0), JSON for Modern C++ (MIT), Microsoft GSL (MIT), SafeInt (MIT), Boost.Mp11 (BSL-1.0), cpuinfo (BSD-2-Clause), Dawn and Tint (BSD-3-Clause), 1DS C++ telemetry (Apache-2.0; switched off here), SQLite (public domain), libcurl (curl license).

The npm package ships no texts for them. They are in https://github.com/microsoft/onnxruntime/blob/v1.30.0/ThirdPartyNotices.txt`;

/** Texts for packages that ship none, by name. */
const LICENSES = [
  { packages: /^@microsoft\/fast-/, text: mit('Copyright (c) Microsoft Corporation. All rights reserved.') },
  { packages: /^onnxruntime-common$/, text: mit('Copyright (c) Microsoft Corporation') },
  {
    packages: /^onnxruntime-node$/,
    text: `${mit('Copyright (c) Microsoft Corporation')}

${ORT_COMPONENTS}`,
  },
];

async function writeNotices() {
  await writeFile(NOTICES, await notices());
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
