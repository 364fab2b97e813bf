/** Larger inputs only slow the search; files are limited by named constants elsewhere. */
export const INPUT_BYTES_MAX = 64 * 1024;
const CHANGES_MAX = 6;

/** A changed copy: bits flipped, bytes overwritten, pieces removed, repeated, moved in from `other`, words inserted. */
export function mutate(
  input: Uint8Array,
  other: Uint8Array,
  words: readonly string[],
  next: () => number,
): Uint8Array {
  let bytes: Uint8Array = Uint8Array.from(input);
  const pick = (below: number): number => Math.floor(next() * below);
  const changes = 1 + pick(CHANGES_MAX);
  for (let i = 0; i < changes; i++) {
    const at = pick(bytes.length + 1);
    const length = 1 + pick(Math.min(64, bytes.length - at) + 1);
    const insert = (piece: Uint8Array): Buffer =>
      Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
    const kind = pick(7);
    if (kind === 0 && at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
    else if (kind === 1 && at < bytes.length) bytes[at] = pick(256);
    else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
    else if (kind === 3)
      bytes = insert(repeat(bytes.subarray(at, at + length), 1 + pick(next() < 0.02 ? 2000 : 4)));
    else if (kind === 4) bytes = insert(other.subarray(pick(other.length + 1)).subarray(0, length));
    else bytes = insert(Buffer.from(words[pick(words.length)] ?? ''));
  }
  return bytes.subarray(0, INPUT_BYTES_MAX);
}

function repeat(piece: Uint8Array, times: number): Uint8Array {
  return Buffer.concat(Array.from({ length: times }, () => piece));
}
