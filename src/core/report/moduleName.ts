/** A module name taken apart for rows (types) and columns (blocks) of the heat map, for tree and table. */
export interface ModuleNameParts {
  /** The block's number, e.g. 8 of `model.layers.8.self_attn.q_proj`; null for modules outside blocks. */
  readonly block: number | null;
  /** What comes before the number, e.g. `model.layers`; `''` for modules outside blocks. */
  readonly blockPrefix: string;
  /** What comes after it, e.g. `self_attn.q_proj`. Numbers of experts read `*`: one type for all experts. */
  readonly type: string;
}

/** A longer run of digits is no block number of any model; it stays text. */
const NUMBER = /^\d{1,6}$/;
const EXPERT_PARTS = new Set(['experts', 'local_experts']);
const EXPERT = /(^|\.)((?:local_)?experts)\.\d{1,6}(?=\.|$)/g;

/**
 * The first part of the name that is a number, and no expert's, is the block:
 * `model.layers.N.x`, `transformer.h.N.x`, `encoder.block.N.layer.M.SelfAttention.q`, `model.layers.N.mlp.experts.M.x`.
 */
export function splitModuleName(name: string): ModuleNameParts {
  for (let begin = 0, previous = 0; begin < name.length;) {
    const dot = name.indexOf('.', begin);
    const end = dot === -1 ? name.length : dot;
    // Most parts are words and stay where they are: to cut 10,000 names into parts takes longer than to draw their map.
    if (isDigit(name.charCodeAt(begin)) && NUMBER.test(name.slice(begin, end))) {
      if (!EXPERT_PARTS.has(name.slice(previous, begin - 1))) {
        const block = Number(name.slice(begin, end));
        return {
          block,
          blockPrefix: name.slice(0, Math.max(0, begin - 1)),
          type: typeOf(name.slice(end + 1)),
        };
      }
    }
    previous = begin;
    begin = end + 1;
  }
  return { block: null, blockPrefix: '', type: typeOf(name) };
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function typeOf(rest: string): string {
  return rest.includes('experts.') ? rest.replace(EXPERT, '$1$2.*') : rest;
}
