import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ErrorCode, ErrorData } from '../../../src/core/errors';
import type { SafetensorsHeader } from '../../../src/core/safetensors/types';
import { openByteSource } from '../../../src/io/byteSource';
import { readSafetensorsHeader } from '../../../src/io/safetensorsFile';
import { rejection } from '../../support/rejection';
import { rawSafetensors, safetensorsBytes } from '../../support/safetensorsBytes';
import { inTemporaryFolder } from '../../support/temporaryFolder';
import { english } from '../../support/english';

async function readFileHeader(path: string): Promise<SafetensorsHeader> {
  const source = await openByteSource(path);
  try {
    return await readSafetensorsHeader(source);
  } finally {
    await source.close();
  }
}

async function readBytes(bytes: Uint8Array | string): Promise<SafetensorsHeader> {
  let header: SafetensorsHeader | undefined;
  await inTemporaryFolder(async (folder) => {
    await writeFile(join(folder, 'x'), bytes);
    header = await readFileHeader(join(folder, 'x'));
  });
  assert.ok(header);
  return header;
}

const refused = async (bytes: Uint8Array | string, code: ErrorCode): Promise<ErrorData> =>
  await rejection(readBytes(bytes), code);

describe('readSafetensorsHeader', () => {
  for (const [what, start, code, message] of [
    ['an empty file', '', 'bad-safetensors', /is empty/],
    [
      'a Git LFS pointer',
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n',
      'lfs-pointer',
      /Git LFS/,
    ],
    ['a zip archive', 'PK\x03\x04\x14\0\0\0\x08\x08data.pkl', 'unsupported-checkpoint', /PyTorch or zip/],
    ['a pickle', '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9', 'unsupported-checkpoint', /pickle/],
    ['GGUF', 'GGUF\x03\0\0\0\x10\0\0\0', 'unsupported-checkpoint', /GGUF/],
    ['HDF5', '\x89HDF\r\n\x1a\n\0\0', 'unsupported-checkpoint', /HDF5/],
    ['a web page', '\n<!DOCTYPE html><html>', 'bad-safetensors', /web page/],
    ['an XML error', '<?xml version="1.0"?><Error>', 'bad-safetensors', /web page/],
    ['plain text', 'Entry not found', 'bad-safetensors', /plain text that begins with "Entry not found"/],
    ['JSON', '{"error":"gated"}', 'bad-safetensors', /plain text that begins with "\{/],
    ['bare zeros', '\0'.repeat(16), 'bad-safetensors', /expected "\{"/],
    ['noise', '\x01\xff\x02\xfe\x03\xfd\x04\xfc\x05', 'bad-safetensors', /header claims/],
  ] as const) {
    it(`says what ${what} is`, async () => {
      const data = await refused(Buffer.from(start, 'latin1'), code);
      assert.match(english(data.message), message);
      assert.ok(data.advice);
    });
  }

  it('believes a valid file whose length reads as a pickle or as text', async () => {
    for (const length of [0x0280, 0x2020, 0x4b50]) {
      const header = await readBytes(rawSafetensors(`{}${' '.repeat(length - 2)}`));
      assert.equal(header.dataStart, 8 + length);
    }
  });

  it('reads headers shorter and longer than its first look', async () => {
    for (const count of [0, 1, 100]) {
      const tensors = Array.from({ length: count }, (_, i) => ({ name: `t${String(i)}`, shape: [2] }));
      assert.equal((await readBytes(safetensorsBytes(tensors))).tensors.size, count);
    }
  });
});
