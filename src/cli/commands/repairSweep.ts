import path from 'node:path';
import { badRequest, errorLine, renderError, toErrorData } from '../../core/errors';
import { say } from '../../core/message';
import { visibleText } from '../../core/report/escape';
import { READING } from '../../core/results/evaluation/table';
import {
  formatSweep,
  SWEEP_EXPORTS,
  sweepTable,
  sweepWarnings,
  type SweepDocument,
} from '../../core/results/repair/sweep';
import { writeFileAtomically } from '../../io/atomicWrite';
import type { MeasuredRepairRequest } from '../../protocol/repairApi';
import { repairRun } from '../../repair/sweep';
import { withEngine } from '../engineSession';
import { withEvaluator } from '../evaluatorSession';
import { EXIT, foldedText, fullText, noteLines, type ExitCode, type Terminal } from '../output';
import { withRepairProgress } from '../repairProgress';
import { checkOutput } from './measure';

interface SweepFlags {
  readonly json?: boolean;
  readonly report?: string;
  readonly quiet?: boolean;
  readonly resumeFit?: string;
}

/** Repairs all checkpoints of a run. @param request `adapter` is the folder of the run */
export async function sweep(
  request: MeasuredRepairRequest,
  { json, report, quiet, resumeFit }: SweepFlags,
  terminal: Terminal,
): Promise<ExitCode> {
  if (resumeFit !== undefined)
    throw badRequest(
      say('--resume-fit is for the fit of one adapter.'),
      say('Leave it out, or repair one checkpoint without --sweep.'),
    );
  const text = report === undefined ? undefined : reportOf(report);
  if (report !== undefined) await checkOutput(report, undefined);
  const { document, isWhole } = await sweepUntilCanceled(request, quiet);
  if (report !== undefined && text !== undefined)
    await writeFileAtomically(report, text(document), { replace: false });
  terminal.out(json === true ? formatSweep(document) : sweepText(document, terminal));
  if (isWhole) return exitCode(document);
  const written = document.checkpoints.filter(({ out }) => out !== null).length;
  terminal.err(
    `splora: canceled; checkpoints finished: ${document.checkpoints.length}, written: ${written}.`,
  );
  return EXIT.interrupted;
}

/**
 * What was found; after a signal, of the checkpoints that were finished.
 * @throws SploraError `cancelled` if none was; those of `repairRun`
 */
async function sweepUntilCanceled(
  request: MeasuredRepairRequest,
  quiet: boolean | undefined,
): Promise<{ readonly document: SweepDocument; readonly isWhole: boolean }> {
  const { taskScore } = request.target;
  const finished: SweepDocument[] = [];
  try {
    const document = await withEngine(({ engine, signal }) =>
      withEvaluator((evaluator, signalToo) =>
        withRepairProgress({ quiet, taskScore }, (emit, print) =>
          repairRun(
            request,
            { engine, evaluator },
            {
              signal: AbortSignal.any([signal, signalToo]),
              emit,
              onCheckpoint: ({ name }, at, of) => print(`== ${visibleText(name)} (${at + 1} of ${of})`),
              onDocument: (soFar) => finished.push(soFar),
            },
          ),
        ),
      ),
    );
    return { document, isWhole: true };
  } catch (thrown) {
    const document = finished.at(-1);
    if (document === undefined || toErrorData(thrown).code !== 'cancelled') throw thrown;
    return { document, isWhole: false };
  }
}

/** @throws SploraError `bad-request` for another extension */
function reportOf(file: string): (document: SweepDocument) => string {
  const found = SWEEP_EXPORTS.get(path.extname(file).slice(1).toLowerCase());
  if (found !== undefined) return found;
  throw badRequest(
    say('A report cannot be written as {0}.', JSON.stringify(path.basename(file))),
    say('Allowed: {0}.', [...SWEEP_EXPORTS.keys()].map((extension) => `.${extension}`).join(', ')),
  );
}

function exitCode({ checkpoints }: SweepDocument): ExitCode {
  if (checkpoints.some(({ outcome }) => outcome === 'failed')) return EXIT.error;
  return checkpoints.some(({ outcome }) => outcome === 'missed') ? EXIT.gate : EXIT.ok;
}

function sweepText(document: SweepDocument, terminal: Terminal): string {
  const warnings = sweepWarnings(document);
  const { checkpoints } = document;
  return [
    ...(warnings.length === 0 ? [] : ['Before you trust it:', ...noteLines(warnings, '--json'), '']),
    foldedText(sweepTable(document), terminal),
    '',
    ...checkpoints.flatMap(({ name, out, error }) => [
      ...(out === null ? [] : [`${visibleText(name)}: wrote ${fullText(out)}`]),
      ...(error === null ? [] : [`${visibleText(name)}: ${fullText(errorLine(renderError(error)))}`]),
    ]),
    '',
    ...READING.slice(0, 1),
    '',
  ].join('\n');
}
