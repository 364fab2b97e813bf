// `npm test`: everything that must hold, from a fresh clone, in one command.
//   node .vscode/scripts/test.mjs [STAGE…]    without a stage: all of them
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { install, root, run } from './install.mjs';

const bin = (file, ...args) => run(process.execPath, [`node_modules/${file}`, ...args]);
/** The tests of one folder, with the settings of package.json; every test is named, above all those that are skipped. */
const mocha = (folder) =>
  bin(
    'mocha/bin/mocha.js',
    '--spec',
    `test/${folder}/**/*.test.ts`,
    '--reporter',
    '.vscode/scripts/reporter.cjs',
  );

/** The VSIX of this machine, within its size budget: what the stages below install. */
async function pack() {
  const { packageExtension } = await import('./package.mjs');
  const [vsix] = await packageExtension({ out: path.join(root, '.vscode-test', 'packed') });
  process.env.SPLORA_VSIX = vsix;
  return 0;
}

/** VS Code as a server and Chromium as its window, from npm and Debian packages. */
async function realHost() {
  const { installRealHost } = await import('../../test/realhost/install.mjs');
  const installed = await installRealHost({ log: console.log });
  return installed.ok ? 0 : { skipped: installed.reason };
}

/**
 * Runs the API-level suite in a process that understands TypeScript.
 * @param {'real' | 'desktop'} where
 * @returns {Promise<number | { skipped: string }>}
 */
function apiSuite(where) {
  return new Promise((resolve, reject) => {
    const child = fork('test/host/run.ts', [where], { cwd: root, execArgv: ['--import', 'tsx'] });
    let ended = 1;
    child.once('message', (outcome) => (ended = outcome));
    child.once('error', reject);
    child.once('close', () => resolve(ended));
  });
}

/** In the real host, else in a desktop VS Code, where one can be downloaded. */
async function api() {
  const real = await apiSuite('real');
  if (typeof real === 'number') return real;
  console.log(`not in the real host: ${real.skipped}`);
  const desktop = await apiSuite('desktop');
  return typeof desktop === 'number' ? desktop : { skipped: `${real.skipped}; ${desktop.skipped}` };
}

/**
 * `about`: seconds that it takes on a new machine with two cores, roughly, for those who wait; nothing is judged by it.
 * In this order; a stage runs when all that it `needs` have passed, so that one run shows every failure. One that this
 * machine cannot run answers with the reason: it is never taken for passed.
 * @type {{ name: string, about: number, needs: string[], onlyByName?: true, run: () => Promise<number | { skipped: string }> }[]}
 */
const stages = [
  { name: 'install', about: 15, needs: [], run: install },
  {
    name: 'format',
    about: 8,
    needs: ['install'],
    run: () => bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  },
  { name: 'lint', about: 25, needs: ['install'], run: () => run('npm', ['run', '--silent', 'lint']) },
  {
    name: 'typecheck',
    about: 8,
    needs: ['install'],
    run: () => run('npm', ['run', '--silent', 'typecheck']),
  },
  { name: 'build', about: 2, needs: ['install'], run: () => run(process.execPath, ['esbuild.mjs']) },
  { name: 'unit', about: 10, needs: ['install'], run: () => mocha('unit') },
  { name: 'engine', about: 60, needs: ['build'], run: () => mocha('engine') },
  { name: 'cli', about: 15, needs: ['build'], run: () => mocha('cli') },
  { name: 'fuzz', about: 10, needs: ['install'], run: () => mocha('fuzz') },
  // Real PEFT and safetensors, installed with 3 GB of what they need; skipped by name where there is no Python or registry.
  { name: 'interop', about: 300, needs: ['build'], run: () => mocha('interop') },
  { name: 'package', about: 5, needs: ['install'], run: pack },
  { name: 'realhost', about: 90, needs: ['install'], run: realHost },
  { name: 'webview', about: 80, needs: ['realhost'], run: () => mocha('webview') },
  { name: 'api', about: 25, needs: ['package'], run: api },
  { name: 'e2e', about: 120, needs: ['package', 'realhost'], run: () => mocha('e2e') },
  { name: 'desktop', about: 120, needs: ['build'], onlyByName: true, run: () => apiSuite('desktop') },
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(
    `unknown stage: ${unknown.join(', ')} (there are ${stages.map((stage) => stage.name).join(', ')})`,
  );
  process.exit(2);
}

/** @type {Map<string, { verdict: 'passed' | 'FAILED' | 'skipped' | 'not run', code: number, seconds: number, why?: string }>} */
const results = new Map();
const chosen = stages.filter(({ name, onlyByName }) =>
  wanted.length === 0 ? onlyByName !== true : wanted.includes(name),
);
const minutes = Math.ceil(chosen.reduce((sum, { about }) => sum + about, 0) / 60);
console.log(
  `Stages, with rough times on a new machine with two cores, ${minutes} min together; later runs take less:`,
);
console.log(chosen.map(({ name, about }) => `${name} ${about} s`).join(', '));

const counts = path.join(mkdtempSync(path.join(tmpdir(), 'splora-counts-')), 'counts');
process.env.SPLORA_TEST_COUNTS = counts;
const total = { passed: 0, failed: 0, skipped: 0 };
for (const stage of chosen) {
  const result = await runStage(stage);
  results.set(stage.name, result);
  count(result.verdict);
}
rmSync(path.dirname(counts), { recursive: true });

/** Adds the tests of the stage that has just ended; one without tests, or that failed beside them, counts itself. */
function count(verdict) {
  const lines = existsSync(counts) ? readFileSync(counts, 'utf8').trim().split('\n') : [];
  rmSync(counts, { force: true });
  const [passed, failed, skipped] = [0, 1, 2].map((at) =>
    lines.reduce((sum, line) => sum + Number(line.split(' ')[at]), 0),
  );
  total.passed += lines.length === 0 && verdict === 'passed' ? 1 : passed;
  total.failed += failed === 0 && verdict === 'FAILED' ? 1 : failed;
  total.skipped += lines.length === 0 && (verdict === 'skipped' || verdict === 'not run') ? 1 : skipped;
}

async function runStage(stage) {
  // A stage that was not asked for counts as passed: whoever names stages knows what is built.
  const stopped = stage.needs.filter((name) => (results.get(name)?.verdict ?? 'passed') !== 'passed');
  if (stopped.length > 0) {
    const skipped = stopped.every((name) => results.get(name)?.verdict === 'skipped');
    const why = skipped ? results.get(stopped[0])?.why : `${stopped.join(', ')} did not pass`;
    return { verdict: skipped ? 'skipped' : 'not run', code: 0, seconds: 0, why };
  }
  console.log(`\n── ${stage.name}`);
  const start = performance.now();
  const ended = await stage.run().catch((thrown) => {
    console.error(thrown);
    return 1;
  });
  const seconds = (performance.now() - start) / 1000;
  if (typeof ended !== 'number') return { verdict: 'skipped', code: 0, seconds, why: ended.skipped };
  return { verdict: ended === 0 ? 'passed' : 'FAILED', code: ended, seconds };
}

console.log('\n── summary');
for (const [name, { verdict, seconds, why }] of results) {
  console.log(
    `${name.padEnd(12)}${verdict.padEnd(9)}${why === undefined ? `${seconds.toFixed(1).padStart(6)} s` : why}`,
  );
}
process.exitCode = [...results.values()].find(({ verdict }) => verdict === 'FAILED')?.code ?? 0;
// Alone on a line, where tools that read the end of a log look for it.
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
