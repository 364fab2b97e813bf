import { groupBy } from '../groupBy';
import type { Checkpoint, CheckpointTensor } from './types';

/**
 * Name parts that wrappers put before the same weights (transformers classes, hub files, VLM wrappers), so that
 * `model.language_model.layers.0`, `language_model.model.layers.0`, `model.layers.0` and `layers.0` are one name. No
 * vision part is among them: `vision_tower.…`, `visual.…` only ever match themselves.
 */
const WRAPPERS = /^(?:(?:model|transformer|language_model|gpt_neox|bert|roberta|deberta|distilbert)\.)+/;

/** A checkpoint's tensors by name without wrappers, and what its layout tells; built once for each checkpoint. */
export interface TensorIndex {
  readonly byBareName: ReadonlyMap<string, readonly CheckpointTensor[]>;
  /**
   * Whether GPT-2-like layers are stored n x m (Conv1D), as their non-square weights show; undefined where none shows.
   * The names alone do not tell: gpt_bigcode has the same ones on m x n Linear layers.
   */
  readonly conv1d: boolean | undefined;
}

const indices = new WeakMap<Checkpoint, TensorIndex>();

export function indexOf(checkpoint: Checkpoint): TensorIndex {
  const known = indices.get(checkpoint);
  if (known !== undefined) return known;
  const made = makeIndex(checkpoint);
  indices.set(checkpoint, made);
  return made;
}

/** The name without its wrapper prefixes. */
export function bareName(name: string): string {
  return name.replace(WRAPPERS, '');
}

function makeIndex(checkpoint: Checkpoint): TensorIndex {
  const byBareName = groupBy(checkpoint.tensors.values(), ({ info }) => bareName(info.name));
  let conv1d: boolean | undefined;
  for (const [name, tensors] of byBareName) {
    for (const { info } of tensors) conv1d ??= showsConv1D(name, info.shape);
  }
  return { byBareName, conv1d };
}

/** c_attn maps d to 3 d (less with shared keys), c_fc maps d to 4 d: the larger side is the output. */
function showsConv1D(name: string, [rows, columns, ...rest]: readonly number[]): boolean | undefined {
  if (!/^h\.\d+\..*\bc_(?:attn|fc)\.weight$/.test(name)) return undefined;
  if (rows === undefined || columns === undefined || rest.length > 0 || rows === columns) return undefined;
  return columns > rows;
}
