import { GraphBuilder } from '../core/onnx/graph';

/**
 * The two dense products of E-DIEM, as ONNX models built in code (opset 13). Shapes are dynamic, so that one session serves every module.
 */
export type Product =
  /** `Y = X W`: (p x q) (q x r). */
  | 'multiply'
  /** `Y = Xᵀ W`: (q x p)ᵀ (q x r). */
  | 'transposedMultiply';

export const GRAPH_INPUTS = ['X', 'W'] as const;
export const GRAPH_OUTPUT = 'Y';

/** The serialized model of one product. */
export function productModel(product: Product): Uint8Array {
  const graph = new GraphBuilder();
  for (const name of GRAPH_INPUTS) graph.input(name, 'float', axes(name));
  graph.output(GRAPH_OUTPUT, 'float', axes(GRAPH_OUTPUT));
  const attributes = product === 'transposedMultiply' ? { transA: 1 } : {};
  graph.nodeTo('Gemm', GRAPH_INPUTS, [GRAPH_OUTPUT], { attributes });
  return graph.model(product, 13);
}

const axes = (name: string): string[] => ['rows', 'columns'].map((axis) => `${name}_${axis}`);
