import { say } from '../../../../core/message';
import type { Linear, Norm } from '../decoder';
import {
  eachLayer,
  linear,
  onlyRope,
  plainDecoder,
  readActivation,
  readSizes,
  ROPE,
  type Sizes,
} from './common';
import { LAYERS_MAX, type ConfigReader } from './config';
import { declineModel } from './decline';
import type { Family } from './types';

const layerNorm = (name: string, size: number, epsilon: number): Norm => ({
  kind: 'layer',
  name,
  size,
  epsilon,
});

const conv1d = (name: string, inputs: number, outputs: number): Linear => ({
  ...linear(name, inputs, outputs, true),
  conv1d: true,
});

function refuse(config: ConfigReader, field: string, usual: boolean): void {
  if (config.flag(field, usual) !== usual)
    throw declineModel(config.file, say('The model sets {0}, which is not supported', field));
}

/** Learned positions, weights stored in x out. */
export const gpt2: Family = {
  title: 'GPT-2',
  modelTypes: ['gpt2'],
  decoder: (config, tied) => {
    const hidden = config.size('n_embd', 768);
    const heads = config.size('n_head', 12);
    const inner = config.size('n_inner', 4 * hidden);
    const epsilon = config.positive('layer_norm_epsilon', 1e-5);
    const activation = readActivation(config, 'activation_function', 'gelu_new');
    const headSize = Math.max(1, Math.floor(hidden / heads));
    refuse(config, 'scale_attn_by_inverse_layer_idx', false);
    const scale = config.flag('scale_attn_weights', true) ? 1 / Math.sqrt(headSize) : 1;
    const layer = (prefix: string): ReturnType<Parameters<typeof eachLayer>[1]> => ({
      beforeAttention: layerNorm(`${prefix}.ln_1`, hidden, epsilon),
      attention: {
        projections: {
          kind: 'fused',
          order: 'blocks',
          qkv: conv1d(`${prefix}.attn.c_attn`, hidden, 3 * hidden),
        },
        output: conv1d(`${prefix}.attn.c_proj`, hidden, hidden),
        ...{ heads, kvHeads: heads, headSize, scale },
      },
      beforeMlp: layerNorm(`${prefix}.ln_2`, hidden, epsilon),
      mlp: {
        kind: 'plain',
        activation,
        up: conv1d(`${prefix}.mlp.c_fc`, hidden, inner),
        down: conv1d(`${prefix}.mlp.c_proj`, inner, hidden),
      },
    });
    return {
      hidden,
      vocabulary: config.size('vocab_size', 50_257),
      context: config.size('n_positions', 1024),
      embedding: { name: 'wte', scale: 1 },
      positions: 'wpe',
      ropes: new Map(),
      layers: Array.from({ length: config.size('n_layer', 12, LAYERS_MAX) }, (_, index) =>
        layer(`h.${index}`),
      ),
      residualScale: 1,
      finalNorm: layerNorm('ln_f', hidden, epsilon),
      head: { name: tied ? 'wte' : 'lm_head', bias: false, scale: 1 },
    };
  },
};

/** Pythia and GPT-NeoX: attention and MLP side by side, q, k and v fused head by head. */
export const gptNeox: Family = {
  title: 'GPT-NeoX',
  modelTypes: ['gpt_neox'],
  decoder: (config, tied) => {
    const sizes = readSizes(config);
    const { hidden, headSize, maxPositions } = sizes;
    const epsilon = config.positive('layer_norm_eps', 1e-5);
    const layers = neoxLayers(config, sizes, epsilon);
    const rope = onlyRope(config, {
      headSize,
      maxPositions,
      theta: config.positive('rotary_emb_base', 10_000),
      partial: config.positive('rotary_pct', 0.25),
    });
    const finalNorm = layerNorm('final_layer_norm', hidden, epsilon);
    const plain = plainDecoder({ sizes, rope, layers, finalNorm, tied });
    return {
      ...plain,
      embedding: { name: 'embed_in', scale: 1 },
      head: { ...plain.head, name: tied ? 'embed_in' : 'embed_out' },
    };
  },
};

function neoxLayers(config: ConfigReader, sizes: Sizes, epsilon: number): ReturnType<typeof eachLayer> {
  const { hidden, heads, headSize, inner } = sizes;
  const activation = readActivation(config, 'hidden_act', 'gelu');
  const bias = config.flag('attention_bias', true);
  const parallel = config.flag('use_parallel_residual', true);
  return eachLayer(sizes.layers, (prefix) => ({
    parallel,
    beforeAttention: layerNorm(`${prefix}.input_layernorm`, hidden, epsilon),
    attention: {
      projections: {
        kind: 'fused',
        order: 'heads',
        qkv: linear(`${prefix}.attention.query_key_value`, hidden, 3 * hidden, bias),
      },
      output: linear(`${prefix}.attention.dense`, hidden, hidden, bias),
      ...{ heads, kvHeads: heads, headSize, scale: 1 / Math.sqrt(headSize), rope: ROPE },
    },
    beforeMlp: layerNorm(`${prefix}.post_attention_layernorm`, hidden, epsilon),
    mlp: {
      kind: 'plain',
      activation,
      up: linear(`${prefix}.mlp.dense_h_to_4h`, hidden, inner, true),
      down: linear(`${prefix}.mlp.dense_4h_to_h`, inner, hidden, true),
    },
  }));
}
