import assert from 'node:assert/strict';
import fc from 'fast-check';
import { MAX_SHARDS, parseShardIndex } from '../../../../src/core/checkpoint/shardIndex';
import { SploraError } from '../../../../src/core/errors';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';

const parse = (json: string): ReadonlyMap<string, string> =>
  parseShardIndex(Buffer.from(json), '/m/index.json');
const refused = (json: string, message: RegExp): void => {
  const data = thrownData(() => parse(json), 'bad-index');
  assert.match(english(data.message), message);
  assert.equal(data.file, '/m/index.json');
};
const shard = (name: string): string => JSON.stringify({ weight_map: { a: name } });

describe('parseShardIndex', () => {
  it('reads the map and passes over the rest', () => {
    const json =
      '{"metadata":{"total_size":1.5e10,"x":[null]},"weight_map":{"__proto__":"m-1.safetensors","b":"m-2.safetensors"}}';
    assert.deepEqual(
      [...parse(json)],
      [
        ['__proto__', 'm-1.safetensors'],
        ['b', 'm-2.safetensors'],
      ],
    );
  });

  for (const name of [
    '../x.safetensors',
    '/etc/x.safetensors',
    'a/x.safetensors',
    'a\\x.safetensors',
    'C:x.safetensors',
    '..',
    '.',
    '',
    'x\0.safetensors',
  ]) {
    it(`refuses the shard name ${JSON.stringify(name)}`, () => {
      refused(shard(name), /points outside the folder/);
    });
  }

  it('refuses what is no safetensors shard, and PyTorch shards by name', () => {
    refused(shard('x.json'), /not a \.safetensors file/);
    assert.match(
      english(thrownData(() => parse(shard('pytorch_model-1.bin')), 'unsupported-checkpoint').message),
      /PyTorch/,
    );
  });

  it('refuses names that are too long, of tensors and of shards', () => {
    const long = 'x'.repeat(4097);
    refused(
      JSON.stringify({ weight_map: { [long]: 'x.safetensors' } }),
      /has 4097 characters, more than the 4096/,
    );
    refused(shard(`${long}.safetensors`), /has 4109 characters, more than the 4096/);
  });

  it('refuses broken JSON, a missing, empty or doubled map, and doubled tensors', () => {
    refused('', /at byte 0: expected "\{"/);
    refused('{"weight_map":{"a":1}}', /at byte 19: expected a string/);
    refused('{"weight_map":[]}', /expected "\{"/);
    refused('{}', /no "weight_map"/);
    refused('{"weight_map":{}}', /is empty/);
    refused('{"weight_map":{"a":"x.safetensors"},"weight_map":{}}', /duplicate key/);
    refused('{"weight_map":{"a":"x.safetensors","\\u0061":"y.safetensors"}}', /duplicate name "a"/);
    refused(`${shard('x.safetensors')}}`, /expected the end/);
  });

  it('bounds the number of shards', () => {
    const entries = Array.from(
      { length: MAX_SHARDS + 1 },
      (_, i) => `"${String(i)}":"${String(i)}.safetensors"`,
    );
    refused(`{"weight_map":{${entries.join(',')}}}`, /more than 4096 shards/);
  });

  it('answers any text with a map or a SploraError', () => {
    const any = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => `{"weight_map":${json}}`),
    );
    fc.assert(
      fc.property(any, (json) => {
        try {
          parse(json);
        } catch (thrown) {
          if (!(thrown instanceof SploraError)) throw thrown;
        }
      }),
    );
  });
});
