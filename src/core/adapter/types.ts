import type { SafetensorsHeader, TensorInfo } from '../safetensors/types';
import type { Message } from '../message';

export type AdapterFamily = 'peft' | 'mlx';

/** One adapted linear layer of an adapter. Symbols as in the E-DIEM notes: A is r x n, B is m x r, update = s B A. */
export interface AdapterModule {
  /** Without `base_model.model.` and wrapper prefixes, e.g. `model.layers.0.self_attn.q_proj`. Unique in the adapter. */
  readonly name: string;
  /** `lora_A`; stored r x n, or n x r where `transposed` (MLX). */
  readonly a: TensorInfo;
  /** `lora_B`; stored m x r, or r x m where `transposed` (MLX). */
  readonly b: TensorInfo;
  readonly transposed: boolean;
  /** `[m, n]`, i.e. out x in. */
  readonly shape: readonly [number, number];
  readonly rank: number;
  /** `s`: alpha/r, alpha/sqrt(r) with rsLoRA, or MLX's plain multiplier. */
  readonly scale: number;
  /** All tensors pruned with this module: A, B and, if present, bias and magnitude. */
  readonly tensors: readonly TensorInfo[];
  /** Name of the module or parameter that has all experts of the layer; `a` and `b` are then slices. */
  readonly stack?: string;
  /** Why the module cannot be scored (it can still be pruned), e.g. DoRA. Absent: it can. */
  readonly unsupported?: Message;
}

/** A whole tensor that PEFT loads over the parameter of this name in the model: a head, a norm, a bias, any weight. */
export interface Replacement {
  /** Of the parameter, e.g. `lm_head.weight`; unique among modules and replacements. */
  readonly name: string;
  readonly tensor: TensorInfo;
  /** The LoRA module under whose `base_layer` it is, and among whose `tensors`; it is pruned with that module. */
  readonly module?: string;
}

/** A tensor that is part of no module and replaces nothing that is known: token deltas, unknown kinds. */
export interface CarriedTensor {
  readonly tensor: TensorInfo;
  readonly reason: Message;
}

/** An adapter as read: names, shapes and scales; no weights. */
export interface Adapter {
  readonly family: AdapterFamily;
  /** Absolute path of the weights file. */
  readonly weightsFile: string;
  /** Absolute path of adapter_config.json; absent when the folder has none and defaults were taken. */
  readonly configFile?: string;
  /** Text of adapter_config.json; absent when there is none. */
  readonly configText?: string;
  /** The config as it is in the file (every key kept), `{}` without one. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly header: SafetensorsHeader;
  /** Natural order of their names (layer 2 before layer 10). */
  readonly modules: readonly AdapterModule[];
  /** Natural order of their names. */
  readonly replacements: readonly Replacement[];
  readonly carried: readonly CarriedTensor[];
  /** `base_model_name_or_path` or MLX's `model`: the aligned model that was fine-tuned. */
  readonly alignedHint?: string;
  /** The base stores linear weights in x out (GPT-2's Conv1D). */
  readonly fanInFanOut: boolean;
  /** Things a user should know, one sentence each. */
  readonly notes: readonly Message[];
}
