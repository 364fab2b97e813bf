import { lastOfName } from '../lastPart';
import { quotedList } from '../adapter/names';
import type { AdapterModule } from '../adapter/types';
import type { Checkpoint } from '../checkpoint/types';
import type { CheckInput, LoadFinding } from './types';
import { say } from '../message';

/**
 * Last parts of names that linear layers (and heads and embeddings) have in vLLM's classes of common models, and those
 * that they pack together. It is not all of them: a name beyond is told, not refused.
 */
const COMMON_NAMES: ReadonlySet<string> = new Set([
  // Llama and those like it
  ...[
    'q_proj',
    'k_proj',
    'v_proj',
    'o_proj',
    'qkv_proj',
    'gate_proj',
    'up_proj',
    'down_proj',
    'gate_up_proj',
  ],
  // latent attention (DeepSeek)
  ...['q_a_proj', 'q_b_proj', 'kv_a_proj_with_mqa', 'kv_b_proj', 'fused_qkv_a_proj'],
  // linear attention and state spaces
  ...[
    'in_proj',
    'x_proj',
    'dt_proj',
    'in_proj_qkvz',
    'in_proj_ba',
    'in_proj_qkv',
    'in_proj_z',
    'in_proj_a',
    'in_proj_b',
  ],
  // GPT-2, GPT-J, GPT-NeoX, Falcon, Bloom, MPT, OPT, Phi
  ...[
    'c_attn',
    'c_proj',
    'c_fc',
    'fc_in',
    'fc_out',
    'query_key_value',
    'dense',
    'dense_h_to_4h',
    'dense_4h_to_h',
  ],
  ...['Wqkv', 'out_proj', 'fc1', 'fc2'],
  // Baichuan, InternLM 2, Qwen 1, Mixtral
  ...['W_pack', 'wqkv', 'wo', 'w1', 'w2', 'w3'],
  // routers of experts
  ...['gate', 'shared_expert_gate'],
  // BERT and its like, vision towers and projectors
  ...['query', 'key', 'value', 'qkv', 'proj', 'linear_fc1', 'linear_fc2', 'linear_1', 'linear_2'],
  // heads and embeddings
  ...['lm_head', 'embed_tokens', 'score', 'classifier'],
]);

/** vLLM has both in every class that takes LoRA for them, though a tied head is no tensor of the model. */
const HEADS: ReadonlySet<string> = new Set(['lm_head', 'embed_tokens']);

/**
 * `check_unexpected_modules` (`lora/lora_model.py`): the last part of each module's name must be that of a layer that
 * the model's class supports, else loading raises a ValueError ("expected target modules in …"). Experts are looked up
 * in another way. What the class has is known from the model's own names only: those that it lacks are an error.
 */
export function expectedModules({ adapter, model }: CheckInput): LoadFinding[] {
  const own = model === undefined ? undefined : layerNames(model);
  const byPart = new Map<string, string[]>();
  for (const module of adapter.modules) {
    if (isExpert(module)) continue;
    const part = lastOfName(module.name);
    const names = byPart.get(part);
    if (names === undefined) byPart.set(part, [module.name]);
    else names.push(module.name);
  }
  const [lacking, uncommon]: [string[][], string[][]] = [[], []];
  for (const [part, names] of byPart) {
    if (own !== undefined && !own.has(part) && !HEADS.has(part)) lacking.push(names);
    else if (!COMMON_NAMES.has(part)) uncommon.push(names);
  }
  const findings: LoadFinding[] = [];
  if (lacking.length > 0) {
    const message = say(
      'vLLM refuses the adapter ("expected target modules …"): no layer of the model has the last name of {0}. Choose the model that it was trained on.',
      quotedList(lacking.flat()),
    );
    findings.push({ severity: 'error', message });
  }
  if (uncommon.length > 0) {
    const message = say(
      'vLLM raises an error ("expected target modules …") where its model class has no linear layer of that last name, and {0} have none that its common classes have.',
      quotedList(uncommon.flat()),
    );
    findings.push({ severity: 'note', message });
  }
  return findings;
}

const isExpert = ({ name }: AdapterModule): boolean => /(?:^|\.)experts(?:\.|$)/.test(name);

/** Last parts of the names of all layers with a weight of two axes or more, however it is quantised. */
function layerNames({ tensors }: Checkpoint): Set<string> {
  const names = new Set<string>();
  for (const [name, { info }] of tensors) {
    const dot = name.lastIndexOf('.');
    if (info.shape.length >= 2 && dot !== -1) names.add(lastOfName(name.slice(0, dot)));
  }
  return names;
}
