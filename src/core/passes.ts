/**
 * What passes of prompts through a model find of each module of an adapter. The evaluator computes it layer by layer into a
 * folder of safetensors files (`PASS_TENSORS`), and the engine reads it there: it runs no model.
 *
 * `activations`: the model with the adapter reads the harmful prompts. `outputs`: the aligned model reads them with the
 * refusals that it answers; only the tokens of these count. `hessian`: the same, and all tokens count.
 */
export const PASS_KINDS = ['activations', 'outputs', 'hessian'] as const;
export type PassKind = (typeof PASS_KINDS)[number];

/** Names of a module's tensors in the files, as float64; `gram` as float32. */
export const PASS_TENSORS = {
  /** [n]: sums of the squares of its inputs. */
  inputs: (module: string) => `${module}.inputs`,
  /** [r]: the same of `A x`, which is what `B` reads. */
  low: (module: string) => `${module}.low`,
  /** [k, m]: orthonormal, the main directions of its outputs, that of most energy first. */
  directions: (module: string) => `${module}.directions`,
  /** [n, n]: sum of `x xᵀ` over its inputs. */
  gram: (module: string) => `${module}.gram`,
} as const;

/** Directions of outputs that are recorded: fewer where there are fewer tokens. */
export const PASS_DIRECTIONS = 64;

/** In the metadata of each file: the SHA-256 of the weights of the adapter. */
export const PASS_ADAPTER = 'adapter_sha256';
