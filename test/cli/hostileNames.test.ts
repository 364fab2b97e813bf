import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { peftPair } from '../support/adapterFixture';
import { HOSTILE_NAME } from '../support/analysisDocument';
import { writeModels, writeRandomAdapter } from '../support/models';
import { rawSafetensors } from '../support/safetensorsBytes';
import { itInFolder } from '../support/temporaryFolder';
import { cli } from './runCli';

/** What a terminal runs, or hides: none of it may come from a name. CSV ends its lines with CRLF. */
const RUNS_OR_HIDES = /[\p{Cc}\p{Cf}\p{DI}]/u;
/** No `/` and no NUL, so that it can be a folder's name, too. */
const PIECE = HOSTILE_NAME.replaceAll('/', '|');
const MODULES = [`a.${PIECE}`, `b.${PIECE}`, `c.${PIECE}`];

async function safe(...args: readonly string[]): Promise<string> {
  const { out, err } = await cli(...args);
  const text = `${out}${err}`;
  assert.doesNotMatch(text.replace(/\r?\n/g, ''), RUNS_OR_HIDES, JSON.stringify(args));
  return text;
}

describe('splora and names that a terminal would run', () => {
  itInFolder('prints them as text, in every command, format and error', async (folder) => {
    const weights = Object.fromEntries(MODULES.slice(1).map((name) => [`${name}.weight`, [6, 4]] as const));
    const { base, aligned } = await writeModels(path.join(folder, PIECE), { weights });
    const adapter = path.join(folder, PIECE, 'adapter');
    const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: [PIECE], [PIECE]: PIECE };
    const tensors = [...MODULES.flatMap((name) => peftPair(name)), { name: PIECE, shape: [2] }];
    await writeRandomAdapter(adapter, { tensors, config: { ...config, base_model_name_or_path: PIECE } });
    const scoring = [adapter, '--base', base, '--aligned', aligned] as const;

    const saved = path.join(folder, 'analysis.json');
    await writeFile(saved, await safe('analyze', ...scoring, '--json', '--quiet'));
    for (const format of ['table', 'csv', 'markdown', 'sarif', 'svg'])
      assert.match(await safe('analyze', ...scoring, '--format', format), /cmd/);
    assert.match(
      await safe('analyze', ...scoring, '--fail-above', '-9', '--max-selected', '0'),
      /gate failed/,
    );
    for (const json of [[], ['--json']]) {
      assert.match(await safe('inspect', adapter, '--all', ...json), /cmd/);
      assert.match(await safe('inspect', base, ...json), /cmd/);
      assert.match(await safe('check', adapter, '--model', aligned, ...json), /cmd/);
      const out = path.join(folder, PIECE, `pruned${json.join('')}`);
      assert.match(await safe('prune', adapter, '--from', saved, '--top', '1', '--out', out, ...json), /cmd/);
      assert.match(await safe('compare', adapter, out, '--all', ...json), /cmd/);
      await errors({ adapter, folder, saved, json });
    }
  });
});

async function errors(given: {
  readonly adapter: string;
  readonly folder: string;
  readonly saved: string;
  readonly json: readonly string[];
}): Promise<void> {
  const { adapter, folder, saved, json } = given;
  const broken = path.join(folder, 'broken');
  await mkdir(broken, { recursive: true });
  const entry = { dtype: PIECE, shape: [1], data_offsets: [0, 9] };
  const header = JSON.stringify({ [PIECE]: entry });
  await writeFile(path.join(broken, 'adapter_model.safetensors'), rawSafetensors(header, 9));
  assert.match(await safe('inspect', broken, ...json), /cmd/);
  assert.match(await safe('inspect', path.join(folder, PIECE, 'none'), ...json), /cmd/);
  assert.match(await safe('prune', adapter, '--pin-prune', PIECE, ...json), /cmd/);
  assert.match(await safe('prune', broken, '--from', saved, ...json), /cmd/);
  assert.match(await safe('prune', adapter, '--from', path.join(folder, PIECE, 'none'), ...json), /cmd/);
  // What commander itself says of words that it does not know.
  assert.match(await safe(PIECE, ...json), /cmd/);
  assert.match(await safe('check', adapter, `--${PIECE}`, ...json), /cmd/);
  assert.match(await safe('check', adapter, '--loader', PIECE, ...json), /cmd/);
  assert.match(await safe('analyze', adapter, '--top', PIECE, ...json), /cmd/);
  assert.doesNotMatch(await safe('help', PIECE), /\u001b/);
}
