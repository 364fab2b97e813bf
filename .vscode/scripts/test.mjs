// `npm test`: everything that must hold, from a fresh clone, in one command.
//   node .vscode/scripts/test.mjs [STAGE…]    without a stage: all of them
import { install, run } from './install.mjs';

const bin = (file, ...args) => run(process.execPath, [`node_modules/${file}`, ...args]);
/** The tests of one folder, with the settings of package.json; every test is named, above all those that are skipped. */
const mocha = (folder, timeoutMs) =>
  bin('mocha/bin/mocha.js', '--spec', `test/${folder}/**/*.test.ts`, '--timeout', String(timeoutMs));

/**
 * In this order; a stage runs when all that it `needs` have passed, so that one run shows every failure.
 * @type {{ name: string, needs: string[], run: () => Promise<number> }[]}
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
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(
    `unknown stage: ${unknown.join(', ')} (there are ${stages.map((stage) => stage.name).join(', ')})`,
  );
  process.exit(2);
}

/** @type {Map<string, { verdict: 'passed' | 'FAILED' | 'not run', code: number, seconds: number, why?: string }>} */
const results = new Map();
for (const stage of stages.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  results.set(stage.name, await runStage(stage));
}

async function runStage(stage) {
  // A stage that was not asked for counts as passed: whoever names stages knows what is built.
  const failed = stage.needs.filter((name) => (results.get(name)?.verdict ?? 'passed') !== 'passed');
  if (failed.length > 0)
    return { verdict: 'not run', code: 0, seconds: 0, why: `${failed.join(', ')} did not pass` };
  console.log(`\n── ${stage.name}`);
  const start = performance.now();
  const code = await stage.run();
  return { verdict: code === 0 ? 'passed' : 'FAILED', code, seconds: (performance.now() - start) / 1000 };
}

console.log('\n── summary');
for (const [name, { verdict, seconds, why }] of results) {
  console.log(
    `${name.padEnd(12)}${verdict.padEnd(9)}${why === undefined ? `${seconds.toFixed(1).padStart(6)} s` : why}`,
  );
}
process.exitCode = [...results.values()].find(({ verdict }) => verdict === 'FAILED')?.code ?? 0;
