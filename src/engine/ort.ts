import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GRAPH_INPUTS, GRAPH_OUTPUT, productModel, type Product } from './onnxGraph';

/** A row-major matrix, a view of memory that somebody else owns. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** Dense float32 products in ONNX Runtime. One engine process owns one of these: sessions on several threads abort. */
export class DenseAlgebra {
  private constructor(private readonly sessions: Readonly<Record<Product, InferenceSession>>) {}

  /** @param threads of each product; 0 lets ONNX Runtime take one for each core */
  static async create(threads: number): Promise<DenseAlgebra> {
    const open = (product: Product): Promise<InferenceSession> =>
      InferenceSession.create(productModel(product), {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        enableMemPattern: false,
      });
    const [multiply, transposedMultiply] = await Promise.all([open('multiply'), open('transposedMultiply')]);
    return new DenseAlgebra({ multiply, transposedMultiply });
  }

  /** `X W`, or `Xᵀ W` for `transposedMultiply`. */
  async run(product: Product, x: Matrix, w: Matrix): Promise<Float32Array> {
    const [xName, wName] = GRAPH_INPUTS;
    const outputs = await this.sessions[product].run({ [xName]: toTensor(x), [wName]: toTensor(w) });
    const data = outputs[GRAPH_OUTPUT]?.data;
    if (!(data instanceof Float32Array)) throw new Error('ONNX Runtime returned no float32 product.');
    return data;
  }

  async release(): Promise<void> {
    await Promise.all(Object.values(this.sessions).map((session) => session.release()));
  }
}

function toTensor(matrix: Matrix): Tensor {
  return new Tensor('float32', matrix.data, [matrix.rows, matrix.columns]);
}
