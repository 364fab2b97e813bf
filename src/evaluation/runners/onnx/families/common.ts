import { say } from '../../../../core/message';
import { displayName } from '../../../../core/safetensors/displayName';
import type { Activation, Attention, Decoder, Layer, Linear, Mlp, Norm } from '../decoder';
import { LAYERS_MAX, type ConfigReader } from './config';
import { declineModel } from './decline';
import { readRope, type RopeOptions, type ScaledRope } from './rope';
import type { DecoderOfFamily } from './types';

const ACTIVATION_NAMES: ReadonlyMap<string, Activation> = new Map([
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['gelu', 'gelu'],
  ['gelu_new', 'geluTanh'],
  ['gelu_fast', 'geluTanh'],
  ['gelu_pytorch_tanh', 'geluTanh'],
  ['relu', 'relu'],
]);

export function readActivation(config: ConfigReader, field: string, fallback: string): Activation {
  const name = config.text(field, fallback);
  const activation = ACTIVATION_NAMES.get(name);
  if (activation === undefined)
    throw declineModel(config.file, say('The model uses the activation {0}', displayName(name)));
  return activation;
}

/** Sizes that nearly all families name alike. */
export interface Sizes {
  readonly hidden: number;
  readonly vocabulary: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  readonly inner: number;
  readonly maxPositions: number;
}

export interface SizeDefaults {
  readonly kvHeads?: number;
  readonly headSize?: number;
  readonly maxPositions?: number;
}

export function readSizes(config: ConfigReader, defaults: SizeDefaults = {}): Sizes {
  const hidden = config.size('hidden_size');
  const heads = config.size('num_attention_heads');
  const kvHeads = config.size('num_key_value_heads', defaults.kvHeads ?? heads);
  const headSize = config.size('head_dim', defaults.headSize ?? Math.max(1, Math.floor(hidden / heads)));
  if (heads % kvHeads !== 0)
    throw config.bad('num_key_value_heads', say('a divisor of num_attention_heads'), kvHeads);
  return {
    hidden,
    heads,
    kvHeads,
    headSize,
    vocabulary: config.size('vocab_size'),
    layers: config.size('num_hidden_layers', undefined, LAYERS_MAX),
    inner: config.size('intermediate_size'),
    maxPositions: config.size('max_position_embeddings', defaults.maxPositions ?? 2048),
  };
}

export const linear = (name: string, inputs: number, outputs: number, bias = false): Linear => ({
  name,
  inputs,
  outputs,
  bias,
});

/** q, k, v and output projections of a layer as separate modules. */
export function separateAttention(
  prefix: string,
  { hidden, heads, kvHeads, headSize }: Sizes,
  bias: { readonly qkv?: boolean; readonly output?: boolean } = {},
): Pick<Attention, 'projections' | 'output' | 'heads' | 'kvHeads' | 'headSize' | 'scale'> {
  const [wide, narrow] = [heads * headSize, kvHeads * headSize];
  return {
    projections: {
      kind: 'separate',
      q: linear(`${prefix}.q_proj`, hidden, wide, bias.qkv),
      k: linear(`${prefix}.k_proj`, hidden, narrow, bias.qkv),
      v: linear(`${prefix}.v_proj`, hidden, narrow, bias.qkv),
    },
    output: linear(`${prefix}.o_proj`, wide, hidden, bias.output),
    heads,
    kvHeads,
    headSize,
    scale: 1 / Math.sqrt(headSize),
  };
}

export function gatedMlp(
  prefix: string,
  { hidden, inner }: Sizes,
  activation: Activation,
  bias = false,
): Mlp {
  return {
    kind: 'gated',
    activation,
    gate: linear(`${prefix}.gate_proj`, hidden, inner, bias),
    up: linear(`${prefix}.up_proj`, hidden, inner, bias),
    down: linear(`${prefix}.down_proj`, inner, hidden, bias),
  };
}

export const rmsNorm = (name: string, size: number, epsilon: number): Norm => ({
  kind: 'rms',
  name,
  size,
  epsilon,
});

/** The layers that slide their window, by `layer_types`; undefined: the config has no such list. */
export function slidingLayers(config: ConfigReader, layers: number): readonly boolean[] | undefined {
  const types = config.texts('layer_types');
  if (types === undefined) return undefined;
  if (types.length !== layers) throw config.bad('layer_types', say('a list of {0}', layers), types);
  return types.map((type) => {
    if (type === 'sliding_attention') return true;
    if (type === 'full_attention') return false;
    throw declineModel(config.file, say('The model has layers of type {0}', displayName(type)));
  });
}

/** The only rotation of a model: `rope_parameters` of transformers v5, or `rope_scaling` of v4. */
export function onlyRope(config: ConfigReader, options: RopeOptions): ScaledRope {
  return readRope(config, config.object('rope_parameters') ?? config.object('rope_scaling'), options);
}

export const ROPE = 'rope';

interface Plain {
  readonly sizes: Sizes;
  readonly rope: ScaledRope;
  readonly layers: readonly Layer[];
  readonly finalNorm: Norm;
  readonly tied: boolean;
}

/** A decoder with the usual names and without anything special. */
export function plainDecoder({ sizes, rope, layers, finalNorm, tied }: Plain): DecoderOfFamily {
  return {
    hidden: sizes.hidden,
    vocabulary: sizes.vocabulary,
    context: Math.min(sizes.maxPositions, rope.context),
    embedding: { name: 'embed_tokens', scale: 1 },
    ropes: new Map([[ROPE, rope]]),
    layers,
    residualScale: 1,
    finalNorm,
    head: { name: tied ? 'embed_tokens' : 'lm_head', bias: false, scale: 1 },
  };
}

export function eachLayer(count: number, make: (prefix: string, index: number) => Layer): Layer[] {
  return Array.from({ length: count }, (_, index) => make(`layers.${index}`, index));
}

export type { Decoder };
