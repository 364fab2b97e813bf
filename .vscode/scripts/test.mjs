// `npm test`: everything that must hold, from a fresh clone, in one command.
//   node .vscode/scripts/test.mjs [STAGE…]    without a stage: all of them
import { fork } from 'node:child_process';
import path from 'node:path';
import { install, root, run } from './install.mjs';

const bin = (file, ...args) => run(process.execPath, [`node_modules/${file}`, ...args]);
/** The tests of one folder, with the settings of package.json; every test is named, above all those that are skipped. */
const mocha = (folder, timeoutMs) =>
  bin('mocha/bin/mocha.js', '--spec', `test/${folder}/**/*.test.ts`, '--timeout', String(timeoutMs));

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
 * In this order; a stage runs when all that it `needs` have passed, so that one run shows every failure. One that this
 * machine cannot run answers with the reason: it is never taken for passed.
 * @type {{ name: string, needs: string[], onlyByName?: true, run: () => Promise<number | { skipped: string }> }[]}
 */
const stages = [
  { name: 'install', needs: [], run: install },
  {
    name: 'format',
    needs: ['install'],
    run: () => bin('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  },
  { name: 'lint', needs: ['install'], run: () => run('npm', ['run', '--silent', 'lint']) },
  { name: 'typecheck', needs: ['install'], run: () => run('npm', ['run', '--silent', 'typecheck']) },
  { name: 'build', needs: ['install'], run: () => run(process.execPath, ['esbuild.mjs']) },
  { name: 'unit', needs: ['install'], run: () => mocha('unit', 10_000) },
  { name: 'engine', needs: ['build'], run: () => mocha('engine', 60_000) },
  { name: 'cli', needs: ['build'], run: () => mocha('cli', 60_000) },
  { name: 'fuzz', needs: ['install'], run: () => mocha('fuzz', 60_000) },
  // Real PEFT and safetensors, where pip finds them; skipped by name elsewhere.
  { name: 'interop', needs: ['build'], run: () => mocha('interop', 60_000) },
  { name: 'package', needs: ['install'], run: pack },
  { name: 'realhost', needs: ['install'], run: realHost },
  { name: 'webview', needs: ['realhost'], run: () => mocha('webview', 60_000) },
  { name: 'api', needs: ['package'], run: api },
  { name: 'e2e', needs: ['package', 'realhost'], run: () => mocha('e2e', 120_000) },
  { name: 'desktop', needs: ['build'], onlyByName: true, run: () => apiSuite('desktop') },
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
for (const stage of chosen) {
  results.set(stage.name, await runStage(stage));
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
