/** The place of a module in a mixture-of-experts layer: `<container>.<index>.<matrix>`. */
export interface ExpertPlace {
  /** E.g. `model.layers.0.mlp.experts`; MLX calls it `switch_mlp`. */
  readonly container: string;
  readonly index: number;
  /** Of one expert, e.g. `gate_proj`. */
  readonly matrix: string;
}

const HOLDERS = ['experts', 'switch_mlp'];
const INDEX_DIGITS_MAX = 6;

/** Undefined: the module is no matrix of a single expert. Takes no regular expression: checkpoints have 10,000s of names. */
export function expertPlace(module: string): ExpertPlace | undefined {
  const last = module.lastIndexOf('.');
  const before = module.lastIndexOf('.', last - 1);
  if (before < 0 || !isExpertHolder(module.slice(0, before))) return undefined;
  const digits = module.slice(before + 1, last);
  if (digits.length > INDEX_DIGITS_MAX || !/^\d+$/.test(digits)) return undefined;
  return { container: module.slice(0, before), index: Number(digits), matrix: module.slice(last + 1) };
}

/** Whether a module holds the experts of a layer. */
export const isExpertHolder = (module: string): boolean =>
  HOLDERS.some((holder) => module.endsWith(holder) && module[module.length - holder.length - 1] === '.');
