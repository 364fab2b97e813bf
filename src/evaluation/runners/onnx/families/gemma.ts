import type { Layer, Norm } from '../decoder';
import {
  eachLayer,
  gatedMlp,
  onlyRope,
  plainDecoder,
  readActivation,
  readSizes,
  rmsNorm,
  ROPE,
  separateAttention,
  slidingLayers,
  type Sizes,
} from './common';
import type { ConfigReader } from './config';
import { readRope, type ScaledRope } from './rope';
import type { DecoderOfFamily, Family } from './types';

const LOCAL = 'local';

const norm = (name: string, size: number, epsilon: number): Norm => ({
  ...rmsNorm(name, size, epsilon),
  plusOne: true,
});

interface GemmaParts {
  readonly sizes: Sizes;
  readonly epsilon: number;
  readonly sandwich: boolean;
  readonly layer: (index: number, prefix: string) => Partial<Layer['attention']>;
}

function gemmaLayers(config: ConfigReader, { sizes, epsilon, sandwich, layer }: GemmaParts): Layer[] {
  const activation = readActivation(config, 'hidden_activation', 'gelu_pytorch_tanh');
  const bias = config.flag('attention_bias', false);
  return eachLayer(sizes.layers, (prefix, index) => {
    const named = (name: string): Norm => norm(`${prefix}.${name}_layernorm`, sizes.hidden, epsilon);
    const attention = {
      ...separateAttention(`${prefix}.self_attn`, sizes, { qkv: bias, output: bias }),
      rope: ROPE,
      ...layer(index, `${prefix}.self_attn`),
    };
    const mlp = gatedMlp(`${prefix}.mlp`, sizes, activation);
    const beforeAttention = named('input');
    if (!sandwich) return { attention, mlp, beforeAttention, beforeMlp: named('post_attention') };
    return {
      ...{ attention, mlp, beforeAttention },
      afterAttention: named('post_attention'),
      beforeMlp: named('pre_feedforward'),
      afterMlp: named('post_feedforward'),
    };
  });
}

function gemmaDecoder(
  config: ConfigReader,
  tied: boolean,
  parts: GemmaParts,
  rope: ScaledRope,
): DecoderOfFamily {
  const { sizes, epsilon } = parts;
  const layers = gemmaLayers(config, parts);
  const plain = plainDecoder({ sizes, rope, layers, finalNorm: norm('norm', sizes.hidden, epsilon), tied });
  const softcap = config.optionalNumber('final_logit_softcapping');
  return {
    ...plain,
    embedding: { ...plain.embedding, scale: Math.sqrt(sizes.hidden) },
    head: softcap === undefined ? plain.head : { ...plain.head, softcap },
  };
}

export const gemma: Family = {
  title: 'Gemma',
  modelTypes: ['gemma'],
  decoder: (config, tied) => {
    const sizes = readSizes(config, { headSize: 256, maxPositions: 8192 });
    const epsilon = config.positive('rms_norm_eps', 1e-6);
    const parts = { sizes, epsilon, sandwich: false, layer: () => ({}) };
    return gemmaDecoder(config, tied, parts, onlyRope(config, sizes));
  },
};

const scored = (config: ConfigReader): { readonly scale: number; readonly softcap?: number } => {
  const softcap = config.optionalNumber('attn_logit_softcapping');
  const scale = 1 / Math.sqrt(config.positive('query_pre_attn_scalar', 256));
  return softcap === undefined ? { scale } : { scale, softcap };
};

export const gemma2: Family = {
  title: 'Gemma 2',
  modelTypes: ['gemma2'],
  decoder: (config, tied) => {
    const sizes = readSizes(config, { kvHeads: 4, headSize: 256, maxPositions: 8192 });
    const epsilon = config.positive('rms_norm_eps', 1e-6);
    const sliding = slidingLayers(config, sizes.layers);
    const window = config.size('sliding_window', 4096);
    const layer = (index: number) => ({
      ...scored(config),
      ...((sliding?.[index] ?? index % 2 === 0) ? { window } : {}),
    });
    return gemmaDecoder(config, tied, { sizes, epsilon, sandwich: true, layer }, onlyRope(config, sizes));
  },
};

/** Text only: of a model with images, the part under `text_config`. */
export const gemma3: Family = {
  title: 'Gemma 3',
  modelTypes: ['gemma3_text'],
  decoder: (config, tied) => {
    const sizes = readSizes(config, { kvHeads: 4, headSize: 256, maxPositions: 131_072 });
    const { headSize, maxPositions, layers } = sizes;
    const epsilon = config.positive('rms_norm_eps', 1e-6);
    const sliding = slidingLayers(config, layers);
    const every = config.size('sliding_window_pattern', 6);
    const window = config.size('sliding_window', 4096);
    const layer = (index: number, prefix: string) => ({
      ...scored(config),
      qNorm: norm(`${prefix}.q_norm`, headSize, epsilon),
      kNorm: norm(`${prefix}.k_norm`, headSize, epsilon),
      ...((sliding?.[index] ?? (index + 1) % every !== 0) ? { window, rope: LOCAL } : {}),
    });
    const ropes = gemma3Ropes(config, { headSize, maxPositions });
    const decoder = gemmaDecoder(config, tied, { sizes, epsilon, sandwich: true, layer }, ropes.global);
    return { ...decoder, ropes: new Map([...decoder.ropes, [LOCAL, ropes.local]]) };
  },
};

function gemma3Ropes(
  config: ConfigReader,
  options: { readonly headSize: number; readonly maxPositions: number },
): { readonly global: ScaledRope; readonly local: ScaledRope } {
  const both = config.object('rope_parameters');
  const global = both?.object('full_attention') ?? config.object('rope_scaling');
  const theta = config.positive('rope_theta', 1_000_000);
  const localTheta = config.positive('rope_local_base_freq', 10_000);
  return {
    global: readRope(config, global, { ...options, theta }),
    local: readRope(config, both?.object('sliding_attention'), { ...options, theta: localTheta }),
  };
}
