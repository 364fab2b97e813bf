import { refuseGrowth } from '../../core/adapter/growth';
import { applyEdits, setMlxParameter } from '../../core/adapter/jsonText';
import { readMlxConfig } from '../../core/adapter/mlxConfig';
import { quotedList } from '../../core/adapter/names';
import { readPeftConfig } from '../../core/adapter/peftConfig';
import type { Adapter, AdapterModule } from '../../core/adapter/types';
import { badRequest, type SploraError } from '../../core/errors';
import { say, type Message } from '../../core/message';
import type { TensorInfo } from '../../core/safetensors/types';
import type { TensorFate } from '../../core/safetensors/writePlan';
import { padAxis } from '../../core/safetensors/elements';

import { refuseUnknownScales, withOneRank } from '../oneRank';
import { bTensors, scaleBy } from '../update';
import { oneForAllEdits } from './mlxModules';

/** What baking does to the tensors of the kept modules and to the config. */
export interface BakePlan {
  /** By tensor name; tensors that stay as they are have none. */
  readonly fates: ReadonlyMap<string, TensorFate>;
  readonly configText: string;
  readonly notes: readonly Message[];
}

const refuse = (message: Message, advice: Message, { weightsFile }: Adapter): SploraError =>
  badRequest(message, advice, weightsFile);
const WITHOUT = say('Prune without baking the scale.');

/**
 * One rank and one scale for all kept modules, for loaders that know only `r` and `lora_alpha` (vLLM before its newest
 * PEFTHelper) or one global rank and scale (MLX): ranks are padded with zeros to the largest, `lora_B` (and its bias)
 * is multiplied by `s_m / s`, where `s` is the scale of the config with that rank, and the patterns are dropped. The
 * update of every module stays the same up to one rounding in the tensor's own dtype.
 * @param configText the config, narrowed already
 * @throws SploraError `bad-request` where that cannot be done
 */
export function planBake(
  adapter: Adapter,
  configText: string | undefined,
  kept: ReadonlySet<string>,
): BakePlan {
  if (configText === undefined)
    throw refuse(say('There is no adapter_config.json to bake the scale into'), WITHOUT, adapter);
  const modules = adapter.modules.filter(({ name }) => kept.has(name));
  const rank = modules.reduce((most, module) => Math.max(most, module.rank), 0);
  const sized = modules.map(({ name, a, b, rank: own }) => {
    return { name, rank: own, bytesPerRank: (a.byteLength + b.byteLength) / own };
  });
  refuseGrowth(
    sized,
    rank,
    adapter.weightsFile,
    say('Prune that module too, or prune without baking the scale.'),
  );
  const scale =
    adapter.family === 'mlx'
      ? readMlxConfig(adapter.config, adapter.configFile).scale
      : peftScale(adapter, configText, rank);
  const fates = new Map<string, TensorFate>();
  for (const module of modules) {
    for (const tensor of module.tensors) {
      const fate = fateOf(adapter, module, tensor, rank, scale);
      if (fate !== undefined) fates.set(tensor.name, fate);
    }
  }
  return {
    fates,
    configText:
      adapter.family === 'mlx' ? mlxWithOneRank(configText, rank, scale) : withOneRank(configText, rank),
    notes: notesOf(modules, rank, scale),
  };
}

function mlxWithOneRank(configText: string, rank: number, scale: number): string {
  const text = setMlxParameter(configText, 'rank', () => String(rank));
  return applyEdits(text, oneForAllEdits(text, rank, scale));
}

/** alpha/r or alpha/sqrt(r), for the rank that all modules get. */
function peftScale(adapter: Adapter, configText: string, rank: number): number {
  const fields = readPeftConfig(adapter.config, configText, adapter.configFile);
  refuseUnknownScales(adapter, configText, WITHOUT);
  const scale = fields.loraAlpha / (fields.useRslora ? Math.sqrt(rank) : rank);
  if (scale === 0) throw refuse(say('lora_alpha is 0, so no scale can be baked in'), WITHOUT, adapter);
  return scale;
}

function fateOf(
  adapter: Adapter,
  module: AdapterModule,
  tensor: TensorInfo,
  rank: number,
  scale: number,
): TensorFate | undefined {
  const isA = tensor === module.a;
  const factor = bTensors(module).includes(tensor) ? module.scale / scale : 1;
  const padding = (isA || tensor === module.b) && module.rank !== rank;
  if (factor === 1 && !padding) return undefined;
  const { shape } = tensor;
  const scaled = scaleBy(tensor, factor, (message) => refuse(message, ADVICE, adapter));
  const axis = rankAxis(module, isA);
  return {
    shape: padding ? shape.with(axis, rank) : shape,
    transform: (bytes) => (padding ? padAxis(scaled(bytes), shape, axis, rank) : scaled(bytes)),
  };
}

const ADVICE = say('Prune without baking the scale, or save the adapter in F32 first.');

/** The axis of the rank: A is r x n and B m x r, also of single experts; MLX has the other ones transposed. */
const rankAxis = ({ transposed }: AdapterModule, isA: boolean): number => (isA === transposed ? 1 : 0);

function notesOf(modules: readonly AdapterModule[], rank: number, scale: number): Message[] {
  const scaled = modules.filter((module) => module.scale !== scale).map(({ name }) => name);
  const padded = modules.filter((module) => module.rank !== rank).map(({ name }) => name);
  if (scaled.length + padded.length === 0)
    return [say('There was nothing to bake: all kept modules have one rank and one scale.')];
  return [
    ...(scaled.length === 0 ? [] : [say('The scale was baked into lora_B of {0}.', quotedList(scaled))]),
    ...(padded.length === 0 ? [] : [say('The rank of {0} was padded to {1}.', quotedList(padded), rank)]),
  ];
}
