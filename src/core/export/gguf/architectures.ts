/** What llama.cpp calls the modules of a class of transformers. */
export interface Architecture {
  /** `general.architecture` */
  readonly id: string;
  /**
   * Rows of q and k change places (`convert_hf_to_gguf.py: LlamaModel.permute`): llama.cpp rotates neighbors where
   * transformers rotates halves.
   */
  readonly isPermuted: boolean;
  /** By the name of the module inside its layer. */
  readonly modules: ReadonlyMap<string, string>;
}

const SPLIT = new Map([
  ['self_attn.q_proj', 'attn_q'],
  ['self_attn.k_proj', 'attn_k'],
  ['self_attn.v_proj', 'attn_v'],
  ['self_attn.o_proj', 'attn_output'],
  ['mlp.gate_proj', 'ffn_gate'],
  ['mlp.up_proj', 'ffn_up'],
  ['mlp.down_proj', 'ffn_down'],
]);

const FUSED = new Map([
  ['self_attn.qkv_proj', 'attn_qkv'],
  ['self_attn.o_proj', 'attn_output'],
  ['mlp.gate_up_proj', 'ffn_up'],
  ['mlp.down_proj', 'ffn_down'],
]);

const LLAMA: Architecture = { id: 'llama', isPermuted: true, modules: SPLIT };
const rotatingHalves = (id: string, modules = SPLIT): Architecture => ({ id, isPermuted: false, modules });

/** By the class in config.json. Each was run in llama-server (`test/interop/exports`). */
export const ARCHITECTURES: ReadonlyMap<string, Architecture> = new Map([
  ['LlamaForCausalLM', LLAMA],
  ['MistralForCausalLM', LLAMA],
  ['Qwen2ForCausalLM', rotatingHalves('qwen2')],
  ['Qwen3ForCausalLM', rotatingHalves('qwen3')],
  ['GemmaForCausalLM', rotatingHalves('gemma')],
  ['Gemma2ForCausalLM', rotatingHalves('gemma2')],
  ['Gemma3ForCausalLM', rotatingHalves('gemma3')],
  ['Phi3ForCausalLM', rotatingHalves('phi3', FUSED)],
]);

/** Where a module's weight is in the GGUF file of the model, without `.weight`; undefined: it is unknown. */
export function ggufName({ modules }: Architecture, module: string): string | undefined {
  if (module === 'lm_head') return 'output';
  const [, layer, inside = ''] = /^model\.layers\.(\d{1,6})\.(.+)$/.exec(module) ?? [];
  const name = modules.get(inside);
  return layer === undefined || name === undefined ? undefined : `blk.${Number(layer)}.${name}`;
}
