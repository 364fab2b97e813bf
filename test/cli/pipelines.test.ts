import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { load } from 'js-yaml';
import { parseEvaluation } from '../../src/core/results/evaluation/parse';
import { codeBlocks, PIPELINES } from '../support/codeBlocks';
import { sample } from '../support/paths';
import { skipBecause } from '../support/skip';
import { sploraCommand } from '../support/sploraCommand';
import { inTemporaryFolder, itInFolder } from '../support/temporaryFolder';

interface Workflow {
  readonly jobs: {
    readonly gate: { readonly steps: readonly { readonly run?: string }[] };
  };
}
interface Hooks {
  readonly repos: readonly {
    readonly hooks: readonly { readonly entry: string; readonly files: string }[];
  }[];
}
interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}
type Run = (command: string, ...args: readonly string[]) => Promise<Ran>;

/** Of a command, in bytes. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Makes a folder a repository as the document has it. @returns what runs commands there, as a step on GitHub does */
async function checkout(folder: string, adapter: string): Promise<Run> {
  await mkdir(path.join(folder, 'models'));
  const links = { 'models/base': 'base', 'models/chat': 'aligned', suites: 'suites' };
  for (const [to, from] of Object.entries(links)) await symlink(sample(from), path.join(folder, to));
  for (const to of ['adapter', 'run/checkpoint-20', 'run/checkpoint-40'])
    await cp(sample(adapter), path.join(folder, to), { recursive: true });
  const bin = await sploraCommand(path.join(folder, 'bin'));
  const env = {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env['PATH'] ?? ''}`,
    GITHUB_STEP_SUMMARY: path.join(folder, 'summary.md'),
  };
  return (command, ...args) =>
    new Promise((resolve) => {
      const words = ['-eo', 'pipefail', '-c', command, ...args];
      execFile('bash', words, { cwd: folder, env, maxBuffer: MAX_OUTPUT }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, err }),
      );
    });
}

describe('media/docs/pipelines.md', () => {
  before(function () {
    if (process.platform === 'win32') skipBecause(this, 'its commands are for bash');
  });

  const gates = { 'adapter-mixed': [0, 1, 1], 'adapter-benign': [0, 0, 0] };
  for (const [adapter, codes] of Object.entries(gates))
    itInFolder(`has a job with gates that posts both reports: ${adapter}`, async (folder) => {
      const run = await checkout(folder, adapter);
      const [workflow = ''] = await codeBlocks(PIPELINES, 'yaml');
      const found: number[] = [];
      for (const { run: command = '' } of (load(workflow) as Workflow).jobs.gate.steps)
        if (command.startsWith('splora ')) found.push((await run(command)).code);
      assert.deepEqual(found, codes);
      const summary = await readFile(path.join(folder, 'summary.md'), 'utf8');
      assert.deepEqual(summary.match(/^# .*$/gm), ['# SPLoRA analysis', '# SPLoRA evaluation']);
    });

  itInFolder('has a hook that refuses an adapter whose modules are lost', async (folder) => {
    const run = await checkout(folder, 'adapter-mixed');
    const [, hooks = ''] = await codeBlocks(PIPELINES, 'yaml');
    const [{ entry, files } = { entry: '', files: '' }] = (load(hooks) as Hooks).repos[0]?.hooks ?? [];
    const staged = ['adapter/adapter_model.safetensors', 'adapter/adapter_config.json'];
    assert.deepEqual(
      [...staged, 'model.safetensors'].map((name) => name.search(files) !== -1),
      [true, true, false],
    );
    const hook = (): Promise<Ran> => run(`${entry} "$@"`, 'hook', ...staged);
    assert.equal((await hook()).code, 0);
    const file = path.join(folder, 'adapter', 'adapter_config.json');
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, target_modules: ['q_proj'] }));
    assert.equal((await hook()).code, 1);
  });

  itInFolder('has commands that write lines and event files for trackers', async (folder) => {
    const run = await checkout(folder, 'adapter-benign');
    const [commands = ''] = await codeBlocks(PIPELINES, 'sh');
    const { code, err } = await run(commands);
    assert.equal(code, 0, err);
    const lines = await readFile(path.join(folder, 'steps.jsonl'), 'utf8');
    const steps = lines
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, number>>);
    assert.deepEqual(
      steps.map((metrics) => [metrics['step'], metrics['splora/scored'], metrics['splora/asr']]),
      [
        [20, 56, undefined],
        [40, 56, undefined],
        [20, undefined, 0],
        [40, undefined, 0],
      ],
    );
    assert.equal((await readdir(path.join(folder, 'runs', 'splora'))).length, 2);
  });

  it('has a cell of a notebook that displays an evaluation', function () {
    return inTemporaryFolder(async (folder) => {
      const run = await checkout(folder, 'adapter-benign');
      if ((await run('command -v python3')).code !== 0) skipBecause(this, 'no Python here');
      const cell = (await codeBlocks(PIPELINES, 'python')).find((code) => code.includes('display('));
      await mkdir(path.join(folder, 'IPython'));
      const stub = 'import json\ndef display(bundle, raw): print(json.dumps(bundle))\n';
      await writeFile(path.join(folder, 'IPython', '__init__.py'), '');
      await writeFile(path.join(folder, 'IPython', 'display.py'), stub);
      await writeFile(path.join(folder, 'cell.py'), cell ?? '');
      const { code, out, err } = await run('python3 cell.py');
      assert.equal(code, 0, err);
      const bundle = JSON.parse(out) as Readonly<Record<string, object>>;
      assert.ok(parseEvaluation(JSON.stringify(bundle['application/vnd.splora+json'])).rows.length > 0);
    });
  });
});
