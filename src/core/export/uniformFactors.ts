import { refuseGrowth } from '../adapter/growth';
import { quotedList } from '../adapter/names';
import type { Adapter, AdapterModule } from '../adapter/types';
import { isSameScale } from '../check/facts';
import { say, type Message } from '../message';
import { planWrite, type WritePlan } from '../safetensors/writePlan';
import { mostFrequent, refuseOtherThanPairs, writtenFactors, type WrittenTensor } from './factors';
import type { ExportInput } from './types';

/** The factors of all modules under one rank and one scale. */
export interface UniformFactors {
  readonly rank: number;
  readonly scale: number;
  readonly tensors: readonly WrittenTensor[];
  readonly notes: readonly Message[];
}

/**
 * One rank and one scale for all modules: smaller ranks get zeros, and other scales go into `lora_B`, rounded once in
 * its own dtype.
 * @param title of what is written, for errors
 * @throws SploraError `unsupported-adapter` where there is more than LoRA pairs; `bad-request` where padding would make a
 * file of many times the size
 */
export function uniformFactors(
  adapter: Adapter,
  title: string,
  names: (module: string) => readonly [a: string, b: string],
  transposed: boolean,
): UniformFactors {
  const { modules, weightsFile } = adapter;
  refuseOtherThanPairs(adapter, title);
  const rank = modules.reduce((most, module) => Math.max(most, module.rank), 1);
  const sized = modules.map(({ name, a, b, rank: own }) => ({
    ...{ name, rank: own },
    bytesPerRank: (a.byteLength + b.byteLength) / own,
  }));
  refuseGrowth(
    sized,
    rank,
    weightsFile,
    say('Leave out that module, or make its rank smaller (splora repair).'),
  );
  const scale = mostFrequent(modules.map((module) => module.scale));
  const tensors = modules.flatMap((module) => {
    const factor = isSameScale(module.scale, scale) ? 1 : module.scale / scale;
    return writtenFactors(adapter, module, names(module.name), { transposed, rank, factor });
  });
  return { rank, scale, tensors, notes: notesOf(modules, rank, scale) };
}

function notesOf(modules: readonly AdapterModule[], rank: number, scale: number): readonly Message[] {
  const scaled = modules.filter((module) => !isSameScale(module.scale, scale)).map(({ name }) => name);
  const padded = modules.filter((module) => module.rank !== rank).map(({ name }) => name);
  return [
    ...(scaled.length === 0 ? [] : [say('The scale was baked into lora_B of {0}.', quotedList(scaled))]),
    ...(padded.length === 0 ? [] : [say('The rank of {0} was padded to {1}.', quotedList(padded), rank)]),
  ];
}

/** A safetensors file of these tensors. */
export function planTensors(
  { adapter, metadata = new Map() }: ExportInput,
  tensors: readonly WrittenTensor[],
): WritePlan {
  const fates = new Map(tensors.map(({ name, fate }) => [name, fate]));
  const infos = new Map(tensors.map(({ name, from }) => [name, { ...from, name }]));
  return planWrite({ ...adapter.header, tensors: infos }, (name) => fates.get(name) ?? 'drop', metadata);
}
