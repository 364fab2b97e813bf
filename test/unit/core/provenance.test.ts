import assert from 'node:assert/strict';
import { parseRepairOrigin, provenanceJson, type Provenance } from '../../../src/core/provenance';
import { adapterOf, peftPair } from '../../support/adapterFixture';

const adapter = adapterOf(peftPair('q'), { r: 2 });

function record(provenance: Provenance, previous?: string): Record<string, unknown> {
  const change = { method: 'prune', record: { mode: 'remove', removed: ['a', 'b'] } };
  const source = { adapter, toolVersion: '1.2.3', sourceSha256: 'ab', previous };
  return JSON.parse(provenanceJson({ ...change, ...source, provenance })) as Record<string, unknown>;
}

describe('provenance', () => {
  it('says who pruned what, how and from which bytes', () => {
    assert.deepEqual(record({ by: 'hand' }), {
      version: 1,
      tool: 'splora',
      toolVersion: '1.2.3',
      method: 'prune',
      mode: 'remove',
      by: 'hand',
      removed: ['a', 'b'],
      source: { folder: 'test', file: 'adapter_model.safetensors', sha256: 'ab' },
    });
  });

  it('keeps repo ids and drops the folders of paths', () => {
    const selection = {
      rule: { kind: 'top', k: 3 },
      rankBy: 'ediemIqr',
      pins: { keep: [], prune: ['a'] },
    } as const;
    const options = { population: 'type', scale: 'none', quartiles: 'exact' } as const;
    const places: readonly (readonly [string, string])[] = [
      ['meta-llama/Llama-3.2-1B', 'meta-llama/Llama-3.2-1B'],
      ['/home/someone/models/base', 'base'],
      ['/home/someone/models/base/', 'base'],
      ['~/base', 'base'],
      ['./models/base', 'base'],
      ['C:\\Users\\someone\\base', 'base'],
    ];
    for (const [base, shown] of places) {
      const written = record({ by: 'rule', selection, options, base, aligned: '/x/aligned' });
      assert.deepEqual(
        [written['base'], written['aligned'], written['selection'], written['options']],
        [shown, 'aligned', selection, options],
      );
    }
  });

  it('says when the scores are of earlier files', () => {
    const stale = 'adapter_config.json changed after the analysis';
    const scores = {
      selection: { rule: { kind: 'none' }, rankBy: 'ediemIqr', pins: { keep: [], prune: [] } },
      options: { population: 'type', scale: 'none', quartiles: 'exact' },
      base: '/x/base',
      aligned: '/x/aligned',
    } as const;
    assert.equal(record({ by: 'rule', ...scores, stale })['stale'], stale);
    assert.equal('stale' in record({ by: 'rule', ...scores }), false);
  });

  it('carries an earlier record on, within a bound', () => {
    assert.equal(record({ by: 'hand' }, '{"version":1}')['previous'], '{"version":1}');
    assert.equal(record({ by: 'hand' }, 'x'.repeat(100_000))['previous'], undefined);
  });

  it('is read back: which method, and the folder of the original', () => {
    const moved = { ...adapter, weightsFile: '/runs/client/adapter_model.safetensors' };
    const input = { adapter: moved, toolVersion: '1.2.3', sourceSha256: 'ab', previous: undefined };
    const text = provenanceJson({ ...input, method: 'gates', record: {} });
    assert.deepEqual(parseRepairOrigin(text), { method: 'gates', folder: 'client' });
    assert.ok(!text.includes('/runs'));
    for (const other of ['', '{', '[]', '{"method": 1}', '{"method": ""}'])
      assert.equal(parseRepairOrigin(other), undefined, other);
    assert.deepEqual(parseRepairOrigin('{"method": "cut"}'), { method: 'cut', folder: undefined });
  });
});
