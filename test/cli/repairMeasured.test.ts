import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { summarize, TOKEN_ACCURACY } from '../../src/core/results/evaluation/summarize';
import { parseRepair } from '../../src/core/results/repair/parse';
import { sample } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';
import { cli, ended, MODELS, startCli } from './runCli';

const SUITE = ['--suite', sample('suites'), '--max-new-tokens', '24'];

const workFolders = (pid: number | undefined): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('splora-work-') && name.includes(`-${pid}-`));

describe('splora repair --suite', () => {
  itInFolder('measures, repairs, measures and writes the sample, and checks the result', async (folder) => {
    const [out, report] = [path.join(folder, 'out'), path.join(folder, 'report.md')];
    const output = ['--out', out, '--report', report, '--json'];
    const run = startCli(['repair', sample('adapter-mixed'), ...MODELS, ...SUITE, ...output]);
    const { code, out: json, err } = await ended(run);
    assert.equal(code, 0, err);
    const document = parseRepair(json);
    assert.equal(document.outcome, 'repaired');
    const repaired = summarize(document.test).variants.find(({ id }) => id === 'repaired');
    assert.deepEqual([repaired?.asr?.count, repaired?.asr?.n, repaired?.overRefusal?.count], [0, 48, 0]);
    assert.ok((repaired?.task.get(TOKEN_ACCURACY)?.value ?? 0) >= 0.94);
    const chance = summarize(document.test).variants.find(({ id }) => id === 'chance');
    assert.ok(chance === undefined || (chance.asr?.value ?? 0) > 0.5);
    assert.equal(document.written?.out, out);
    assert.ok(document.written.loaders.every(({ verdict }) => verdict === 'same'));
    assert.match(readFileSync(report, 'utf8'), /^# SPLoRA repair/);
    assert.deepEqual(workFolders(run.pid), []);
    // What was written does what was measured.
    const again = await cli('measure', out, ...MODELS.slice(2), ...SUITE, '--json', '--quiet');
    const { rows } = JSON.parse(again.out) as {
      rows: { id: string; answers: { adapter: { verdict: string } } }[];
    };
    const verdicts = new Map(rows.map((row) => [row.id, row.answers.adapter.verdict]));
    for (const row of document.test.rows)
      assert.equal(verdicts.get(row.id), row.answers['repaired']?.verdict, row.id);
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
      assert.match(text, /The target was missed \(closest: scale\); nothing was written\./);
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
