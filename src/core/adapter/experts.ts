/** The place of a module in a mixture-of-experts layer: `<container>.<index>.<matrix>`. */
export interface ExpertPlace {
  /** Ends in `experts`, e.g. `model.layers.0.mlp.experts`. */
  readonly container: string;
  readonly index: number;
  /** Of one expert, e.g. `gate_proj`. */
  readonly matrix: string;
}

const EXPERTS = '.experts';
const INDEX_DIGITS_MAX = 6;

/** Undefined: the module is no matrix of a single expert. Takes no regular expression: checkpoints have 10,000s of names. */
export function expertPlace(module: string): ExpertPlace | undefined {
  const last = module.lastIndexOf('.');
  const before = module.lastIndexOf('.', last - 1);
  if (before < 0 || !module.startsWith(EXPERTS, before - EXPERTS.length)) return undefined;
  const digits = module.slice(before + 1, last);
  if (digits.length > INDEX_DIGITS_MAX || !/^\d+$/.test(digits)) return undefined;
  return { container: module.slice(0, before), index: Number(digits), matrix: module.slice(last + 1) };
}
