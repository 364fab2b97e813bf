// `npm run demo`: the main job on the built-in sample, from a fresh clone, with nothing to download but npm packages.
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { install, root, run } from './install.mjs';

const sample = 'media/sample';
const models = ['--base', `${sample}/base`, '--aligned', `${sample}/aligned`];
const chat = ['--aligned', `${sample}/aligned`, '--suite', `${sample}/suites`];
const copy = 'demo-output/adapter-mixed';

/** Prints what is run, so that the demo teaches the command line. */
async function splora(...args) {
  console.log(`\n$ splora ${args.join(' ')}\n`);
  return run(process.execPath, ['dist/cli.js', ...args]);
}

/** The sample itself stays as it is: what is pruned is a copy, whose result lies beside it as -splora, -splora-2, … */
async function copySample() {
  const target = path.join(root, copy);
  if (existsSync(target)) return 0;
  mkdirSync(path.dirname(target), { recursive: true });
  cpSync(path.join(root, sample, 'adapter-mixed'), target, { recursive: true });
  return 0;
}

const steps = [
  install,
  () => run(process.execPath, ['esbuild.mjs']),
  copySample,
  () => splora('analyze', copy, ...models),
  () => splora('prune', copy, ...models, '--top', '10'),
  () => splora('measure', copy, ...chat, '--variant', `pruned=${copy}-splora`, '--quiet'),
];

for (const step of steps) {
  process.exitCode = await step();
  if (process.exitCode !== 0) process.exit();
}

console.log(`
What you saw: a tiny chat model, a LoRA adapter trained on dialogue summaries with 3 % harmful data (it undoes the
model's refusals), the score of each of its modules, a copy without the 10 that stand out most, and what the model
answers alone, with the adapter, and with the copy. The adapter was not changed. Scores do not show whether the copy
refuses again; measuring it does.

Next:
  node dist/cli.js measure ${copy} ${chat.join(' ')} --variant half=scale:0.5
  node dist/cli.js compare ${copy} ${copy}-splora
  node dist/cli.js analyze ${copy} ${models.join(' ')} --rank-by reversal
  node dist/cli.js analyze ${sample}/adapter-benign ${models.join(' ')}
  node dist/cli.js analyze ${copy} ${models.join(' ')} --format svg > demo-output/heatmap.svg
  node dist/cli.js --help`);
