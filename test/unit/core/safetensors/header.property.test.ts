import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DtypeName } from '../../../../src/core/safetensors/dtype';
import { thrownData } from '../../../support/rejection';
import { rawSafetensors, safetensorsBytes, readHeader } from '../../../support/safetensorsBytes';

describe('safetensors header: any file', () => {
  it('what is written by the rules is read back', () => {
    const tensor = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 12 }).filter((name) => name !== '__metadata__'),
      dtype: fc.constantFrom<DtypeName>('F64', 'F32', 'BF16', 'U8', 'F8_E8M0'),
      shape: fc.array(fc.nat(4), { maxLength: 4 }),
    });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 8 });
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (wanted, metadata) => {
        const header = readHeader(safetensorsBytes(wanted, metadata));
        const found = [...header.tensors.values()].map(({ name, dtype, shape }) => ({ name, dtype, shape }));
        assert.deepEqual(
          found,
          wanted.map((each) => ({ ...each })),
        );
        assert.deepEqual(new Map(header.metadata), new Map(Object.entries(metadata)));
      }),
    );
  });

  it('reads a header of a million bytes of entries, and refuses one of a million bytes of anything', () => {
    const empty = Array.from(
      { length: 18_000 },
      (_, i) => `"${String(i)}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
    );
    assert.equal(readHeader(rawSafetensors(`{${empty.join(',')}}`)).tensors.size, 18_000);
    for (const unit of ['{', '[', '"', '\\', '0', '{"a":', '{"":{},', '""', ' ', '\\u0000', '{"a":"']) {
      thrownData(
        () => readHeader(rawSafetensors(unit.repeat(Math.floor(1_000_000 / unit.length)))),
        'bad-safetensors',
      );
      thrownData(
        () => readHeader(rawSafetensors(`{"a":{"x":${unit.repeat(Math.floor(1_000_000 / unit.length))}`)),
        'bad-safetensors',
      );
    }
  });
});
