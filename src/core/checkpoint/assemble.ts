import { SploraError } from '../errors';
import { displayName } from '../safetensors/displayName';
import type { SafetensorsHeader } from '../safetensors/types';
import type { ShardIndex } from './shardIndex';
import type { CheckpointTensor } from './types';
import { quotedList } from '../adapter/names';
import { say, type Message, type MessageValue } from '../message';

export interface Shard {
  /** Absolute path. */
  readonly file: string;
  /** Name in the folder, as the index spells it. */
  readonly name: string;
  readonly header: SafetensorsHeader;
}

interface Assembled {
  readonly tensors: ReadonlyMap<string, CheckpointTensor>;
  readonly notes: readonly Message[];
}

/**
 * All tensors of a checkpoint. Where index and shards disagree the shards are believed, since they hold the weights, and
 * the disagreement is noted; of two shards with the same tensor the index decides.
 * @throws SploraError 'bad-index' when two shards hold a tensor and no index decides
 */
export function assemble(shards: readonly Shard[], index: ShardIndex | undefined): Assembled {
  const tensors = new Map<string, CheckpointTensor>();
  const places = new Map<string, string>();
  for (const { file, name: shard, header } of shards) {
    for (const info of header.tensors.values()) {
      const first = places.get(info.name);
      const wanted = index?.get(info.name);
      if (first !== undefined && first === wanted) continue;
      if (first !== undefined && wanted !== shard) throw heldTwice(info.name, first, shard, file);
      tensors.set(info.name, { file, info });
      places.set(info.name, shard);
    }
  }
  return { tensors, notes: index === undefined ? [] : disagreements(places, index) };
}

function disagreements(places: ReadonlyMap<string, string>, index: ShardIndex): Message[] {
  const names = [...index.keys()];
  const unlisted = [...places.keys()].filter((name) => !index.has(name));
  const absent = names.filter((name) => !places.has(name));
  const moved = names.filter((name) => places.has(name) && places.get(name) !== index.get(name));
  return [
    ...note(absent, (some) =>
      say('Tensor {0} is listed in the shard index, but no shard contains it.', some),
    ),
    ...note(moved, (some) => say('Tensor {0} is in a different shard than the index says.', some)),
    ...note(unlisted, (some) => say('Tensor {0} is in a shard, but not listed in the index.', some)),
  ];
}

function note(names: readonly string[], told: (some: MessageValue) => Message): Message[] {
  return names.length === 0 ? [] : [told(quotedList(names, 1))];
}

function heldTwice(tensor: string, first: string, second: string, file: string): SploraError {
  const names = [displayName(first), displayName(second)] as const;
  const message = say('Two shards contain the same tensor, {0} and {1}', ...names);
  const advice = say('Leave only the files of one model in the folder.');
  return new SploraError({ code: 'bad-index', message, file, tensor, advice });
}
