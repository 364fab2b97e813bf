import { refuseGrowth } from '../adapter/growth';
import { quotedList } from '../adapter/names';
import type { Adapter, AdapterModule } from '../adapter/types';
import { isSameScale } from '../check/facts';
import { say, type Message } from '../message';
import { planWrite } from '../safetensors/writePlan';
import {
  commonScale,
  largestRank,
  refuseOtherThanPairs,
  writtenFactors,
  type FactorLayout,
  type WrittenTensor,
} from './factors';
import type { ExportInput, ExportPlan } from './types';

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
  const rank = largestRank(modules);
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
  const scale = commonScale(modules);
  const tensors = modules.flatMap((module) => {
    const factor = isSameScale(module.scale, scale) ? 1 : module.scale / scale;
    const layout: FactorLayout = { transposed, rank, factor };
    return writtenFactors(adapter, module, names(module.name), layout);
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
): ExportPlan['weights'] {
  const fates = new Map(tensors.map(({ name, fate }) => [name, fate]));
  const infos = new Map(tensors.map(({ name, from }) => [name, { ...from, name }]));
  return planWrite({ ...adapter.header, tensors: infos }, (name) => fates.get(name) ?? 'drop', metadata);
}

/**
 * PEFT's files with one rank and one scale: `lora_alpha / r`, without rsLoRA and patterns, which not every version of
 * every loader reads.
 */
export function planPeftFiles(input: ExportInput, title: string): ExportPlan {
  const { adapter } = input;
  const names = (module: string): readonly [string, string] => {
    const stem = `base_model.model.${module}`;
    return [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`];
  };
  const { rank, scale, tensors, notes } = uniformFactors(adapter, title, names, false);
  const metadata = new Map([['format', 'pt'], ...(input.metadata ?? [])]);
  return {
    weightsName: 'adapter_model.safetensors',
    weights: planTensors({ ...input, metadata }, tensors),
    modules: adapter.modules.length,
    configText: configText(adapter, rank, scale),
    notes,
  };
}

/** Only fields that every version since PEFT 0.10 reads. */
function configText(
  { config, alignedHint, fanInFanOut, modules }: Adapter,
  rank: number,
  scale: number,
): string {
  const alpha = scale * rank;
  const whole = Math.round(alpha);
  const task = config['task_type'];
  return `${JSON.stringify(
    {
      peft_type: 'LORA',
      task_type: typeof task === 'string' ? task : 'CAUSAL_LM',
      base_model_name_or_path: alignedHint ?? null,
      r: rank,
      lora_alpha: isSameScale(alpha, whole) ? whole : alpha,
      lora_dropout: 0,
      bias: 'none',
      fan_in_fan_out: fanInFanOut,
      use_rslora: false,
      use_dora: false,
      init_lora_weights: true,
      inference_mode: true,
      modules_to_save: null,
      rank_pattern: {},
      alpha_pattern: {},
      target_modules: modules.map(({ name }) => name),
    },
    null,
    2,
  )}\n`;
}
