import { mkdir, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { toErrorData } from '../core/errors';
import { defined } from '../core/record';
import {
  failedCheckpoint,
  referenceOf,
  sweptCheckpoint,
  type SweepDocument,
  type SweptCheckpoint,
} from '../core/results/repair/sweep';
import type { Figures, RepairDocument } from '../core/results/repair/types';
import { TOOL } from '../core/tool';
import { checkCancelled, errnoCode, ioError, outputExists } from '../io/ioError';
import { findCheckpoints, type RunCheckpoint } from '../io/runFolder';
import type { MeasuredRepairRequest } from '../protocol/repairApi';
import { repairByMeasurement } from './measuredRepair';
import type { Clients, RepairContext, RepairMemory } from './types';

/** `adapter` is the folder of the run; `out` gets a folder for each checkpoint. */
export type SweepRequest = MeasuredRepairRequest;

export interface SweepContext extends RepairContext {
  readonly onCheckpoint: (checkpoint: RunCheckpoint, at: number, of: number) => void;
  /** Gets the checkpoints so far after each: a sweep that is canceled has written some of them. */
  readonly onDocument?: (document: SweepDocument) => void;
}

/**
 * Repairs all checkpoints of a training run, one after another, each fit of gates starting where the one before ended. A
 * checkpoint that fails is reported, and the others are repaired.
 * @throws SploraError those of `findCheckpoints`; `output-exists`; `cancelled`
 */
export async function repairRun(
  request: SweepRequest,
  clients: Clients,
  context: SweepContext,
): Promise<SweepDocument> {
  const run = path.resolve(request.adapter);
  const found = await findCheckpoints(run);
  const repairOne: RepairOne = async (asked, memory, at) => {
    const checkpoint = found[at];
    if (checkpoint !== undefined) context.onCheckpoint(checkpoint, at, found.length);
    try {
      return await repairByMeasurement(asked, clients, { ...context, memory });
    } catch (thrown) {
      checkCancelled(context.signal);
      throw thrown;
    }
  };
  return await withOutput(request.out, () =>
    repairEach({ ...request, adapter: run }, found, repairOne, context.onDocument),
  );
}

/** Repairs one checkpoint; the memory is that of the run. */
export type RepairOne = (
  request: MeasuredRepairRequest,
  memory: RepairMemory,
  at: number,
) => Promise<RepairDocument>;

/**
 * As `repairRun`, for checkpoints that are known.
 * @throws SploraError `cancelled`
 */
export async function repairEach(
  request: SweepRequest,
  checkpoints: readonly RunCheckpoint[],
  repairOne: RepairOne,
  onDocument?: SweepContext['onDocument'],
): Promise<SweepDocument> {
  const memory: RepairMemory = { known: new Map() };
  const swept: SweptCheckpoint[] = [];
  let reference: Figures | null = null;
  for (const [at, checkpoint] of checkpoints.entries()) {
    try {
      const document = await repairOne(requestOf(request, checkpoint, memory), memory, at);
      swept.push(sweptCheckpoint(checkpoint, document));
      reference ??= referenceOf(document);
    } catch (thrown) {
      const error = toErrorData(thrown);
      if (error.code === 'cancelled') throw thrown;
      swept.push(failedCheckpoint(checkpoint, error));
    }
    onDocument?.(documentOf(request, reference, [...swept]));
  }
  return documentOf(request, reference, swept);
}

function documentOf(
  { adapter: run, base, measure, method, target }: SweepRequest,
  reference: Figures | null,
  checkpoints: readonly SweptCheckpoint[],
): SweepDocument {
  return {
    toolVersion: TOOL.version,
    createdAt: new Date().toISOString(),
    ...{ run, base: base ?? null, aligned: measure.aligned, method, target, reference, checkpoints },
  };
}

function requestOf(
  { out, fit, ...request }: SweepRequest,
  { adapter, name }: RunCheckpoint,
  { gates }: RepairMemory,
): MeasuredRepairRequest {
  return {
    ...request,
    adapter,
    fit: { ...fit, ...defined({ start: gates }) },
    ...(out === undefined ? {} : { out: path.join(out, name) }),
  };
}

/** Makes the folder of all results, and removes it if nothing is written. */
async function withOutput<T>(out: string | undefined, work: () => Promise<T>): Promise<T> {
  if (out === undefined) return await work();
  try {
    await mkdir(out);
  } catch (thrown) {
    throw errnoCode(thrown) === 'EEXIST'
      ? outputExists(out)
      : ioError(thrown, 'Creating the folder failed: {0}', out);
  }
  try {
    return await work();
  } finally {
    await removeIfEmpty(out);
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (thrown) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(errnoCode(thrown) ?? ''))
      throw ioError(thrown, 'Removing the folder failed: {0}', folder);
  }
}
