import type { Value } from '../../../../core/onnx/graph';
import type { GraphParts } from '../graphParts';

/**
 * A value of the forward pass with the rest of its backward pass. A gradient that nothing below needs is not computed: no
 * gate lies there.
 */
export interface Traced {
  readonly value: Value;
  /** Whether a gate lies in it or below it; if not, `back` is not called. */
  readonly needed: boolean;
  /** From the gradient by the value to that by the input; undefined where the input's is not needed. */
  readonly back: (gradient: Value) => Value | undefined;
}

/** Adds nodes to the graph that compute something of `input`. */
export type Part = (input: Value, needed: boolean) => Traced;

/** One after the other. */
export function pipe(...parts: readonly (Part | undefined)[]): Part {
  return (input, needed) => {
    const steps: Traced[] = [];
    for (const part of parts) {
      const last = steps.at(-1);
      if (part !== undefined) steps.push(part(last?.value ?? input, last?.needed ?? needed));
    }
    const last = steps.at(-1);
    return {
      value: last?.value ?? input,
      needed: last?.needed ?? needed,
      back: (gradient) => {
        let current: Value | undefined = gradient;
        for (const { needed: isNeeded, back } of [...steps].reverse())
          current = current === undefined || !isNeeded ? undefined : back(current);
        return current;
      },
    };
  };
}

export interface ResidualOptions {
  /** What each part's output is multiplied by. */
  readonly scale: number;
  /** Makes fewer rows of the input, as the parts do of theirs; absent: all rows. */
  readonly select?: Part;
}

/** The input and what parts make of it added up. */
export function residual(
  { graph }: GraphParts,
  parts: readonly Part[],
  { scale, select = pipe() }: ResidualOptions,
): Part {
  const scaled = (value: Value): Value =>
    scale === 1 ? value : graph.node('Mul', [value, graph.scalar(scale)]);
  return (input, needed) => {
    const branches = parts.map((part) => part(input, needed));
    const kept = select(input, needed);
    const value = branches.reduce(
      (sum, branch) => graph.node('Add', [sum, scaled(branch.value)]),
      kept.value,
    );
    return {
      value,
      needed: needed || branches.some((branch) => branch.needed),
      back: (gradient) => {
        const arriving = scaled(gradient);
        const leaving = branches.map((branch) => (branch.needed ? branch.back(arriving) : undefined));
        if (!needed) return undefined;
        const [first = '', ...others] = [kept.back(gradient), ...leaving].filter(
          (each) => each !== undefined,
        );
        return others.reduce((sum, each) => graph.node('Add', [sum, each]), first);
      },
    };
  };
}

/**
 * Rows of a matrix; the others get no gradient.
 * @param places int64 [P, 1]
 */
export function rowsPart({ graph }: GraphParts, places: Value): Part {
  return (input, needed) => ({
    value: graph.node('GatherND', [input, places]),
    needed,
    back: (gradient) => {
      const zeros = graph.node('ConstantOfShape', [graph.node('Shape', [input])]);
      return graph.node('ScatterND', [zeros, places, gradient]);
    },
  });
}

/**
 * The value, once `other` exists: so that what the backward pass computes of the forward pass's values once more is not
 * computed, and held, long before. Costs nothing: no number is copied.
 * @param other of the same shape
 */
export function onceThere({ graph }: GraphParts, value: Value, other: Value): Value {
  return graph.node('Reshape', [value, graph.node('Shape', [other])]);
}
