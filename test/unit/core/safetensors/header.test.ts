import assert from 'node:assert/strict';
import type { ErrorData } from '../../../../src/core/errors';
import {
  headerByteLength,
  MAX_DIMENSIONS,
  MAX_HEADER_BYTES,
  tensorByteLength,
} from '../../../../src/core/safetensors/header';
import { thrownData } from '../../../support/rejection';
import { rawSafetensors, safetensorsBytes, readHeader } from '../../../support/safetensorsBytes';
import { english } from '../../../support/english';

const FILE = '/models/x.safetensors';

function refused(file: Uint8Array, message: RegExp): ErrorData {
  const data = thrownData(() => readHeader(file), 'bad-safetensors', message);
  assert.equal(data.file, FILE);
  return data;
}

/** A header text with `dataBytes` of data behind it. */
const text = (header: string, dataBytes = 0): Uint8Array => rawSafetensors(header, dataBytes);
const entry = (fields: string, dataBytes = 4): Uint8Array => text(`{"t":{${fields}}}`, dataBytes);

describe('safetensors header: its length (checklist 1)', () => {
  it('refuses a file of fewer than 8 bytes', () => {
    refused(new Uint8Array(7), /7 bytes, too few/);
    refused(new Uint8Array(0), /0 bytes, too few/);
  });

  it('refuses a length beyond the cap or the file, before anything is allocated', () => {
    refused(rawSafetensors('{}', 0, 0xffff_ffff_ffff_ffffn), /claims 18446744073709551615 bytes, more than/);
    refused(rawSafetensors('{}', 0, BigInt(MAX_HEADER_BYTES) + 1n), /claims 100000001 bytes, more than/);
    refused(rawSafetensors('{}', 0, 3n), /claims 3 bytes, but the file has only 10/);
  });

  it('takes a view that does not begin at byte 0 of its buffer', () => {
    const shifted = new Uint8Array([255, 2, 0, 0, 0, 0, 0, 0, 0]).subarray(1);
    assert.equal(headerByteLength(shifted, 10, FILE), 2);
  });

  it('takes a length that also reads as the opcodes of a pickle', () => {
    const header = `{}${' '.repeat(0x0280 - 2)}`;
    assert.equal(readHeader(text(header)).tensors.size, 0);
  });
});

describe('safetensors header: its text (checklist 2)', () => {
  it('takes {} with no data, and white space around it', () => {
    assert.deepEqual([readHeader(text('{}')).dataStart, readHeader(text(' \n{}\t ')).tensors.size], [10, 0]);
  });

  for (const [what, header, message] of [
    ['nothing', '', /expected "\{", found the end/],
    ['an open brace only', '{', /expected a string, found the end/],
    ['a list', '[]', /expected "\{", found "\["/],
    ['a second object', '{}{}', /at byte 10: expected the end/],
    ['NUL behind it', '{}\0', /expected the end, found "\\u\{0\}"/],
    ['a byte order mark', '\ufeff{}', /at byte 8: expected "\{"/],
    ['a trailing comma', '{"__metadata__":{},}', /expected a string, found "\}"/],
    ['single quotes', "{'a':{}}", /expected a string/],
    ['a comment', '{/**/}', /expected a string/],
    ['a raw control character in a string', '{"a\nb":{}}', /control character/],
    ['an unknown escape', '{"\\x41":{}}', /escape/],
    ['half a surrogate pair', '{"\\ud800":{}}', /surrogate/],
    ['a string that is not closed', '{"abc', /unterminated/],
    ['a tensor that is a number', '{"a":1}', /expected "\{", found "1"/],
    ['a tensor that is a list', '{"a":["F32",[1],[0,4]]}', /expected "\{", found "\["/],
  ] as const) {
    it(`refuses ${what}`, () => void refused(text(header), message));
  }

  it('refuses bytes that are not UTF-8, and says where', () => {
    refused(rawSafetensors(Uint8Array.of(0xff)), /at byte 8: the text is not UTF-8/);
    refused(rawSafetensors(Buffer.concat([Buffer.from('{"é":'), Uint8Array.of(0xc0, 0x80)])), /at byte 14: /);
    refused(
      rawSafetensors(Uint8Array.of(0x7b, 0x22, 0xed, 0xa0, 0x80)),
      /at byte 1\d: the text is not UTF-8/,
    );
  });

  it('counts bytes, not characters, in the place of an error', () => {
    refused(text('{"ééé":1}'), new RegExp(`at byte ${String(8 + Buffer.byteLength('{"ééé":'))}:`));
  });
});

describe('safetensors header: an entry (checklist 3 and 4)', () => {
  it('takes fields in any order, and unknown ones', () => {
    const { tensors } = readHeader(
      entry('"x":[{"a":[1.5e3,null,true]}],"data_offsets":[0,4],"shape":[1],"dtype":"F32"'),
    );
    assert.deepEqual(tensors.get('t')?.shape, [1]);
  });

  /** A whole entry of 4 bytes with some fields as other JSON texts, or without them. */
  const odd = (fields: Readonly<Record<string, string | undefined>>): Uint8Array => {
    const usual = { dtype: '"F32"', shape: '[1]', data_offsets: '[0,4]' };
    const all: [string, string | undefined][] = Object.entries({ ...usual, ...fields });
    return entry(
      all.flatMap(([name, text]) => (text === undefined ? [] : [`"${name.trim()}":${text}`])).join(),
    );
  };
  for (const [what, fields, message] of [
    ['no dtype', { dtype: undefined }, /no "dtype"/],
    ['no shape', { shape: undefined }, /no "shape"/],
    ['no offsets', { data_offsets: undefined }, /must be two numbers/],
    ['one offset', { data_offsets: '[0]' }, /must be two numbers/],
    ['three offsets', { data_offsets: '[0,4,8]' }, /more than 2 numbers/],
    ['a lower-case dtype', { dtype: '"f32"' }, /unknown dtype "f32"/],
    ['a dtype of Object.prototype', { dtype: '"constructor"' }, /unknown dtype/],
    ['a dtype that is no string', { dtype: '4' }, /expected a string/],
    ['a negative dimension', { shape: '[-1]' }, /whole number.*found "-1"/],
    ['4.0', { data_offsets: '[0,4.0]' }, /whole number.*found "4\.0"/],
    ['4e0', { data_offsets: '[0,4e0]' }, /whole number.*found "4e0"/],
    ['a leading zero', { shape: '[01]' }, /whole number.*found "01"/],
    ['a string for a number', { shape: '["1"]' }, /whole number/],
    ['2^53', { shape: '[9007199254740992]' }, /whole number/],
    ['a shape that is no list', { shape: '1' }, /expected "\["/],
    ['a field twice', { 'dtype ': '"I32"' }, /duplicate key "dtype"/],
    ['a shape twice', { 'shape ': '[1]' }, /duplicate key "shape"/],
    ['its end before its begin', { data_offsets: '[4,0]' }, /ends \(0\) before it begins \(4\)/],
    [
      'too few bytes',
      { shape: '[2]' },
      /the tensor is F32 \[2\] and needs 8 bytes, but data_offsets specify 4/,
    ],
    ['a large shape on 4 bytes', { shape: '[100000,100000]' }, /needs 40000000000 bytes/],
    ['too many elements', { dtype: '"U8"', shape: '[9007199254740991,2]' }, /more elements than/],
    ['too many bits', { dtype: '"F64"', shape: '[9007199254740991]' }, /more bits than/],
    ['half a byte', { dtype: '"F4"', shape: '[7]' }, /elements of F4 do not fill whole bytes/],
    [
      'offsets beyond counting',
      { dtype: '"U8"', shape: '[0]', data_offsets: '[9007199254740991,9007199254740991]' },
      /too large/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.equal(refused(odd(fields), message).tensor, 't');
    });
  }

  it('multiplies dimensions in order, as the reference reader does', () => {
    const big = Number.MAX_SAFE_INTEGER;
    assert.equal(tensorByteLength([0, big, big], 'F32'), 0);
    assert.equal(typeof tensorByteLength([big, big, 0], 'F32'), 'object');
  });

  it('bounds the length of names, and says which and what to do', () => {
    const json = (name: string): string =>
      `{${JSON.stringify(name)}:{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`;
    assert.equal(readHeader(text(json('.'.repeat(4096)), 4)).tensors.size, 1);
    for (const part of ['.', '\u20ac', '\n']) {
      const error = refused(
        text(json(part.repeat(4097))),
        /^.* byte 9: the name ".*…" has 4097 characters, more than the 4096/s,
      );
      assert.ok(english(error.message).length < 400);
      assert.match(english(error.advice), /download or export it again/);
    }
  });

  it('bounds the number of dimensions and the depth of unknown fields', () => {
    const ones = Array.from({ length: MAX_DIMENSIONS + 1 }, () => 1).join(',');
    refused(entry(`"dtype":"F32","shape":[${ones}],"data_offsets":[0,4]`), /more than 64 numbers/);
    refused(entry(`"x":${'['.repeat(400_000)}`), /nested more than 120 levels deep/);
    refused(entry(`"x":${'{"a":'.repeat(150_000)}`), /nested more than 120 levels deep/);
  });
});

describe('safetensors header: the data section (checklist 5)', () => {
  const two = (a: string, b: string, dataBytes: number): Uint8Array =>
    text(
      `{"a":{"dtype":"U8","shape":[2],"data_offsets":${a}},"b":{"dtype":"U8","shape":[2],"data_offsets":${b}}}`,
      dataBytes,
    );

  it('takes entries in any order, and keeps the order of the header', () => {
    const header = readHeader(two('[2,4]', '[0,2]', 4));
    assert.deepEqual([...header.tensors.keys()], ['a', 'b']);
    assert.equal(header.tensors.get('a')?.offset, header.dataStart + 2);
  });

  it('takes empty tensors and scalars', () => {
    const { tensors } = readHeader(
      safetensorsBytes([
        { name: 'e', shape: [0, 5] },
        { name: 's', shape: [] },
        { name: 'f', shape: [3, 0] },
      ]),
    );
    assert.deepEqual(
      [...tensors.values()].map(({ byteLength }) => byteLength),
      [0, 4, 0],
    );
  });

  it('refuses a hole, an overlap, a tail, missing bytes and the same range twice', () => {
    assert.equal(
      refused(two('[0,2]', '[3,5]', 5), /1 bytes before the data belong to no tensor/).tensor,
      'b',
    );
    refused(two('[1,3]', '[3,5]', 5), /1 bytes before the data/);
    assert.equal(refused(two('[0,2]', '[1,3]', 3), /overlaps that of another tensor/).tensor, 'b');
    refused(two('[0,2]', '[0,2]', 2), /overlaps/);
    refused(two('[0,2]', '[2,4]', 5), /1 bytes after the last tensor belong to no tensor/);
    refused(text('{}', 3), /3 bytes after/);
    assert.match(
      english(refused(two('[0,2]', '[2,4]', 2), /it is truncated/).message),
      /the file has \d+ bytes but its header declares \d+/,
    );
  });

  it('refuses 10,000 tensors on one range', () => {
    const entries = Array.from(
      { length: 10_000 },
      (_, i) => `"t${String(i)}":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}`,
    );
    refused(text(`{${entries.join(',')}}`, 4), /overlaps/);
  });
});

describe('safetensors header: metadata and names (checklist 6 to 8, 10)', () => {
  it('takes metadata from strings to strings, null and {}', () => {
    assert.deepEqual(
      [...readHeader(text('{"__metadata__":{"a":"1","__proto__":"2"}}')).metadata],
      [
        ['a', '1'],
        ['__proto__', '2'],
      ],
    );
    assert.equal(readHeader(text('{"__metadata__":null}')).metadata.size, 0);
    assert.equal(readHeader(text('{"__metadata__":{}}')).metadata.size, 0);
  });

  it('refuses other metadata, and metadata twice', () => {
    refused(text('{"__metadata__":{"a":1}}'), /expected a string, found "1"/);
    refused(text('{"__metadata__":{"a":{"b":"c"}}}'), /expected a string/);
    refused(text('{"__metadata__":[]}'), /expected "\{"/);
    refused(text('{"__metadata__":{},"__metadata__":{}}'), /duplicate key "__metadata__"/);
    refused(text('{"__metadata__":{"a":"1","\\u0061":"2"}}'), /duplicate metadata key "a"/);
  });

  it('refuses a name twice, also when it is spelt with an escape', () => {
    const i16 = '{"dtype":"I16","shape":[2],"data_offsets":[0,4]}';
    const u8 = '{"dtype":"U8","shape":[4],"data_offsets":[0,4]}';
    assert.equal(refused(text(`{"a":${i16},"a":${u8}}`, 4), /duplicate name "a"/).tensor, 'a');
    refused(text(`{"a":${i16},"\\u0061":${u8}}`, 4), /duplicate name "a"/);
  });

  it('takes hostile names as they are, and shows them harmlessly', () => {
    const names = ['', '\0', '../../x', '__proto__', 'constructor', '\u202egpj.exe', '😀'];
    const { tensors } = readHeader(safetensorsBytes(names.map((name) => ({ name, shape: [1] }))));
    assert.deepEqual([...tensors.keys()], names);
    const forged = '{"a\\u202e\\n":{},"a\\u202e\\n":{}}';
    assert.doesNotMatch(english(refused(text(forged), /./).message), /[\u202e\n]/);
  });

  it('takes a header of any length: data need not be aligned', () => {
    for (let pad = 0; pad < 8; pad++) {
      const header = `{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}${' '.repeat(pad)}`;
      assert.equal(readHeader(text(header, 4)).tensors.get('t')?.offset, 8 + header.length);
    }
  });
});
