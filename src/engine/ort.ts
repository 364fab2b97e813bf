import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { GRAPH_INPUTS, GRAPH_OUTPUT, productModel, type Product } from './onnxGraph';
import { NO_TELEMETRY } from '../core/noTelemetry';
import type { OrtProvider } from './workers/protocol';
import { say, type Message } from '../core/message';

type Ort = typeof import('onnxruntime-node');

/** Not a static import: that would load the library before the environment is set. */
async function loadOrt(): Promise<Ort> {
  Object.assign(process.env, NO_TELEMETRY);
  return await import('onnxruntime-node');
}

/** A row-major view; the caller owns its memory. */
export interface Matrix {
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/**
 * Dense float32 products in ONNX Runtime. One thread must own all of them, because sessions on several threads abort. A
 * run blocks that thread, although it returns a promise.
 */
export class DenseAlgebra {
  private constructor(
    private readonly ort: Ort,
    private readonly sessions: Sessions,
    /** Why the requested provider is not used. */
    readonly providerNote: Message | undefined,
  ) {}

  /**
   * @param provider falls back to `cpu`; `providerNote` then says why
   * @param threads for each product on the CPU
   */
  static async create(provider: OrtProvider, threads: number): Promise<DenseAlgebra> {
    const ort = await loadOrt();
    const open = (wanted: OrtProvider): Promise<Sessions> => openSessions(ort, wanted, threads);
    if (provider === 'cpu') return new DenseAlgebra(ort, await open('cpu'), undefined);
    try {
      const algebra = new DenseAlgebra(ort, await open(provider), undefined);
      // Some providers only notice at the first run that there is no device.
      const one = { data: Float32Array.of(1), rows: 1, columns: 1 };
      await algebra.run('multiply', one, one, new Float32Array(1));
      return algebra;
    } catch (thrown) {
      const why = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n', 1)[0] ?? '';
      const note = say(
        'The execution provider {0} cannot be used here, so the CPU is used instead: {1}',
        provider,
        why,
      );
      return new DenseAlgebra(ort, await open('cpu'), note);
    }
  }

  /** `X W`, or `Xᵀ W` for `transposedMultiply`, into `out`. */
  async run(product: Product, x: Matrix, w: Matrix, out: Float32Array): Promise<void> {
    const [xName, wName] = GRAPH_INPUTS;
    const rows = product === 'multiply' ? x.rows : x.columns;
    const y = this.tensor({ data: out, rows, columns: w.columns });
    const feeds = { [xName]: this.tensor(x), [wName]: this.tensor(w) };
    const { [GRAPH_OUTPUT]: result } = await this.sessions[product].run(feeds, { [GRAPH_OUTPUT]: y });
    // The CPU writes in place; a device may return a copy.
    if (result === undefined || !(result.data instanceof Float32Array)) {
      throw new Error('ONNX Runtime returned no float32 product.');
    }
    const { buffer, byteOffset } = result.data;
    if (buffer !== out.buffer || byteOffset !== out.byteOffset) out.set(result.data);
  }

  async release(): Promise<void> {
    await Promise.all(Object.values(this.sessions).map((session) => session.release()));
  }

  private tensor({ data, rows, columns }: Matrix): Tensor {
    return new this.ort.Tensor('float32', data, [rows, columns]);
  }
}

type Sessions = Readonly<Record<Product, InferenceSession>>;

async function openSessions(ort: Ort, provider: OrtProvider, threads: number): Promise<Sessions> {
  const open = (product: Product): Promise<InferenceSession> =>
    ort.InferenceSession.create(productModel(product), {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      enableMemPattern: false,
      // Between runs, the kernels' threads need the cores.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  return { multiply: await open('multiply'), transposedMultiply: await open('transposedMultiply') };
}
