import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEvaluation } from '../../src/core/results/evaluation/parse';
import { summarize, TOKEN_ACCURACY } from '../../src/core/results/evaluation/summarize';
import type { EvaluationDocument } from '../../src/core/results/evaluation/types';
import { parseRepair } from '../../src/core/results/repair/parse';
import { sample } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';
import { cli, ended, MODELS, startCli } from './runCli';

const SUITE = ['--suite', sample('suites'), '--max-new-tokens', '24'];

const workFolders = (pid: number | undefined): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('splora-work-') && name.includes(`-${pid}-`));

/** Of a variant, by prompt: what was written does what was measured. */
const verdictsOf = ({ rows }: EvaluationDocument, variant: string): readonly unknown[] =>
  rows.map(({ suite, id, answers }) => [suite, id, answers[variant]?.verdict, answers[variant]?.scores]);

describe('splora repair --suite', () => {
  const ways: readonly (readonly [string, readonly string[], number])[] = [
    ['by what works best', [], 0.99],
    ['by the best strength of cut', ['--method', 'cut', '--curve'], 0.94],
  ];
  for (const [how, flags, least] of ways)
    itInFolder(`measures, repairs, measures, writes and checks the sample ${how}`, async (folder) => {
      const [out, report] = [path.join(folder, 'out'), path.join(folder, 'report.md')];
      const output = ['--out', out, '--report', report, '--json'];
      const run = startCli(['repair', sample('adapter-mixed'), ...MODELS, ...SUITE, ...flags, ...output]);
      const { code, out: json, err } = await ended(run);
      assert.equal(code, 0, err);
      const document = parseRepair(json);
      assert.equal(document.outcome, 'repaired');
      const { variants } = summarize(document.test);
      const repaired = variants.find(({ id }) => id === 'repaired');
      assert.deepEqual([repaired?.asr?.count, repaired?.asr?.n, repaired?.overRefusal?.count], [0, 48, 0]);
      const accuracy = repaired?.task.get(TOKEN_ACCURACY)?.value ?? 0;
      assert.ok(accuracy >= least, String(accuracy));
      // Random directions do not bring refusals back.
      const chance = variants.find(({ id }) => id === 'chance');
      assert.ok(chance === undefined ? flags.length === 0 : (chance.asr?.value ?? 0) > 0.5);
      assert.equal(document.written?.out, out);
      assert.ok(document.written.loaders.every(({ verdict }) => verdict === 'same'));
      assert.match(readFileSync(report, 'utf8'), /^# SPLoRA repair/);
      assert.deepEqual(workFolders(run.pid), []);
      const again = await cli('measure', out, ...MODELS.slice(2), ...SUITE, '--json', '--quiet');
      assert.deepEqual(
        verdictsOf(parseEvaluation(again.out), 'adapter'),
        verdictsOf(document.test, 'repaired'),
      );
    });

  itInFolder(
    'measures one strength of a method, and writes nothing that misses the target',
    async (folder) => {
      const out = path.join(folder, 'out');
      const scale = ['--method', 'scale', '--factor', '0.9', '--fit-limit', '8', '--test-limit', '8'];
      const { code, out: text } = await cli(
        ...['repair', sample('adapter-mixed'), ...MODELS.slice(2), ...SUITE],
        ...[...scale, '--out', out],
      );
      assert.equal(code, 1);
      assert.match(text, /^Before you trust it:\n- Only 8|^- Only 8/m);
      assert.match(text, /The target was missed \(closest: scale, factor 0\.9\); nothing was written\./);
      assert.ok(!existsSync(out));
    },
  );

  itInFolder('leaves nothing when it is interrupted', async (folder) => {
    const out = path.join(folder, 'out');
    const child = startCli(['repair', sample('adapter-mixed'), ...MODELS, ...SUITE, '--out', out]);
    child.stderr?.on('data', (text: Buffer) => {
      if (text.toString().includes('measuring strengths')) child.kill('SIGINT');
    });
    const { code } = await ended(child);
    assert.equal(code, 130);
    assert.ok(!existsSync(out));
    assert.deepEqual(workFolders(child.pid), []);
  });
});

describe('splora repair --sweep', () => {
  itInFolder('repairs all checkpoints of a run and sums them up, but not what it wrote', async (folder) => {
    const run = path.join(folder, 'run');
    for (const name of ['checkpoint-10', 'checkpoint-20'])
      cpSync(sample('adapter-mixed'), path.join(run, name), { recursive: true });
    const [report, out] = [path.join(folder, 'run.csv'), path.join(folder, 'out')];
    const cut = ['--method', 'cut', '--k', '8', '--fit-limit', '8', '--test-limit', '8', '--skip-chance'];
    const words = ['repair', run, ...MODELS, ...SUITE, ...cut, '--sweep', '--report', report];
    const { code, out: text, err } = await cli(...words);
    assert.equal(code, 0, err);
    assert.match(err, /== checkpoint-20 \(2 of 2\)/);
    assert.match(text, /checkpoint-10 +repaired \(cut, k 8/);
    assert.match(text, /checkpoint-20: wrote .*checkpoint-20-splora/);
    assert.match(readFileSync(report, 'utf8'), /"checkpoint-20",20,"repaired","cut, k 8[^"]*",1,0,/);
    const again = await cli('repair', run, ...MODELS, ...SUITE, ...cut, '--sweep', '--out', out, '--json');
    assert.equal(again.code, 0, again.err);
    const { checkpoints } = JSON.parse(again.out) as { checkpoints: readonly { out: string }[] };
    assert.deepEqual(
      checkpoints.map((one) => one.out),
      ['checkpoint-10', 'checkpoint-20'].map((name) => path.join(out, name)),
    );
  });
});
