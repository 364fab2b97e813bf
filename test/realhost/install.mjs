#!/usr/bin/env node
/**
 * Puts a real VS Code (code-server, and Chromium as its window) on a machine that reaches only the
 * npm and Debian registries. Plain Node 20 and nothing else: it runs before any dependency matters.
 *
 * As a program: prints the paths as JSON and exits 0; exits 77 with the reason when this machine
 * cannot have a real host (so that a caller skips by name); exits 1 when an installation failed.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { holdLock, run, UnavailableError } from './installSupport.mjs';

/** code-server 4.N.p carries VS Code 1.N.p; it demands Node 24, whatever Node runs the tests. */
export const VERSIONS = Object.freeze({ codeServer: '4.139.1', node: '24.21.0' });

/** The exit code by which automake and others say "skipped, and not for a fault of the code". */
const EXIT_UNAVAILABLE = 77;
/** A cold installation takes minutes on two cores, and two may queue for one cache. */
const LOCK_WAIT_MS = 20 * 60_000;
/** Ubuntu's chromium-browser may be a stub that asks for a snap: it comes last. */
const BROWSERS = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'];
/** gssapi.h is needed to compile code-server's kerberos module. */
const KERBEROS_HEADER = '/usr/include/gssapi/gssapi.h';
const DONE_MARK = 'installed.json';

/**
 * @typedef {object} RealHostPaths
 * @property {string} node the Node 24 binary that runs the server
 * @property {string} codeServer code-server's entry script
 * @property {string} chromium the browser
 * @property {string} harness this folder
 * @property {string} cache where the server was installed
 */

/**
 * Makes sure that the real host is there; a second call finds it and returns at once.
 * @param {{ log?: (line: string) => void }} [options]
 * @returns {Promise<{ ok: true, paths: RealHostPaths } | { ok: false, reason: string }>}
 *   `ok: false` when this machine cannot have one. An installation that was begun and failed throws.
 */
export async function installRealHost({ log = () => {} } = {}) {
  try {
    if (process.platform !== 'linux')
      throw new UnavailableError(`the real host needs Linux with apt (this is ${process.platform})`);
    const root = cacheRoot();
    const cache = path.join(root, versionsKey());
    const found = findInstalled(cache);
    const chromium = findBrowser();
    if (found && chromium) {
      return { ok: true, paths: { ...found, chromium } };
    }
    mkdirSync(root, { recursive: true });
    const release = await holdLock(path.join(root, 'install.lock'), LOCK_WAIT_MS, log);
    try {
      installPackages(missingPackages(findInstalled(cache) !== undefined), log);
      const server = findInstalled(cache) ?? installServer(root, cache, log);
      return { ok: true, paths: { ...server, chromium: findBrowser() ?? missingBrowser() } };
    } finally {
      await release();
    }
  } catch (error) {
    if (error instanceof UnavailableError) return { ok: false, reason: error.message };
    throw error;
  }
}

function missingBrowser() {
  throw new Error('the chromium package was installed, but no browser was found on PATH');
}

function cacheRoot() {
  const base = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.resolve(process.env.SPLORA_REALHOST_CACHE || path.join(base, 'splora-realhost'));
}

/** The native modules are compiled here, so they are good for one Node, one machine type. */
function versionsKey() {
  return `code-server-${VERSIONS.codeServer}-node-${VERSIONS.node}-linux-${process.arch}`;
}

/** The folder's name appears by one rename after everything in it works, so its mark is enough. */
function findInstalled(cache) {
  const nodeFolder = path.join(cache, 'node_modules', `node-linux-${process.arch}`);
  const paths = {
    node: path.join(nodeFolder, 'bin', 'node'),
    codeServer: path.join(cache, 'node_modules/code-server/out/node/entry.js'),
    harness: path.dirname(fileURLToPath(import.meta.url)),
    cache,
  };
  const wanted = [path.join(cache, DONE_MARK), paths.node, paths.codeServer];
  return wanted.every((file) => existsSync(file)) ? paths : undefined;
}

function findOnPath(name) {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin'];
  return folders.map((folder) => path.join(folder, name)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The browser that serves as the window, where one is installed. */
export function findBrowser() {
  const named = process.env.SPLORA_REALHOST_CHROMIUM;
  if (named) return named;
  return BROWSERS.map(findOnPath).find((file) => file !== undefined);
}

/** Debian packages that are not there; the compilers count only when something is to be compiled. */
function missingPackages(serverIsInstalled) {
  const missing = findBrowser() ? [] : ['chromium'];
  if (!serverIsInstalled) {
    const compilers = { python3: 'python3', make: 'make', 'g++': 'g++' };
    for (const [program, name] of Object.entries(compilers)) if (!findOnPath(program)) missing.push(name);
    if (!existsSync(KERBEROS_HEADER)) missing.push('libkrb5-dev');
  }
  return missing;
}

function installPackages(names, log) {
  if (names.length === 0) return;
  const prefix = privilegedPrefix(names);
  // Another apt on a fresh machine (first-boot updates) is waited for rather than failed on.
  const apt = [...prefix, 'apt-get', '-y', '-o', 'DPkg::Lock::Timeout=600'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  log(`installing Debian packages: ${names.join(', ')}`);
  run([...apt, 'update'], { env });
  run([...apt, 'install', '--no-install-recommends', ...names], { env });
}

/** sudo only in CI: a test run must not change somebody's own machine behind their back. */
function privilegedPrefix(names) {
  const wanted = `needs the Debian packages ${names.join(', ')}`;
  if (!findOnPath('apt-get')) throw new UnavailableError(`${wanted}, and there is no apt here`);
  if (process.getuid?.() === 0) return [];
  if (process.env.CI && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0)
    return ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'];
  throw new UnavailableError(`${wanted}, and only root may install them`);
}

function installServer(root, cache, log) {
  removeLeftovers(root);
  const staging = mkdtempSync(path.join(root, '.staging-'));
  try {
    installInto(staging, log);
    rmSync(cache, { recursive: true, force: true });
    renameSync(staging, cache);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
  const installed = findInstalled(cache);
  if (!installed) throw new Error(`the installation in ${cache} is not complete`);
  return installed;
}

/** Only the holder of the lock gets here, so every staging folder is one that a kill left behind. */
function removeLeftovers(root) {
  for (const name of readdirSync(root).filter((entry) => entry.startsWith('.staging-'))) {
    try {
      rmSync(path.join(root, name), { recursive: true, force: true, maxRetries: 3 });
    } catch {
      // An npm that outlived the kill still writes there; the next installation removes the rest.
    }
  }
}

function installInto(staging, log) {
  const nodePackage = `node-linux-${process.arch}`;
  const nodeFolder = path.join(staging, 'node_modules', nodePackage);
  writeFileSync(path.join(staging, 'package.json'), '{ "private": true }\n');
  // The npm package "node" only picks this one by a script of its own; asking for it is plainer.
  log(`installing Node ${VERSIONS.node}`);
  npmInstall(staging, `${nodePackage}@${VERSIONS.node}`, npmEnvironment());

  log(`installing code-server ${VERSIONS.codeServer}; its native modules compile for minutes`);
  npmInstall(staging, `code-server@${VERSIONS.codeServer}`, {
    ...npmEnvironment(),
    PATH: `${path.join(nodeFolder, 'bin')}${path.delimiter}${process.env.PATH ?? ''}`,
    // Headers come with the binary: node-gyp would fetch them from nodejs.org.
    npm_config_nodedir: nodeFolder,
    // Two compilers at once: more would take the memory of a small CI machine.
    JOBS: '2',
  });
  const node = path.join(nodeFolder, 'bin', 'node');
  const entry = path.join(staging, 'node_modules/code-server/out/node/entry.js');
  run([node, entry, '--version'], { env: npmEnvironment() });
  // Its arrival is the last thing that code-server's script does; without it no window would open.
  readdirSync(path.join(staging, 'node_modules/code-server/lib/vscode/node_modules'));
  writeFileSync(path.join(staging, DONE_MARK), `${JSON.stringify(VERSIONS)}\n`);
}

function npmInstall(folder, what, env) {
  // Scripts are what compiles the native modules, and a user's .npmrc may have turned them off.
  const flags = ['--ignore-scripts=false', '--no-audit', '--no-fund', '--loglevel=error'];
  run(['npm', 'install', what, ...flags], { cwd: folder, env });
}

/** Under `npm test`, npm hands its settings of the outer project down: they must not steer this one. */
function npmEnvironment() {
  const inherited = Object.entries(process.env).filter(([name]) => {
    const isNpm = /^npm_/i.test(name);
    return !isNpm || /^npm_config_(registry|cafile|https?_proxy|noproxy|cache|userconfig)$/i.test(name);
  });
  return Object.fromEntries(inherited);
}

async function main() {
  const result = await installRealHost({ log: (line) => process.stderr.write(`${line}\n`) });
  if (!result.ok) {
    process.stderr.write(`no real VS Code here: ${result.reason}\n`);
    process.exitCode = EXIT_UNAVAILABLE;
    return;
  }
  process.stdout.write(`${JSON.stringify(result, undefined, 2)}\n`);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
