import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat, utimes, writeFile, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readAnalysis } from '../../../src/cli/savedAnalysis';
import { SploraError } from '../../../src/core/errors';
import { jsonText } from '../../../src/core/report/escape';
import { analysisOf, scored } from '../../support/analysisDocument';
import { rejection } from '../../support/rejection';
import { skipBecause } from '../../support/skip';
import { english } from '../../support/english';

describe('readAnalysis', () => {
  let folder: string;
  let weights: string;
  let saved: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'splora-saved-'));
    weights = path.join(folder, 'adapter_model.safetensors');
    saved = path.join(folder, 'analysis.json');
    await writeFile(weights, 'weights');
    const { size, mtimeMs } = await stat(weights);
    const inputs = [
      { path: weights, size, mtimeMs },
      { path: path.join(folder, 'gone.safetensors'), size: 1, mtimeMs: 1 },
    ];
    await writeFile(saved, jsonText(analysisOf([scored('a')], { adapter: weights, inputs })));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refused = (pattern: RegExp) => (error: unknown) =>
    error instanceof SploraError && error.data.code === 'bad-request' && pattern.test(error.message);

  it('takes the folder or the file of the adapter, also when model files are gone', async () => {
    assert.equal((await readAnalysis(saved, folder)).adapter, weights);
    assert.equal((await readAnalysis(saved, path.relative(process.cwd(), weights))).modules.length, 1);
  });
  it('takes the config of the adapter, and links to it', async () => {
    const config = path.join(folder, 'adapter_config.json');
    await writeFile(config, '{}');
    assert.equal((await readAnalysis(saved, config)).adapter, weights);
    const link = path.join(folder, 'link');
    await symlink(folder, link, 'junction');
    assert.equal((await readAnalysis(saved, link)).adapter, weights);
  });
  it('says in words that there is no analysis, with the absolute path', () =>
    assert.rejects(readAnalysis(path.relative(process.cwd(), `${saved}x`), folder), (error) => {
      assert.ok(error instanceof SploraError);
      assert.deepEqual([error.data.code, error.data.file], ['not-found', `${saved}x`]);
      assert.match(error.message, /Analysis not found/);
      return true;
    }));
  it('refuses a folder, a pipe and a device at once', async function () {
    await rejection(readAnalysis(folder, folder), 'io');
    if (process.platform === 'win32') skipBecause(this, 'Windows has no pipes and devices in folders');
    const pipe = path.join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const from of [pipe, '/dev/zero', '/dev/null']) {
      const { message, file } = await rejection(readAnalysis(from, folder), 'io');
      assert.match(english(message), /is a device or pipe, not a file/);
      assert.equal(file, from);
    }
  });
  it('refuses the analysis of another adapter', async () => {
    await assert.rejects(readAnalysis(saved, path.join(folder, 'other')), refused(/another adapter/));
  });
  it('refuses a stale analysis', async () => {
    await utimes(weights, 1, 1);
    await assert.rejects(readAnalysis(saved, folder), refused(/changed after/));
    await rm(weights);
    await assert.rejects(readAnalysis(saved, folder), refused(/changed after/));
  });
});
