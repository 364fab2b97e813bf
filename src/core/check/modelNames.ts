import { locateWeight } from '../checkpoint/locate';
import type { AdapterModule } from '../adapter/types';
import type { Adapter } from '../adapter/types';
import type { Checkpoint } from '../checkpoint/types';
import { displayName } from '../safetensors/displayName';
import { BACKBONE_PREFIXES } from './modelPrefixes';
import { otherShape } from './modelShapes';
import { say, type Message } from '../message';

/**
 * Why a module of the adapter has no counterpart of its name in the model; undefined: it has. The classes that models
 * are loaded into name modules as the checkpoint does, but for the backbone's prefix, which hub files may lack.
 */
export function nameMismatch(
  module: AdapterModule,
  adapter: Adapter,
  model: Checkpoint,
): Message | undefined {
  const wanted = `${module.name}.weight`;
  if (model.tensors.has(wanted)) return undefined;
  // The name is there; that its weight has another shape is told as an error.
  if (otherShape(module, adapter, model) !== undefined) return undefined;
  const located = locateWeight(model, module, adapter.fanInFanOut);
  if ('missing' in located) return located.missing;
  const found = located.found.weight.info.name;
  const prefix = wanted.endsWith(found) ? wanted.slice(0, -found.length) : undefined;
  if (prefix !== undefined && BACKBONE_PREFIXES.has(prefix)) return undefined;
  // A tied head stands under the embedding's name, and is a module of its own all the same.
  if (/(?:^|\.)(?:lm_head|embed_out)$/.test(module.name)) return undefined;
  return say('Prefix mismatch: the model calls it {0}.', displayName(found.replace(/\.weight$/, '')));
}
