import {
  eachLayer,
  linear,
  onlyRope,
  plainDecoder,
  readActivation,
  readSizes,
  rmsNorm,
  ROPE,
} from './common';
import type { Family } from './types';

/** Phi-3, Phi-3.5 and Phi-4-mini: fused projections, part of each head rotated. */
export const phi3: Family = {
  title: 'Phi-3',
  modelTypes: ['phi3'],
  decoder: (config, tied) => {
    const sizes = readSizes(config, { maxPositions: 4096 });
    const { hidden, heads, kvHeads, headSize, inner, maxPositions } = sizes;
    const epsilon = config.positive('rms_norm_eps', 1e-5);
    const activation = readActivation(config, 'hidden_act', 'silu');
    const window = config.has('sliding_window') ? { window: config.size('sliding_window') } : {};
    const layers = eachLayer(sizes.layers, (prefix) => ({
      beforeAttention: rmsNorm(`${prefix}.input_layernorm`, hidden, epsilon),
      attention: {
        projections: {
          kind: 'fused',
          order: 'blocks',
          qkv: linear(`${prefix}.self_attn.qkv_proj`, hidden, (heads + 2 * kvHeads) * headSize),
        },
        output: linear(`${prefix}.self_attn.o_proj`, heads * headSize, hidden),
        ...{ heads, kvHeads, headSize, scale: 1 / Math.sqrt(headSize), rope: ROPE, ...window },
      },
      beforeMlp: rmsNorm(`${prefix}.post_attention_layernorm`, hidden, epsilon),
      mlp: {
        kind: 'fused',
        activation,
        gateUp: linear(`${prefix}.mlp.gate_up_proj`, hidden, 2 * inner),
        down: linear(`${prefix}.mlp.down_proj`, inner, hidden),
      },
    }));
    const rope = onlyRope(config, { headSize, maxPositions });
    return plainDecoder({ sizes, rope, layers, finalNorm: rmsNorm('norm', hidden, epsilon), tied });
  },
};
