import type { Attention } from '../decoder';
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
  type SizeDefaults,
  type Sizes,
} from './common';
import type { ConfigReader } from './config';
import type { DecoderOfFamily, Family } from './types';

/** How a family differs from Llama. */
export interface LlamaVariant {
  readonly defaults?: SizeDefaults;
  readonly theta?: number;
  readonly epsilon?: number;
  readonly bias?: { readonly qkv?: boolean; readonly output?: boolean; readonly mlp?: boolean };
  /** What a layer's attention has besides. */
  readonly attention?: (prefix: string, index: number, sizes: Sizes) => Partial<Attention>;
}

/** Norm, attention, norm, gated MLP: Llama and what was made after it. */
export function llamaDecoder(
  config: ConfigReader,
  tied: boolean,
  variant: LlamaVariant = {},
): DecoderOfFamily {
  const sizes = readSizes(config, variant.defaults);
  const epsilon = config.positive('rms_norm_eps', variant.epsilon ?? 1e-6);
  const activation = readActivation(config, 'hidden_act', 'silu');
  const { headSize, maxPositions, hidden } = sizes;
  const { bias = {} } = variant;
  const theta = variant.theta === undefined ? {} : { theta: config.positive('rope_theta', variant.theta) };
  const layers = eachLayer(sizes.layers, (prefix, index) => ({
    beforeAttention: rmsNorm(`${prefix}.input_layernorm`, hidden, epsilon),
    attention: {
      ...separateAttention(`${prefix}.self_attn`, sizes, bias),
      rope: ROPE,
      ...variant.attention?.(`${prefix}.self_attn`, index, sizes),
    },
    beforeMlp: rmsNorm(`${prefix}.post_attention_layernorm`, hidden, epsilon),
    mlp: gatedMlp(`${prefix}.mlp`, sizes, activation, bias.mlp),
  }));
  const rope = onlyRope(config, { headSize, maxPositions, ...theta });
  return plainDecoder({ sizes, rope, layers, finalNorm: rmsNorm('norm', hidden, epsilon), tied });
}

/** Biases that a config of the Llama kind may switch on. */
export const configuredBias = (config: ConfigReader) => {
  const attention = config.flag('attention_bias', false);
  return { qkv: attention, output: attention, mlp: config.flag('mlp_bias', false) };
};

/** Llama 1 to 3.x, SmolLM 1 and 2, and what says it is one. */
export const llama: Family = {
  title: 'Llama',
  modelTypes: ['llama'],
  decoder: (config, tied) => llamaDecoder(config, tied, { bias: configuredBias(config) }),
};

/** Every layer slides the window, where there is one. */
export const mistral: Family = {
  title: 'Mistral',
  modelTypes: ['mistral'],
  decoder: (config, tied) => {
    const window = config.has('sliding_window') ? { window: config.size('sliding_window') } : {};
    return llamaDecoder(config, tied, {
      defaults: { kvHeads: 8, maxPositions: 131_072 },
      attention: () => window,
    });
  },
};

/** The window of layer `index` in Qwen models: from `max_window_layers` on, if it is used at all. */
function qwenWindow(config: ConfigReader, layers: number): (index: number) => { readonly window?: number } {
  if (!config.flag('use_sliding_window', false) || !config.has('sliding_window')) return () => ({});
  const window = config.size('sliding_window');
  const first = config.number('max_window_layers', 28);
  const sliding = slidingLayers(config, layers);
  return (index) => ((sliding?.[index] ?? index >= first) ? { window } : {});
}

/** Qwen 2 and 2.5: biases of q, k and v. */
export const qwen2: Family = {
  title: 'Qwen 2',
  modelTypes: ['qwen2'],
  decoder: (config, tied) => {
    const window = qwenWindow(config, config.size('num_hidden_layers'));
    return llamaDecoder(config, tied, {
      defaults: { kvHeads: 32, maxPositions: 32_768 },
      bias: { qkv: true },
      attention: (_prefix, index) => window(index),
    });
  },
};

/** Norms of each head's query and key. */
export const qwen3: Family = {
  title: 'Qwen 3',
  modelTypes: ['qwen3'],
  decoder: (config, tied) => {
    const window = qwenWindow(config, config.size('num_hidden_layers'));
    const epsilon = config.positive('rms_norm_eps', 1e-6);
    return llamaDecoder(config, tied, {
      defaults: { kvHeads: 32, headSize: 128, maxPositions: 32_768 },
      bias: { ...configuredBias(config), mlp: false },
      attention: (prefix, index, { headSize }) => ({
        qNorm: rmsNorm(`${prefix}.q_norm`, headSize, epsilon),
        kNorm: rmsNorm(`${prefix}.k_norm`, headSize, epsilon),
        ...window(index),
      }),
    });
  },
};

/** Some layers rotate nothing (NoPE). */
export const smollm3: Family = {
  title: 'SmolLM3',
  modelTypes: ['smollm3'],
  decoder: (config, tied) => {
    const layers = config.size('num_hidden_layers');
    const interval = config.size('no_rope_layer_interval', 4);
    const listed = config.numbers('no_rope_layers', layers);
    const sliding = slidingLayers(config, layers);
    const window = config.has('sliding_window') ? config.size('sliding_window') : undefined;
    const used = config.flag('use_sliding_window', false);
    const attention = (index: number): Partial<Attention> => {
      const rotates = listed === undefined ? (index + 1) % interval !== 0 : listed[index] === 1;
      const slides = window !== undefined && (sliding?.[index] ?? (used && !rotates));
      return { ...(slides ? { window } : {}), ...(rotates ? {} : { rope: NO_ROPE }) };
    };
    return llamaDecoder(config, tied, {
      defaults: { kvHeads: 4, maxPositions: 32_768 },
      theta: 2_000_000,
      bias: configuredBias(config),
      attention: (_prefix, index) => attention(index),
    });
  },
};

/** No table has this name, so nothing is rotated. */
const NO_ROPE = 'none';

/** Norms after attention and MLP instead of before, and of all heads' queries and keys at once. */
export const olmo2: Family = {
  title: 'OLMo 2',
  modelTypes: ['olmo2'],
  decoder: (config, tied) => {
    const epsilon = config.positive('rms_norm_eps', 1e-5);
    const decoder = llamaDecoder(config, tied, {
      epsilon,
      bias: { ...configuredBias(config), mlp: false },
      attention: (prefix, _index, { heads, kvHeads, headSize }) => ({
        qNorm: rmsNorm(`${prefix}.q_norm`, heads * headSize, epsilon),
        kNorm: rmsNorm(`${prefix}.k_norm`, kvHeads * headSize, epsilon),
      }),
    });
    const layers = decoder.layers.map(({ attention, mlp }, index) => ({
      attention,
      mlp,
      afterAttention: rmsNorm(`layers.${index}.post_attention_layernorm`, decoder.hidden, epsilon),
      afterMlp: rmsNorm(`layers.${index}.post_feedforward_layernorm`, decoder.hidden, epsilon),
    }));
    return { ...decoder, layers };
  },
};

/** Four multipliers. */
export const granite: Family = {
  title: 'Granite',
  modelTypes: ['granite'],
  decoder: (config, tied) => {
    const scale = config.positive('attention_multiplier', 1);
    const decoder = llamaDecoder(config, tied, {
      bias: configuredBias(config),
      attention: () => ({ scale }),
    });
    return {
      ...decoder,
      embedding: { ...decoder.embedding, scale: config.positive('embedding_multiplier', 1) },
      residualScale: config.positive('residual_multiplier', 1),
      head: { ...decoder.head, scale: 1 / config.positive('logits_scaling', 1) },
    };
  },
};
