import { lastOfName } from '../lastPart';
import type { Checkpoint } from '../checkpoint/types';
import type { NamedInput } from './types';

/**
 * Last parts of names of linear layers, heads and embeddings in vLLM's classes of common models, and of those that they
 * pack together. Not complete: another name is a note, not an error.
 */
const COMMON_NAMES: ReadonlySet<string> = new Set(
  [
    // Llama and those like it
    'q_proj k_proj v_proj o_proj qkv_proj gate_proj up_proj down_proj gate_up_proj',
    // latent attention (DeepSeek)
    'q_a_proj q_b_proj kv_a_proj_with_mqa kv_b_proj fused_qkv_a_proj',
    // linear attention and state spaces
    'in_proj x_proj dt_proj in_proj_qkvz in_proj_ba in_proj_qkv in_proj_z in_proj_a in_proj_b',
    // GPT-2, GPT-J, GPT-NeoX, Falcon, Bloom, MPT, OPT, Phi
    'c_attn c_proj c_fc fc_in fc_out query_key_value dense dense_h_to_4h dense_4h_to_h Wqkv out_proj fc1 fc2',
    // Baichuan, InternLM 2, Qwen 1, Mixtral
    'W_pack wqkv wo w1 w2 w3',
    // routers of experts
    'gate shared_expert_gate',
    // BERT and its like, vision towers and projectors
    'query key value qkv proj linear_fc1 linear_fc2 linear_1 linear_2',
    // heads and embeddings
    'lm_head embed_tokens score classifier',
  ].flatMap((names) => names.split(' ')),
);

/** vLLM has both in every class that takes LoRA for them, though a tied head is no tensor of the model. */
const HEADS: ReadonlySet<string> = new Set(['lm_head', 'embed_tokens']);

/**
 * Names of modules of which the last part must be that of a layer that the model's class supports, and is not: `lacking`
 * by the model's own names, `uncommon` by those of the common classes. Experts are looked up in another way.
 */
export function expectedModules({ adapter, model, rename = (name) => name }: NamedInput): {
  readonly lacking: string[];
  readonly uncommon: string[];
} {
  const own = model === undefined ? undefined : layerNames(model);
  const lacking: string[] = [];
  const uncommon: string[] = [];
  for (const { name } of adapter.modules) {
    if (/(?:^|\.)experts(?:\.|$)/.test(name)) continue;
    const part = lastOfName(rename(name));
    if (own !== undefined && !own.has(part) && !HEADS.has(part)) lacking.push(name);
    else if (!COMMON_NAMES.has(part)) uncommon.push(name);
  }
  return { lacking, uncommon };
}

/** Last parts of the names of all layers with a weight of two axes or more, quantized or not. */
function layerNames({ tensors }: Checkpoint): Set<string> {
  const names = new Set<string>();
  for (const [name, { info }] of tensors) {
    const dot = name.lastIndexOf('.');
    if (info.shape.length >= 2 && dot !== -1) names.add(lastOfName(name.slice(0, dot)));
  }
  return names;
}
