import { configLimit } from '../../core/adapter/limits';
import { didYouMean, quotedList } from '../../core/adapter/names';
import { pathSuffixTest } from '../../core/adapter/peftNames';
import { tensorsOf } from '../../core/adapter/keys';
import type { Adapter, AdapterModule, Replacement } from '../../core/adapter/types';
import { badRequest } from '../../core/errors';
import { say, type Message } from '../../core/message';
import { displayName } from '../../core/safetensors/displayName';
import type { TensorInfo } from '../../core/safetensors/types';
import type { TensorFate } from '../../core/safetensors/writePlan';
import { planBake, type BakePlan } from './bakeScale';
import { expertGroups, zeroedNotes } from './expertGroups';
import { narrowConfig } from './narrowConfig';
import { narrowSaved } from './narrowSaved';
import type { RepairInput, RepairPlan } from '../types';
import { bTensors, isDora } from '../update';

/** `remove` leaves the modules out of weights and config; `zero` keeps them with B = 0. */
export type PruneMode = 'remove' | 'zero';

export interface PruneOptions {
  readonly mode: PruneMode;
  readonly bakeScale: boolean;
}

/**
 * Which tensors go or become zero, and the narrowed config. Every other tensor is copied byte for byte, replacements too
 * unless they are named or belong to a pruned module.
 * @throws SploraError `bad-request` if a name is no module, nothing or every module would go, or `zero` would not silence
 * what is pruned (DoRA, whole weights, initializations that change the base)
 */
export function planPrune(input: RepairInput, options: PruneOptions): RepairPlan {
  const { adapter } = input;
  const { mode } = options;
  const { going, dropped } = chosen(input, mode);
  if (mode === 'zero') refuseLoudZeros(adapter, going, dropped);
  const { out, zeroed } = mode === 'zero' ? { out: [], zeroed: going } : expertGroups(adapter, going);
  const pruned = namesOf(going);
  const [prunedNames, outNames] = [new Set(pruned), new Set(namesOf(out))];
  const kept = namesOf(adapter.modules).filter((name) => !prunedNames.has(name));
  // What the file still has.
  const left = namesOf(adapter.modules).filter((name) => !outNames.has(name));
  const tensors = new Map<string, TensorFate>([
    ...out.flatMap(({ tensors: own }) => own.map(({ name }) => [name, 'drop'] as const)),
    // `zero` also silences the bias that belongs to B; a trained bias of the layer itself is not B's.
    ...zeroed.flatMap((module) => silencing(module).map(({ name }) => [name, 'zero'] as const)),
  ]);
  for (const { tensor } of dropped) tensors.set(tensor.name, 'drop');
  const narrowed = mode === 'remove' ? narrow(adapter, outNames, dropped) : adapter.configText;
  const bake = options.bakeScale ? bakeKept(adapter, mode, narrowed, left) : undefined;
  for (const [tensor, fate] of bake?.fates ?? [])
    tensors.set(tensor, tensors.get(tensor) === 'zero' ? zeroedAs(fate) : fate);
  const configText = bake?.configText ?? narrowed;
  const staying = adapter.replacements.filter((replacement) => !dropped.has(replacement));
  const changed = [...pruned, ...namesOf(dropped)];
  const isMixed = mode === 'remove' && zeroed.length > 0;
  return {
    tensors,
    ...(configText === undefined ? {} : { configText }),
    effect: mode === 'zero' || out.length + dropped.size === 0 ? say('zeroed') : say('removed'),
    changed,
    kept: [...kept, ...namesOf(staying)],
    record: { mode, removed: changed, ...(isMixed ? { zeroed: namesOf(zeroed) } : {}) },
    notes: [
      ...(isMixed ? zeroedNotes(zeroed) : []),
      ...keptNotes(staying),
      ...notesOf(adapter, mode, mode === 'zero' ? going : out),
      ...namesakeNotes(adapter, left, namesOf(out), mode),
      ...(bake?.notes ?? mixedScaleNotes(adapter, new Set(kept), mode)),
    ],
  };
}

function narrow(
  adapter: Adapter,
  out: ReadonlySet<string>,
  dropped: ReadonlySet<Replacement>,
): string | undefined {
  const { family, configText: text } = adapter;
  if (text === undefined) return undefined;
  if (out.size === 0) return narrowSaved(adapter, text, dropped);
  // As loaders call them: the experts of a stack are one.
  const namesIf = (isOut: boolean, isStack: boolean): readonly string[] => {
    const modules = adapter.modules.filter(
      ({ name, stack }) => out.has(name) === isOut && (stack !== undefined) === isStack,
    );
    return [...new Set(modules.map(({ name, stack = name }) => stack))];
  };
  const stacks = { kept: namesIf(false, true), removed: namesIf(true, true) };
  const narrowed = narrowConfig(family, text, namesIf(false, false), namesIf(true, false), stacks);
  return narrowSaved(adapter, narrowed, dropped);
}

function bakeKept(
  adapter: Adapter,
  mode: PruneMode,
  configText: string | undefined,
  kept: readonly string[],
): BakePlan {
  if (mode === 'remove') return planBake(adapter, configText, new Set(kept));
  throw badRequest(
    say('Baking the scale requires mode "remove"'),
    say('Use mode "remove", or do not bake the scale.'),
    adapter.weightsFile,
  );
}

/** Loaders with one global alpha/r compute another update for modules whose own scale differs. */
function mixedScaleNotes(adapter: Adapter, kept: ReadonlySet<string>, mode: PruneMode): Message[] {
  const scales = new Set(adapter.modules.filter(({ name }) => kept.has(name)).map(({ scale }) => scale));
  if (adapter.family !== 'peft' || mode === 'zero' || scales.size < 2) return [];
  return [
    say(
      'The kept modules have different scales, but older vLLM versions use one alpha/r for all. Bake the scale in for them.',
    ),
  ];
}

const namesOf = (named: Iterable<{ readonly name: string }>): string[] =>
  Array.from(named, ({ name }) => name);

/** What to prune: modules and replacements. A replacement under a pruned module is pruned with it. */
function chosen(
  { adapter, modules: names }: RepairInput,
  mode: PruneMode,
): { readonly going: readonly AdapterModule[]; readonly dropped: ReadonlySet<Replacement> } {
  const file = adapter.weightsFile;
  const wanted = new Set(names);
  const going = adapter.modules.filter(({ name }) => wanted.has(name));
  const without = new Set(mode === 'remove' ? namesOf(going) : []);
  const dropped = new Set(
    adapter.replacements.filter(
      ({ name, module }) => wanted.has(name) || (module !== undefined && without.has(module)),
    ),
  );
  const known = new Set([...namesOf(adapter.modules), ...namesOf(adapter.replacements)]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const message = say('The adapter has no module {0}', displayName(unknown));
    throw badRequest(message, didYouMean(unknown, [...known]), file);
  }
  if (wanted.size === 0) {
    const advice = say('Choose at least one module, or another rule.');
    throw badRequest(say('No module was chosen to prune'), advice, file);
  }
  if (going.length === adapter.modules.length) {
    const advice = say('Keep at least one: without any modules, the result is the aligned model itself.');
    throw badRequest(say('All {0} modules of the adapter would be pruned', going.length), advice, file);
  }
  return { going, dropped };
}

function keptNotes(staying: readonly Replacement[]): Message[] {
  if (staying.length === 0) return [];
  return [
    say(
      "Whole weights that replace the model's are kept, byte for byte: {0}. Pin them as prune to remove them.",
      quotedList(namesOf(staying)),
    ),
  ];
}

/** Is `B = 0` no longer "no update" for one of the modules? */
function refuseLoudZeros(
  adapter: Adapter,
  going: readonly AdapterModule[],
  dropped: ReadonlySet<Replacement>,
): void {
  const limit = configLimit(adapter.config);
  const dora = going.find(isDora) ?? (adapter.config['use_dora'] === true ? going[0] : undefined);
  const [whole] = dropped;
  const why =
    limit?.zeroChanges === true
      ? limit.reason
      : whole !== undefined
        ? say(
            '{0} is a whole weight: filling it with zeros would change the model further.',
            displayName(whole.name),
          )
        : dora === undefined
          ? undefined
          : say('Module {0} is DoRA, whose magnitude still acts when B is zero.', displayName(dora.name));
  if (why === undefined) return;
  throw badRequest(
    say('Zeroing would not disable the modules: {0}', why),
    say('Use mode "remove".'),
    adapter.weightsFile,
  );
}

/** Tensors of the module alone that make its update zero. */
const silencing = (module: AdapterModule): readonly TensorInfo[] =>
  module.b.slice?.isShared === true ? [module.a] : bTensors(module);

/** Zeros in the shape that baking gives the tensor. */
const zeroedAs = (fate: TensorFate): TensorFate =>
  typeof fate === 'string'
    ? 'zero'
    : { ...fate, transform: (bytes) => new Uint8Array(fate.transform(bytes).length) };

function notesOf(adapter: Adapter, mode: PruneMode, going: readonly AdapterModule[]): Message[] {
  const notes: Message[] = [];
  const bases = namesOf(going.filter((module) => tensorsOf(module, 'baseWeight').length > 0));
  const biases = namesOf(going.filter((module) => tensorsOf(module, 'baseBias').length > 0));
  if (mode === 'remove' && adapter.configText === undefined) {
    notes.push(
      say(
        'There is no adapter_config.json to narrow: loaders may still create the removed modules, without effect.',
      ),
    );
  }
  if (mode === 'remove' && bases.length > 0)
    notes.push(say('The saved copy of the base weight was removed with {0}.', quotedList(bases)));
  if (biases.length > 0) {
    notes.push(
      mode === 'remove'
        ? say('The trained bias of the layer was removed with {0}.', quotedList(biases))
        : say('The trained bias of the layer was kept in {0}.', quotedList(biases)),
    );
  }
  const carried = adapter.carried.length;
  if (carried === 1) notes.push(say('1 tensor without a score was copied unchanged.'));
  if (carried > 1) notes.push(say('{0} tensors without a score were copied unchanged.', carried));
  return notes;
}

/** PEFT matches `target_modules` by suffix: a kept bare name also hits a removed module that ends in it. */
function namesakeNotes(
  adapter: Adapter,
  kept: readonly string[],
  removed: readonly string[],
  mode: PruneMode,
): Message[] {
  if (mode === 'zero' || adapter.family !== 'peft') return [];
  const hit = removed.filter(pathSuffixTest(kept));
  if (hit.length === 0) return [];
  return [
    say(
      'PEFT still creates {0}, without effect: their names end with the name of a kept module.',
      quotedList(hit),
    ),
  ];
}
