/** A module name taken apart for rows (types) and columns (blocks) of the heat map, for tree and table. */
export interface ModuleNameParts {
  /** The block's number, e.g. 8 of `model.layers.8.self_attn.q_proj`; null for modules outside blocks. */
  readonly block: number | null;
  /** What stands before the number, e.g. `model.layers`; `''` for modules outside blocks. */
  readonly blockPrefix: string;
  /** What stands after it, e.g. `self_attn.q_proj`. Numbers of experts read `*`: one type for all experts. */
  readonly type: string;
}

/** A longer run of digits is no block number of any model; it stays text. */
const MAX_BLOCK_DIGITS = 6;
const EXPERTS = /^(?:local_)?experts$/;

/**
 * The first part of the name that is a number, and no expert's, is the block:
 * `model.layers.N.x`, `transformer.h.N.x`, `encoder.block.N.layer.M.SelfAttention.q`, `model.layers.N.mlp.experts.M.x`.
 */
export function splitModuleName(name: string): ModuleNameParts {
  const parts = name.split('.');
  const experts: number[] = [];
  let at = -1;
  parts.forEach((part, index) => {
    if (!isNumber(part)) return;
    if (isExpert(parts, index)) experts.push(index);
    else if (at === -1) at = index;
  });
  const rest = parts.slice(at + 1);
  for (const index of experts) if (index > at) rest[index - at - 1] = '*';
  const type = rest.join('.');
  return at === -1
    ? { block: null, blockPrefix: '', type }
    : { block: Number(parts[at]), blockPrefix: parts.slice(0, at).join('.'), type };
}

/** Most parts are words: of 10,000 names, the expression alone would take longer than to draw their map. */
function isNumber(part: string): boolean {
  return part.length <= MAX_BLOCK_DIGITS && part <= ':' && /^\d+$/.test(part);
}

function isExpert(parts: readonly string[], index: number): boolean {
  return EXPERTS.test(parts[index - 1] ?? '');
}
