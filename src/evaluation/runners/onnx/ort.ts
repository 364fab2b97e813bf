import { parse } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { NO_TELEMETRY } from '../../../core/noTelemetry';

type Ort = typeof import('onnxruntime-node');

/** Not a static import: that would load the library before the environment is set. */
async function loadOrt(): Promise<Ort> {
  Object.assign(process.env, NO_TELEMETRY);
  return await import('onnxruntime-node');
}

export type TensorData = Float32Array | Int32Array | BigInt64Array;

/** A view of a caller's numbers: they are neither copied nor kept. */
export interface Feed {
  readonly data: TensorData;
  readonly shape: readonly number[];
}

export interface SessionOptions {
  readonly threads: number;
  /** Absolute; locations of external data are relative to it. */
  readonly root: string;
  /**
   * Each weight is read by a product forward and by one backward, so it is held once as it is, not once more for each of
   * them in the order in which that reads it; and it is converted to float32 once. Default false: what is not float32 in
   * its file stays as it is, and each run converts it.
   */
  readonly isGradient?: boolean;
}

/** What ONNX Runtime converts weights with when it loads them; the second one only float16. */
const CONVERTING_AT_LOAD = 'ConstantFolding;FuseFp16InitializerToFp32NodeTransformer';

const TYPE_NAMES = new Map<unknown, 'float32' | 'int32' | 'int64'>([
  [Float32Array, 'float32'],
  [Int32Array, 'int32'],
  [BigInt64Array, 'int64'],
]);

/** As a record names it. */
export async function ortSoftware(): Promise<string> {
  const { env } = await loadOrt();
  return `onnxruntime-node ${env.versions.node ?? env.versions.common}`;
}

/** A model in ONNX Runtime. A run blocks its thread, although it returns a promise. */
export class OrtSession {
  private constructor(
    private readonly ort: Ort,
    private readonly session: InferenceSession,
    /** Of ONNX Runtime. */
    readonly version: string,
  ) {}

  static async create(
    model: Uint8Array,
    { threads, root, isGradient = false }: SessionOptions,
  ): Promise<OrtSession> {
    const ort = await loadOrt();
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      // Memory of one run is no guide to that of the next: batches and lengths differ.
      enableMemPattern: false,
      // Memory of values is kept for the next run: fresh memory, which the operating system fills with zeros, would take
      // longer than converting weights into it.
      enableCpuMemArena: true,
      extra: {
        ...(isGradient ? {} : { optimization: { disable_specified_optimizers: CONVERTING_AT_LOAD } }),
        session: {
          model_external_initializers_file_folder_path: root,
          disable_prepacking: isGradient ? '1' : '0',
          // On a busy machine, threads that wait in a loop for long make a run take three times as long; those that sleep
          // at once cost a quarter on an idle one.
          intra_op: { spin_duration_us: '50' },
        },
      },
    });
    return new OrtSession(ort, session, ort.env.versions.node ?? ort.env.versions.common);
  }

  /** A feed made once and given to many runs. */
  tensor({ data, shape }: Feed): Tensor {
    const type = TYPE_NAMES.get(data.constructor) ?? 'float32';
    return new this.ort.Tensor(type, data, shape);
  }

  /**
   * @param outputs names, with the memory to write to or null where a new one is made
   * @returns the numbers of the outputs
   */
  async run(
    feeds: Readonly<Record<string, Tensor>>,
    outputs: Readonly<Record<string, Tensor | null>>,
  ): Promise<(name: string) => TensorData> {
    const results = await this.session.run(feeds, outputs);
    return (name) => {
      const data = results[name]?.data;
      if (data instanceof Float32Array || data instanceof Int32Array) return data;
      throw new Error(`ONNX Runtime returned no ${name}.`);
    };
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

export type { Tensor } from 'onnxruntime-node';

/** The root of a file's drive: the folder that `SessionOptions.root` names. */
export function rootOf(file: string): string {
  return parse(file).root;
}
