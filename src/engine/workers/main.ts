import { KernelMemory } from '../kernels/kernels';
import wasm from '../kernels/kernels.wasm';
import { serve, transfer } from '../../rpc/channel';
import { parentThreadPort } from '../../rpc/threadPorts';
import { DenseAlgebra } from '../ort';
import { buffersOf, computeStep } from './computeStep';
import { measureDense } from './measureDense';
import { finishMeasure, readFactors, thinProducts, type Tools } from './measureModule';
import { OpenFiles } from './openFiles';
import type { OrtProvider, Task, TaskResult, WorkerApi } from './protocol';
import { JobSignals } from './signals';
import { defined } from '../../core/record';

// A worker thread of the engine.
const memory = new KernelMemory(wasm);
const files = new OpenFiles();

/** Sessions for one provider and thread count. Only the ORT thread has any. */
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
  return { kind: 'products', factors, products, ...defined({ providerNote: opened.providerNote }) };
}

serve<WorkerApi>(parentThreadPort, {
  run: async ({ task, signals }) => {
    const result = await run(task, { memory, files, signals: new JobSignals(signals) });
    if (result.kind === 'outcome') return result;
    const { factors, products } = result;
    const thin = [factors.a, factors.b, products.cb, products.inner];
    return transfer(
      result,
      thin.map(({ buffer }) => buffer),
    );
  },
  compute: async ({ work, signals }) => {
    const result = await computeStep(work, { memory, files, signals: new JobSignals(signals) });
    return 'reason' in result ? result : transfer(result, buffersOf(result));
  },
  closeFiles: () => Promise.resolve(files.closeAll()),
});
