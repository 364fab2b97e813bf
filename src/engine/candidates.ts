import { join } from 'node:path';
import { METADATA_KEY } from '../core/provenance';
import { defined, isRecord } from '../core/record';
import { checkCancelled } from '../io/ioError';
import { openAdapter } from '../io/openAdapter';
import { hashSource } from '../io/writeSafetensors';
import type {
  CandidateResult,
  CandidatesRequest,
  KeepRequest,
  KeepResult,
  ProgressEvent,
} from '../protocol/engineApi';
import type { CallContext } from '../rpc/channel';
import type { StepMemory } from './factorSteps';
import { inPlaceOf, planFor } from './exportAdapter';
import { planRepairs } from './planRepairs';
import { writePlanned } from './repair';
import { writeAdapter } from './writeAdapter';

/**
 * Writes each candidate into a folder of its own.
 * @throws SploraError those of `openAdapter`, `planRepairs` and `writeAdapter`
 */
export async function candidates(
  request: CandidatesRequest,
  context: CallContext<ProgressEvent>,
  memory: StepMemory,
): Promise<readonly CandidateResult[]> {
  const opened = await openAdapter(request.adapter);
  try {
    const plans = await planRepairs(request, opened, context, memory);
    const sourceSha256 = await hashSource(opened.source, { signal: context.signal });
    const results: CandidateResult[] = [];
    const quiet = { signal: context.signal, emit: () => undefined };
    for (const [at, plan] of plans.entries()) {
      checkCancelled(context.signal);
      const candidate = request.candidates[at];
      if (candidate === undefined) continue;
      const out = freeName(request.folder, results.length);
      const { files: _files, ...written } = await writePlanned(
        { candidate, out, copyRest: false },
        { opened, plan, sourceSha256 },
        quiet,
      );
      results.push({ ...written, candidate });
    }
    return results;
  } finally {
    await opened.source.close();
  }
}

/** Unlike those of earlier calls with the same folder. */
const freeName = (folder: string, at: number): string =>
  join(folder, `${process.hrtime.bigint().toString(36)}-${String(at)}`);

/**
 * Writes a candidate beside the original, as it is or for a loader, and what was measured into its metadata.
 * @throws SploraError those of `openAdapter`, `planFor` and `writeAdapter`
 */
export async function keepCandidate(
  { adapter, candidate, out, copyRest, measured, target, model }: KeepRequest,
  context: CallContext<ProgressEvent>,
): Promise<KeepResult> {
  const original = await openAdapter(adapter);
  try {
    const source = await openAdapter(candidate);
    try {
      const previous = source.adapter.header.metadata.get(METADATA_KEY);
      const record = extended(previous, { measured, ...defined({ for: target }) });
      const metadata = new Map([[METADATA_KEY, record]]);
      const plan = await planFor(target, inPlaceOf(original, source), { model, metadata });
      const written = await writeAdapter({ original, source, plan, copyRest, out }, context);
      return { ...written, notes: [...plan.notes, ...written.notes] };
    } finally {
      await source.source.close();
    }
  } finally {
    await original.source.close();
  }
}

/** The record that `provenanceJson` made, with more fields. */
function extended(record: string | undefined, more: Readonly<Record<string, unknown>>): string {
  const fields: unknown = JSON.parse(record ?? '{}');
  return JSON.stringify({ ...(isRecord(fields) ? fields : {}), ...more });
}
