import { failure, type SploraError } from '../errors';
import { say, type Message } from '../message';
import { displayName } from '../safetensors/displayName';
import { MAX_TENSORS } from '../safetensors/header';
import { JsonScanner } from '../safetensors/jsonScanner';

/** Far above any real index: 1.5 GB models have 2 shards, 1 TB models some 200. */
export const MAX_SHARDS = 4096;
/** An index of `MAX_TENSORS` long names; bounds what is read into memory. */
export const MAX_INDEX_BYTES = 100_000_000;

/** `weight_map` of a `model.safetensors.index.json`: tensor name -> file name, which has no folder part. */
export type ShardIndex = ReadonlyMap<string, string>;

/**
 * Parses and validates an index. File names that could lead out of the index's folder are refused.
 * @throws SploraError 'bad-index'; 'unsupported-checkpoint' when it lists PyTorch shards
 */
export function parseShardIndex(json: Uint8Array, file: string): ShardIndex {
  let map: Map<string, string> | undefined;
  const shards = new Set<string>();
  const scanner = new JsonScanner(json, (what, byte) => broken(file, what, byte));
  scanner.object((field, fieldAt) => {
    if (field !== 'weight_map') {
      scanner.skipValue();
      return;
    }
    if (map !== undefined) throw scanner.error(say('duplicate key {0}', '"weight_map"'), fieldAt);
    const names = new Map<string, string>();
    scanner.object((tensor, tensorAt) => {
      scanner.checkName(tensor, tensorAt);
      if (names.has(tensor)) throw scanner.error(say('duplicate name {0}', displayName(tensor)), tensorAt);
      if (names.size === MAX_TENSORS)
        throw scanner.error(say('more than {0} tensors', MAX_TENSORS), tensorAt);
      const shard = scanner.string();
      scanner.checkName(shard, tensorAt);
      if (!shards.has(shard)) checkShardName(shard, file);
      shards.add(shard);
      if (shards.size > MAX_SHARDS) throw scanner.error(say('more than {0} shards', MAX_SHARDS), tensorAt);
      names.set(tensor, shard);
    });
    map = names;
  });
  scanner.end();
  if (map === undefined) throw broken(file, say('it has no "weight_map"'));
  if (map.size === 0) throw broken(file, say('its "weight_map" is empty'));
  return map;
}

function checkShardName(shard: string, file: string): void {
  // `:` would name a drive or an alternate stream on Windows.
  if (shard === '' || /[/\\:\0]|^\.\.?$/.test(shard)) {
    throw broken(file, say('the shard name {0} points outside the folder', displayName(shard)));
  }
  if (/\.(?:bin|pt|pth)$/.test(shard)) {
    const message = say(
      'The index lists PyTorch .bin shards, which are not read, since pickles can run code',
    );
    const advice = say('Choose the safetensors version of the model, or convert it.');
    throw failure('unsupported-checkpoint', message, file, advice);
  }
  if (!shard.endsWith('.safetensors')) {
    throw broken(file, say('the shard {0} is not a .safetensors file', displayName(shard)));
  }
}

function broken(file: string, what: Message, byte?: number): SploraError {
  const advice = say('Download the index again, or remove it if the shards are complete without it.');
  const message =
    byte === undefined
      ? say('The shard index is invalid: {0}', what)
      : say('The shard index is invalid at byte {0}: {1}', byte, what);
  return failure('bad-index', message, file, advice);
}
