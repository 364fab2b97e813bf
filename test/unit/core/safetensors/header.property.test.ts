import assert from 'node:assert/strict';
import fc from 'fast-check';
import { SploraError } from '../../../../src/core/errors';
import type { DtypeName } from '../../../../src/core/safetensors/dtype';
import { headerByteLength, parseHeader } from '../../../../src/core/safetensors/header';
import type { SafetensorsHeader } from '../../../../src/core/safetensors/types';
import { thrownData } from '../../../support/rejection';
import { rawSafetensors, safetensorsBytes } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';

function read(file: Uint8Array): SafetensorsHeader {
  const length = headerByteLength(file.subarray(0, 8), file.length, 'x');
  return parseHeader(file.subarray(8, 8 + length), file.length, 'x');
}

describe('safetensors header: any file', () => {
  const onlyOurErrors = (file: Uint8Array): void => {
    try {
      read(file);
    } catch (thrown) {
      if (!(thrown instanceof SploraError)) throw thrown;
      assert.equal(thrown.data.code, 'bad-safetensors');
      assert.ok(english(thrown.data.message).length < 1000);
    }
  };

  it('random bytes end in a header or a SploraError', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), onlyOurErrors));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => onlyOurErrors(rawSafetensors(bytes, 4))),
    );
  });

  it('random JSON ends in a header or a SploraError', () => {
    fc.assert(fc.property(fc.json(), fc.nat(16), (json, data) => onlyOurErrors(rawSafetensors(json, data))));
  });

  it('a valid file with a few bytes changed ends in a header or a SploraError', () => {
    const valid = safetensorsBytes(
      [
        { name: 'a.b', shape: [2, 3] },
        { name: 'ü', dtype: 'F16', shape: [4] },
      ],
      { format: 'pt' },
    );
    const change = fc.tuple(
      fc.nat(valid.length - 1),
      fc.constantFrom(...Buffer.from('{}[]",:0919-.eE\\u \0\xff', 'latin1')),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const file = Uint8Array.from(valid);
        for (const [at, byte] of changes) file[at] = byte;
        onlyOurErrors(file);
      }),
      { numRuns: 1000 },
    );
  });

  it('what is written by the rules is read back', () => {
    const tensor = fc.record({
      name: fc.string({ unit: 'binary', maxLength: 12 }).filter((name) => name !== '__metadata__'),
      dtype: fc.constantFrom<DtypeName>('F64', 'F32', 'BF16', 'U8', 'F8_E8M0'),
      shape: fc.array(fc.nat(4), { maxLength: 4 }),
    });
    const tensors = fc.uniqueArray(tensor, { selector: ({ name }) => name, maxLength: 8 });
    fc.assert(
      fc.property(tensors, fc.dictionary(fc.string(), fc.string()), (wanted, metadata) => {
        const header = read(safetensorsBytes(wanted, metadata));
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
    assert.equal(read(rawSafetensors(`{${empty.join(',')}}`)).tensors.size, 18_000);
    for (const unit of ['{', '[', '"', '\\', '0', '{"a":', '{"":{},', '""', ' ', '\\u0000', '{"a":"']) {
      thrownData(
        () => read(rawSafetensors(unit.repeat(Math.floor(1_000_000 / unit.length)))),
        'bad-safetensors',
      );
      thrownData(
        () => read(rawSafetensors(`{"a":{"x":${unit.repeat(Math.floor(1_000_000 / unit.length))}`)),
        'bad-safetensors',
      );
    }
  });
});
