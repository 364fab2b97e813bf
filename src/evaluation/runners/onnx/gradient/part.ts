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

/** The input and what parts make of it, multiplied by `scale`, added up. */
export function residual({ graph }: GraphParts, parts: readonly Part[], scale: number): Part {
  const scaled = (value: Value): Value =>
    scale === 1 ? value : graph.node('Mul', [value, graph.scalar(scale)]);
  return (input, needed) => {
    const branches = parts.map((part) => part(input, needed));
    const value = branches.reduce((sum, branch) => graph.node('Add', [sum, scaled(branch.value)]), input);
    return {
      value,
      needed: needed || branches.some((branch) => branch.needed),
      back: (gradient) => {
        const arriving = scaled(gradient);
        const leaving = branches.map((branch) => (branch.needed ? branch.back(arriving) : undefined));
        if (!needed) return undefined;
        return leaving.reduce<Value>(
          (sum, each) => (each === undefined ? sum : graph.node('Add', [sum, each])),
          gradient,
        );
      },
    };
  };
}

/**
 * The value, once `other` exists: so that what the backward pass computes of the forward pass's values once more is not
 * computed, and held, long before. Costs nothing: no number is copied.
 * @param other of the same shape
 */
export function onceThere({ graph }: GraphParts, value: Value, other: Value): Value {
  return graph.node('Reshape', [value, graph.node('Shape', [other])]);
}
