import { parentPort } from 'node:worker_threads';
import { toErrorData } from '../../core/errors';
import { KernelMemory } from '../kernels/kernels';
import wasm from '../kernels/kernels.wasm';
import { DenseAlgebra } from '../ort';
import { measureDense } from './measureDense';
import { finishMeasure, readFactors, thinProducts, type Tools } from './measureModule';
import { OpenFiles } from './openFiles';
import type { OrtProvider, Task, TaskResult, WorkerReply, WorkerRequest } from './protocol';
import { JobSignals } from './signals';

// A worker thread of the engine: does one task at a time, and answers each, also when it fails.
const memory = new KernelMemory(wasm);
const files = new OpenFiles();

/** Sessions for one provider and thread count. Only the thread that is given `products` tasks ever has any. */
let algebra: { readonly key: string; readonly opened: Promise<DenseAlgebra> } | undefined;

async function denseAlgebra(provider: OrtProvider, threads: number): Promise<DenseAlgebra> {
  const key = `${provider} ${String(threads)}`;
  if (algebra?.key !== key) {
    const last = await algebra?.opened;
    algebra = { key, opened: DenseAlgebra.create(provider, threads) };
    await last?.release();
  }
  return await algebra.opened;
}

async function run(task: Task, tools: Tools): Promise<TaskResult> {
  if (task.kind === 'finish') {
    return { kind: 'outcome', outcome: finishMeasure(task.work, task.factors, task.products, tools) };
  }
  if (task.kind === 'dense') {
    const { provider, ortThreads } = task;
    const outcome = await measureDense(task.work, tools, () => denseAlgebra(provider, ortThreads));
    return { kind: 'outcome', outcome };
  }
  const factors = readFactors(task.work);
  if ('reason' in factors) return { kind: 'outcome', outcome: factors };
  if (task.kind === 'measure') {
    const products = await thinProducts(task.work, factors, tools);
    return { kind: 'outcome', outcome: finishMeasure(task.work, factors, products, tools) };
  }
  const opened = await denseAlgebra(task.provider, task.ortThreads);
  const products = await thinProducts(task.work, factors, tools, opened);
  const note = opened.providerNote;
  return { kind: 'products', factors, products, ...(note === undefined ? {} : { providerNote: note }) };
}

/** The thin matrices change hands instead of being copied. */
function transferred(result: TaskResult): ArrayBuffer[] {
  if (result.kind === 'outcome') return [];
  const { factors, products } = result;
  return [factors.a, factors.b, products.cb, products.inner].map(({ buffer }) => buffer);
}

async function answer({ id, task, signals }: WorkerRequest): Promise<void> {
  try {
    const result = await run(task, { memory, files, signals: new JobSignals(signals) });
    post({ id, ok: true, result }, transferred(result));
  } catch (thrown) {
    post({ id, ok: false, error: toErrorData(thrown) }, []);
  }
}

function post(reply: WorkerReply, transfer: ArrayBuffer[]): void {
  parentPort?.postMessage(reply, transfer);
}

parentPort?.on('message', (message: WorkerRequest | 'job-ended') => {
  if (message === 'job-ended') files.closeAll();
  else void answer(message);
});
