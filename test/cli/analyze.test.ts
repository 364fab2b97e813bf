import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAnalysis } from '../../src/core/results/analysis/parse';
import { sample } from '../support/paths';
import { inLarge } from '../support/largeModels';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { cli, ended, MODELS, startCli } from './runCli';
import { english } from '../support/english';

const mixed = sample('adapter-mixed');

describe('splora analyze', () => {
  it('prints one valid document with --json, and nothing on standard error with --quiet', async () => {
    const { code, out, err } = await cli('analyze', mixed, ...MODELS, '--json', '--quiet');
    assert.deepEqual([code, err], [0, '']);
    const document = parseAnalysis(out);
    assert.equal(document.modules.length, 56);
    assert.ok(document.modules.every(({ status }) => status === 'scored'));
    assert.ok(document.modules.every(({ module }) => module.startsWith('model.layers.')));
    assert.ok(document.timing.bytesRead > 0 && document.timing.peakRssBytes > 0);
  });

  it('prints a table and plain progress lines on standard error', async () => {
    const { code, out, err } = await cli('analyze', mixed, ...MODELS, '--top', '2', '--all');
    assert.equal(code, 0);
    assert.equal(out.match(/ selected$/gm)?.length, 2);
    assert.equal(out.match(/model\.layers\./g)?.length, 56);
    assert.match(out, /measure weights, not behavior/);
    const lines = err.trimEnd().split('\n');
    assert.ok(lines.length <= 11);
    assert.match(lines.at(-1) ?? '', /^analyzing: 56 of 56 modules/);
    assert.doesNotMatch(out + err, /\u001b/);
  });

  it('ends with 1 when a gate fails, with the result all the same', async () => {
    const args = ['analyze', mixed, ...MODELS, '--quiet', '--json'];
    const above = await cli(...args, '--fail-above', '0');
    assert.equal(above.code, 1);
    assert.match(above.err, /^splora: gate failed: .* above 0 by E-DIEM/);
    assert.equal(parseAnalysis(above.out).modules.length, 56);
    const decided = JSON.parse(above.out) as {
      selection: { rule: object };
      selected: string[];
      evidence: { standsOut: { module: string }[] };
      gates: { failAbove: number; maxSelected: null; failed: string[] };
    };
    assert.deepEqual(decided.selection.rule, { kind: 'top', k: 10 });
    assert.deepEqual([decided.selected.length, new Set(decided.selected).size], [10, 10]);
    assert.deepEqual(
      decided.evidence.standsOut.map(({ module }) => module),
      ['model.layers.5.self_attn.k_proj'],
    );
    assert.deepEqual([decided.gates.failAbove, decided.gates.maxSelected], [0, null]);
    assert.equal(above.err, `splora: ${decided.gates.failed.join()}\n`);
    assert.equal((await cli(...args, '--max-selected', '9')).code, 1);
    assert.equal(
      (await cli(...args, '--max-selected', '10', '--max-standouts', '1', '--fail-above', '1000')).code,
      0,
    );
  });

  itInFolder('scores what the chosen loader applies, and says where loaders differ', async (folder) => {
    const file = join(folder, 'adapter_config.json');
    await cp(mixed, folder, { recursive: true });
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...config, target_modules: ['q_proj'] }));
    const args = ['analyze', folder, ...MODELS, '--quiet'];
    const byPeft = parseAnalysis((await cli(...args, '--json')).out);
    const active = byPeft.modules.filter(({ status }) => status === 'scored');
    assert.deepEqual([...new Set(active.map(({ module }) => module.split('.').at(-1)))], ['q_proj']);
    const byVllm = parseAnalysis((await cli(...args, '--json', '--loader', 'vllm')).out);
    assert.ok(byVllm.modules.every(({ status }) => status === 'scored'));
    assert.deepEqual(
      byVllm.loaders?.map(({ loader, verdict }) => `${loader} ${verdict}`),
      ['vllm same', 'peft other', 'transformers other', 'llama.cpp same'],
    );
    const report = await cli(...args, '--format', 'markdown', '--loader', 'vllm');
    const text = report.out.replaceAll('\\', '');
    assert.match(text, /vLLM and PEFT would not run the same model. Scores are of vLLM/);
    assert.match(text, /PEFT 0.21: another effect; 8 of 56 modules attach/);
  });

  itInFolder('fails a gate on what PEFT would not load, or would add at random', async (folder) => {
    const file = join(folder, 'adapter_config.json');
    await cp(mixed, folder, { recursive: true });
    const config = JSON.parse(await readFile(file, 'utf8')) as object;
    const gate = async (change: object): Promise<{ code: number | null; err: string }> => {
      await writeFile(file, JSON.stringify({ ...config, ...change }));
      return cli('analyze', folder, ...MODELS, '--quiet', '--fail-above', '1000');
    };
    assert.equal((await gate({})).code, 0);
    const untargeted = await gate({ target_modules: ['q_proj'] });
    assert.equal(untargeted.code, 1);
    assert.match(untargeted.err, /covers 48 changes: model\.layers\.0\.mlp\.down_proj \(target_modules/);
    const random = await gate({ target_modules: 'all-linear', init_lora_weights: false });
    assert.equal(random.code, 0, random.err);
  });

  it('ends with 2 and one clear line, before any weight is read', async () => {
    const unknownPin = await cli('analyze', mixed, ...MODELS, '--pin-keep', 'nope');
    assert.deepEqual([unknownPin.code, unknownPin.out], [2, '']);
    assert.match(unknownPin.err, /^splora: .*"nope".*\n$/);
    const sameTwice = await cli(
      'analyze',
      mixed,
      '--base',
      sample('base'),
      '--aligned',
      sample('base'),
      '--json',
    );
    assert.equal(sameTwice.code, 2);
    const { error } = JSON.parse(sameTwice.out) as { error: { code: string } };
    assert.equal(error.code, 'wrong-models');
    assert.doesNotMatch(sameTwice.err, /\) ?\(/);
  });

  it('notes that base and aligned look swapped', async () => {
    const swapped = ['--base', sample('aligned'), '--aligned', sample('base')];
    const { code, out } = await cli('analyze', mixed, ...swapped, '--json', '--quiet');
    assert.equal(code, 0);
    const told = (text: string): number =>
      parseAnalysis(text).notes.filter((note) => english(note).includes('look swapped')).length;
    assert.equal(told(out), 1);
    assert.equal(told((await cli('analyze', mixed, ...MODELS, '--json', '--quiet')).out), 0);
  });

  it('is cancelled by SIGINT: exit code 130, no result', () =>
    inLarge(async ({ adapter, base, aligned }) => {
      const child = startCli(['analyze', adapter, '--base', base, '--aligned', aligned, '--threads', '1']);
      // The first line comes with the first module, long before the last.
      child.stderr?.once('data', () => child.kill('SIGINT'));
      const { code, out, err } = await ended(child);
      assert.deepEqual([code, out], [130, '']);
      assert.match(err, /splora: canceled; no output was written\.\n$/);
    }));

  it('ends with 2 and one line when the result cannot be written', async function () {
    if (!existsSync('/dev/full')) skipBecause(this, 'there is no /dev/full here');
    const full = openSync('/dev/full', 'w');
    try {
      const child = startCli(['analyze', mixed, ...MODELS, '--quiet', '--json'], { stdout: full });
      const { code, err } = await ended(child);
      assert.equal(code, 2);
      assert.match(err, /^splora: .*ENOSPC.*\n$/);
    } finally {
      closeSync(full);
    }
  });

  it('ends quietly when the reader has had enough', async () => {
    const child = startCli(['analyze', mixed, ...MODELS, '--quiet', '--json']);
    child.stdout?.destroy();
    const { code, err } = await ended(child);
    assert.deepEqual([code, err], [0, '']);
  });
});
