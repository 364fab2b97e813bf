import assert from 'node:assert/strict';
import fc from 'fast-check';
import { headerByteLength, parseHeader } from '../../../../src/core/safetensors/header';
import type { SafetensorsHeader } from '../../../../src/core/safetensors/types';
import { planWrite, type TensorFate, type WritePlan } from '../../../../src/core/safetensors/writePlan';
import { readIndependently } from '../../../support/independentReader';
import { f32, safetensorsBytes } from '../../../support/safetensorsBytes';

function read(file: Uint8Array): SafetensorsHeader {
  const length = headerByteLength(file, file.length, 'x');
  return parseHeader(file.subarray(8, 8 + length), file.length, 'x');
}

/** The file that a plan describes. */
function carriedOut(plan: WritePlan, source: Uint8Array): Uint8Array {
  const parts = plan.segments.map((segment) => {
    if (segment.kind === 'zeros') return new Uint8Array(segment.byteLength);
    const length = segment.kind === 'copy' ? segment.byteLength : segment.sourceLength;
    const bytes = source.subarray(segment.offset, segment.offset + length);
    return segment.kind === 'copy' ? bytes : segment.transform(bytes);
  });
  const file = Buffer.concat([plan.headerBytes, ...parts]);
  assert.equal(file.length, plan.totalBytes);
  return file;
}

const SOURCE = safetensorsBytes(
  [
    { name: 'b', dtype: 'F16', shape: [3] },
    { name: 'a', dtype: 'F16', shape: [1] },
    { name: 'z', shape: [2] },
    { name: '7', dtype: 'U8', shape: [3] },
    { name: '__proto__', dtype: 'F64', shape: [1] },
  ],
  { format: 'pt' },
);

function rewritten(fate: (name: string) => TensorFate, metadata = new Map<string, string>()): Uint8Array {
  return carriedOut(planWrite(read(SOURCE), fate, metadata), SOURCE);
}

describe('planWrite', () => {
  it('writes the largest elements first, then by name, so that all data is aligned', () => {
    const header = read(rewritten(() => 'copy'));
    assert.deepEqual([...header.tensors.keys()], ['__proto__', 'z', 'a', 'b', '7']);
    assert.equal(header.dataStart % 8, 0);
    for (const { offset, dtype } of header.tensors.values())
      assert.equal(offset % (dtype === 'U8' ? 1 : 2), 0);
  });

  it('keeps metadata, adds ours, and lets ours win', () => {
    const header = read(
      rewritten(
        () => 'copy',
        new Map([
          ['splora', '{"a":1}'],
          ['__proto__', 'x'],
        ]),
      ),
    );
    assert.deepEqual(
      [...header.metadata],
      [
        ['format', 'pt'],
        ['splora', '{"a":1}'],
        ['__proto__', 'x'],
      ],
    );
    assert.equal(read(rewritten(() => 'copy', new Map([['format', 'np']]))).metadata.get('format'), 'np');
  });

  it('writes no metadata where there is none', () => {
    const source = safetensorsBytes([{ name: 'a', shape: [1] }]);
    const { headerBytes } = planWrite(read(source), () => 'copy', new Map());
    assert.doesNotMatch(Buffer.from(headerBytes).toString(), /__metadata__/);
  });

  it('drops, zeroes and transforms', async () => {
    const fates = new Map<string, TensorFate>([
      ['b', 'drop'],
      ['a', 'zero'],
      ['z', { transform: () => f32(1, 2, 3, 4), shape: [2, 2] }],
    ]);
    const file = rewritten((name) => fates.get(name) ?? 'copy');
    const reader = await readIndependently(file);
    assert.deepEqual([...reader.metadata.keys()].sort(), ['7', '__proto__', 'a', 'z']);
    assert.deepEqual([...reader.getTensor('a')], [0, 0]);
    assert.deepEqual(reader.metadata.get('z')?.shape, [2, 2]);
    assert.deepEqual(Buffer.from(reader.getTensor('z')), Buffer.from(f32(1, 2, 3, 4)));
    assert.deepEqual([...reader.getTensor('__proto__')], [1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('writes a valid file when nothing is left', () => {
    assert.equal(read(rewritten(() => 'drop')).tensors.size, 0);
  });

  it('round trips any file: kept tensors are read by an independent reader, bit for bit', async () => {
    const name = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 10 })
      .filter((text) => !text.startsWith('__'));
    const tensor = fc.record({
      name,
      dtype: fc.constantFrom('F64' as const, 'F32' as const, 'BF16' as const, 'I8' as const),
      shape: fc.array(fc.nat(3), { maxLength: 3 }),
    });
    const tensors = fc.uniqueArray(tensor, { selector: (each) => each.name, maxLength: 6 });
    const metadata = fc.dictionary(fc.string(), fc.string());
    await fc.assert(
      fc.asyncProperty(tensors, metadata, fc.func(fc.boolean()), async (wanted, meta, keep) => {
        const source = safetensorsBytes(wanted, meta);
        const before = read(source);
        const plan = planWrite(before, (each) => (keep(each) ? 'copy' : 'drop'), new Map());
        const file = carriedOut(plan, source);
        const kept = wanted.filter((each) => keep(each.name));
        assert.deepEqual(new Map(read(file).metadata), new Map(before.metadata));
        const reader = await readIndependently(file);
        assert.deepEqual([...reader.metadata.keys()].sort(), kept.map((each) => each.name).sort());
        for (const { name: each, dtype, shape } of kept) {
          const { offset = 0, byteLength = 0 } = before.tensors.get(each) ?? {};
          assert.deepEqual(
            Buffer.from(reader.getTensor(each)),
            Buffer.from(source.subarray(offset, offset + byteLength)),
          );
          assert.deepEqual(
            [reader.metadata.get(each)?.dtype, reader.metadata.get(each)?.shape],
            [dtype, shape],
          );
        }
      }),
    );
  });
});
