import assert from 'node:assert/strict';
import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseAnalysis } from '../../src/core/results/analysis/parse';
import { select } from '../../src/core/selection/select';
import { inTemporaryFolder } from '../support/temporaryFolder';
import { sample } from '../support/paths';
import { cli, MODELS } from './runCli';

interface Written {
  readonly schemaVersion: number;
  readonly out: string;
  readonly removed: readonly string[];
  readonly kept: readonly string[];
  readonly unscored: readonly { readonly module: string; readonly status: string }[];
  readonly selection: { readonly rule: { readonly kind: string } };
}

/** A copy of the sample's adapter, because results are written beside it. */
async function withAdapter(work: (adapter: string, folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const adapter = path.join(folder, 'adapter');
    await cp(sample('adapter-mixed'), adapter, { recursive: true });
    await work(adapter, folder);
  });
}

/** Writes NaN into lora_B of a module. */
async function spoilModule(adapter: string, module: string): Promise<string> {
  const file = path.join(adapter, 'adapter_model.safetensors');
  const bytes = await readFile(file);
  const dataStart = 8 + Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString('utf8', 8, dataStart)) as Record<
    string,
    { data_offsets: [number, number] }
  >;
  const at = header[`base_model.model.${module}.lora_B.weight`]?.data_offsets;
  assert.ok(at !== undefined);
  bytes.fill(0xff, dataStart + at[0], dataStart + at[1]);
  await writeFile(file, bytes);
  return module;
}

async function prune(...args: readonly string[]): Promise<Written> {
  const { code, out, err } = await cli('prune', ...args, '--json', '--quiet');
  assert.deepEqual([code, err], [0, '']);
  return JSON.parse(out) as Written;
}

describe('splora prune', () => {
  it('removes by the rule exactly the modules that analyze shows, and never overwrites', () =>
    withAdapter(async (adapter, folder) => {
      const before = await readFile(path.join(adapter, 'adapter_model.safetensors'));
      const first = await prune(adapter, ...MODELS, '--top', '3', '--rank-by', 'reversal');
      const second = await prune(adapter, ...MODELS, '--top', '3', '--rank-by', 'reversal');
      assert.deepEqual(
        [first.out, second.out].map((out) => path.relative(folder, out)),
        ['adapter-splora', 'adapter-splora-2'],
      );
      assert.deepEqual(second.removed, first.removed);
      assert.equal(first.schemaVersion, 2);
      const { modules } = parseAnalysis((await cli('analyze', adapter, ...MODELS, '--json', '--quiet')).out);
      const verdicts = select(modules, {
        rule: { kind: 'top', k: 3 },
        rankBy: 'reversal',
        pins: { keep: [], prune: [] },
      });
      const going = verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module);
      assert.deepEqual([...first.removed].sort(), going.sort());
      assert.equal(first.removed.length + first.kept.length, 56);
      assert.deepEqual(await readFile(path.join(adapter, 'adapter_model.safetensors')), before);
    }));

  it('prunes by hand without any model, and compare sees it', () =>
    withAdapter(async (adapter, folder) => {
      const pins = ['model.layers.0.mlp.up_proj', 'model.layers.3.self_attn.q_proj'];
      const out = path.join(folder, 'by-hand');
      const written = await prune(adapter, ...pins.flatMap((pin) => ['--pin-prune', pin]), '--out', out);
      assert.deepEqual([written.out, written.removed, written.selection.rule.kind], [out, pins, 'none']);
      const compared = await cli('compare', adapter, out, '--json', '--quiet');
      const { modules } = JSON.parse(compared.out) as { modules: { module: string; status: string }[] };
      const differing = modules.filter(({ status }) => status !== 'equal');
      assert.deepEqual(
        differing.map(({ module, status }) => [module, status]),
        pins.map((pin) => [pin, 'left-only']),
      );
      const again = await cli('prune', adapter, '--pin-prune', pins[0] ?? '', '--out', out);
      assert.equal(again.code, 2);
      assert.match(again.err, /^splora: .*by-hand.*\n$/);
    }));

  it('zeroes instead of removing with --mode zero', () =>
    withAdapter(async (adapter) => {
      const module = 'model.layers.1.mlp.up_proj';
      const { out } = await prune(adapter, '--pin-prune', module, '--mode', 'zero');
      const { out: text } = await cli('compare', adapter, out, '--quiet');
      assert.match(text, /model\.layers\.1\.mlp\.up_proj +zeroed/);
      assert.match(text, /56 modules: 55 equal, 1 zeroed\./);
    }));

  it('reuses a saved analysis, with pins winning over the rule, and refuses a stale one', () =>
    withAdapter(async (adapter, folder) => {
      const saved = path.join(folder, 'analysis.json');
      await writeFile(saved, (await cli('analyze', adapter, ...MODELS, '--json', '--quiet')).out);
      const all = await prune(adapter, '--from', saved, '--top', '4');
      const [pinned = ''] = all.removed;
      const fewer = await prune(adapter, '--from', saved, '--top', '4', '--pin-keep', pinned);
      assert.deepEqual(fewer.removed, all.removed.slice(1));
      await cp(sample('adapter-benign'), adapter, { recursive: true });
      const stale = await cli('prune', adapter, '--from', saved);
      assert.equal(stale.code, 2);
      assert.match(stale.err, /changed after the analysis/);
    }));

  it('scores a saved analysis again with --population and --scale, and refuses --quartiles', () =>
    withAdapter(async (adapter, folder) => {
      const saved = path.join(folder, 'analysis.json');
      const options = ['--population', 'all', '--scale', 'none'];
      await writeFile(saved, (await cli('analyze', adapter, ...MODELS, '--json', '--quiet')).out);
      const rescored = await prune(adapter, '--from', saved, '--top', '6', ...options);
      const scored = await prune(adapter, ...MODELS, '--top', '6', ...options);
      assert.deepEqual(rescored.removed, scored.removed);
      const inspected = await cli('inspect', rescored.out, '--json');
      const record = (JSON.parse(inspected.out) as { metadata: { splora: string } }).metadata.splora;
      assert.deepEqual((JSON.parse(record) as { options: unknown }).options, {
        population: 'all',
        scale: 'none',
        quartiles: 'exact',
      });
      const refused = await cli('prune', adapter, '--from', saved, '--quartiles', 'exact');
      assert.deepEqual([refused.code, refused.out], [2, '']);
      assert.match(refused.err, /--quartiles cannot be combined with --from/);
    }));

  it('names the modules that the rule could not judge', () =>
    withAdapter(async (adapter) => {
      const spoilt = await spoilModule(adapter, 'model.layers.2.mlp.up_proj');
      const written = await prune(adapter, ...MODELS, '--top', '2');
      assert.deepEqual(
        written.unscored.map(({ module, status }) => [module, status]),
        [[spoilt, 'unsupported']],
      );
      const text = await cli('prune', adapter, ...MODELS, '--top', '2', '--quiet');
      assert.match(text.out, /- not scored, so the rule did not take it: model\.layers\.2\.mlp\.up_proj: /);
      const gate = await cli('analyze', adapter, ...MODELS, '--quiet', '--fail-above', '1000');
      assert.equal(gate.code, 1);
      assert.match(gate.err, /^splora: gate failed: no score covers 1 change: model\.layers\.2/);
    }));

  it('leaves nothing behind when it refuses', () =>
    withAdapter(async (adapter, folder) => {
      for (const args of [
        ['--pin-prune', 'nope'],
        ['--pin-prune', 'model.layers.0.mlp.up_proj', '--pin-keep', 'nope'],
        [...MODELS, '--fraction', '1.5'],
        [...MODELS, '--top', '3', '--pin-keep', 'nope'],
      ]) {
        const { code, out, err } = await cli('prune', adapter, ...args, '--quiet');
        assert.deepEqual([code, out], [2, ''], err);
        assert.equal(err.trimEnd().split('\n').length, 1);
      }
      assert.deepEqual(await readdir(folder), ['adapter']);
    }));
});
