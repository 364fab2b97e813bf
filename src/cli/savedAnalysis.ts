import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { badRequest, failure, toErrorData } from '../core/errors';
import type { AnalysisDocument } from '../core/report/analysis';
import { RESULT_KINDS } from '../core/results';
import { findAdapterFiles } from '../io/adapterFiles';
import { findChangedInput } from '../io/changedInput';
import { readSmallFile } from '../io/folderFiles';
import { errnoCode } from '../io/ioError';
import { say } from '../core/message';

/** An analysis takes about 1 kB a module; no adapter has this many. */
const MAX_ANALYSIS_BYTES = 256 * 1024 * 1024;

/**
 * Reads a saved analysis and checks that it is of this adapter, unchanged.
 * Missing model files do not matter, because they are not read again; changed ones do.
 * @throws SploraError `bad-request` when it is broken, of another adapter, or stale; `io` or `not-found` when unreadable
 */
export async function readAnalysis(name: string, adapter: string): Promise<AnalysisDocument> {
  const file = path.resolve(name);
  const bytes = await readSmallFile(file, MAX_ANALYSIS_BYTES);
  if (bytes === undefined) {
    const advice = say('Make one with splora analyze … --json > FILE.');
    throw failure('not-found', say('Analysis not found'), file, advice);
  }
  const document = await RESULT_KINDS.analysis.parse(new TextDecoder().decode(bytes), file);
  if (!(await isSameAdapter(adapter, document.adapter))) {
    throw badRequest(
      say('The analysis is of another adapter, {0}.', document.adapter),
      say('Analyze this adapter (splora analyze … --json), or name the one that was analyzed.'),
      file,
    );
  }
  const changed = await findChangedInput(document);
  if (changed !== undefined)
    throw badRequest(
      say('{0} changed after the analysis.', changed.path),
      say('Analyze the adapter again.'),
      changed.path,
    );
  return document;
}

/** Whether a path from the command line is the adapter with these weights, through links and any of its files. */
async function isSameAdapter(given: string, weightsFile: string): Promise<boolean> {
  try {
    const found = await findAdapterFiles(given);
    return (await realpath(found.weightsFile)) === (await realpath(weightsFile));
  } catch (error) {
    const gone = toErrorData(error).code === 'not-found' || errnoCode(error) === 'ENOENT';
    if (!gone) throw error;
    // Only the names are left to compare: "changed" is a better message than "another adapter".
    return [weightsFile, path.dirname(weightsFile)].includes(path.resolve(given));
  }
}
