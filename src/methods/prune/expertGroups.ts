import { expertPlace } from '../../core/adapter/experts';
import { quotedList } from '../../core/adapter/names';
import type { Adapter, AdapterModule } from '../../core/adapter/types';
import { groupBy } from '../../core/groupBy';
import { say, type Message } from '../../core/message';
import { isDora } from '../update';

/** What becomes of the modules that are pruned with mode `remove`. */
export interface ExpertGroups {
  /** Left out of the file. */
  readonly out: readonly AdapterModule[];
  /** Filled with zeros, because other experts of their layer stay. */
  readonly zeroed: readonly AdapterModule[];
}

/**
 * PEFT (since 0.19 on transformers 5) and vLLM stack the experts of a layer and stop where one of them, or one of its
 * matrices, is missing: the experts of a layer go together or not at all.
 */
export function expertGroups(adapter: Adapter, going: readonly AdapterModule[]): ExpertGroups {
  const init = adapter.config['init_lora_weights'];
  // PEFT creates the experts of all layers: without an initialization, those that the file lacks are random.
  const isRandom = init !== undefined && !init;
  const groupOf = ({ name }: AdapterModule): string | undefined => {
    const container = expertPlace(name)?.container;
    return isRandom && container !== undefined ? '' : container;
  };
  const gone = groupBy(
    going.filter((module) => groupOf(module) !== undefined),
    groupOf,
  );
  if (gone.size === 0) return { out: going, zeroed: [] };
  const all = groupBy(adapter.modules, groupOf);
  // Where B = 0 would still act, loaders that stack experts do not take the adapter in the first place.
  const isZeroed = (module: AdapterModule): boolean => {
    const group = groupOf(module);
    return group !== undefined && !isDora(module) && gone.get(group)?.length !== all.get(group)?.length;
  };
  return {
    out: going.filter((module) => !isZeroed(module)),
    zeroed: going.filter(isZeroed),
  };
}

/** Says which experts were filled with zeros. */
export const zeroedNotes = (zeroed: readonly AdapterModule[]): Message[] =>
  zeroed.length === 0
    ? []
    : [
        say(
          'Filled with zeros instead of left out, because other experts of their layers are kept and loaders need all or none: {0} modules ({1}).',
          zeroed.length,
          quotedList(zeroed.map(({ name }) => name)),
        ),
      ];
