import { lastOfName } from '../lastPart';
import { isRecord } from '../record';
import type { CheckInput } from './types';

/** `lora_parameters` of an MLX config, `{}` where it has none. */
export function parametersOf({ adapter }: CheckInput): Readonly<Record<string, unknown>> {
  const parameters = adapter.config['lora_parameters'];
  return isRecord(parameters) ? parameters : {};
}

/**
 * Whether mlx-lm makes a LoRA layer of a module (`tuner/utils.py: linear_to_lora_layers`): full names in keys, or
 * relative ones in the last `num_layers` blocks, which are all blocks for 0 and less.
 */
export function createsLayer(input: CheckInput): (module: string) => boolean | undefined {
  const { keys } = parametersOf(input);
  const layers = input.adapter.config['num_layers'];
  const blocks = input.model === undefined ? undefined : blockCount(input.model.tensors.keys());
  const inLastBlocks = (name: string): boolean | undefined => {
    const block = blockOf(name);
    if (block === undefined || typeof layers !== 'number' || layers <= 0) return block !== undefined;
    return blocks === undefined ? undefined : block >= blocks - layers;
  };
  if (!Array.isArray(keys)) return inLastBlocks;
  const listed = new Set<unknown>(keys);
  return (name) => {
    if (listed.has(name)) return true;
    const relative = relativeName(name);
    return relative !== name && listed.has(relative) ? inLastBlocks(name) : false;
  };
}

/** Within its block, e.g. `self_attn.q_proj`; the whole name outside of blocks. */
const relativeName = (name: string): string => name.replace(/^.*?\blayers\.\d+\./, '');

const blockOf = (name: string): number | undefined => {
  const digits = /(?:^|\.)layers\.(\d{1,6})\./.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

function blockCount(tensors: Iterable<string>): number {
  let count = 0;
  for (const name of tensors) count = Math.max(count, (blockOf(name) ?? -1) + 1);
  return count;
}

/** Entries of keys that name a norm, or a module that only holds others: mlx-lm cannot convert them. */
export function unsupportedKeys(input: CheckInput): readonly string[] {
  const { keys } = parametersOf(input);
  if (input.model === undefined || !Array.isArray(keys)) return [];
  const adaptable = new Set<string>();
  const others = new Set<string>();
  for (const [tensor, { info }] of input.model.tensors) {
    if (!tensor.endsWith('.weight')) continue;
    const name = tensor.slice(0, -'.weight'.length);
    for (const form of [name, relativeName(name)]) {
      (info.shape.length < 2 ? others : adaptable).add(form);
      for (let dot = form.indexOf('.'); dot !== -1; dot = form.indexOf('.', dot + 1))
        others.add(form.slice(0, dot));
    }
  }
  return keys.filter(
    (key): key is string => typeof key === 'string' && others.has(key) && !adaptable.has(key),
  );
}

/** The module of a tensor that mlx-lm takes for an adapter parameter; undefined: it is something else. */
export function adapterParameter(tensor: string): string | undefined {
  const dot = tensor.lastIndexOf('.');
  const last = lastOfName(tensor);
  return dot > 0 && (last === 'lora_a' || last === 'lora_b' || last === 'm')
    ? tensor.slice(0, dot)
    : undefined;
}
