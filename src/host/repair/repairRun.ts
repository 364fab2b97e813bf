import * as path from 'node:path';
import * as vscode from 'vscode';
import { cancelled, failure } from '../../core/errors';
import { say } from '../../core/message';
import { formatSweepMarkdown } from '../../core/results/repair/sweep';
import type { RepairDocument } from '../../core/results/repair/types';
import { stepOfPath } from '../../core/trainingStep';
import { readRepairRecord } from '../../io/repairRecord';
import { AUTO } from '../../protocol/repairApi';
import { repairEach } from '../../repair/sweep';
import type { OptionsOf } from '../commandTable';
import type { Invocation } from '../commands/call';
import { formatCount } from '../format';
import type { Services } from '../services';
import { groupByRun, type Run } from '../state/runSteps';
import { pickRow } from '../windowText';
import { askInputs, repairRequest } from './inputs';
import { AskedOnce } from './prepare';
import { runRepair } from './runRepair';

type Call = Invocation<OptionsOf<'repairRun'>>;

/**
 * *Repair Training Run*: repairs each checkpoint with the same prompts, each fit of gates starting where the one before
 * ended, and shows them side by side.
 * @returns undefined: the user canceled
 * @throws SploraError `not-found` without a run; of engine and evaluator, `cancelled`
 */
export async function repairRun(
  services: Services,
  call: Call,
): Promise<readonly RepairDocument[] | undefined> {
  const run = await askRun(services, call);
  const [first] = run?.adapters ?? [];
  const inputs = first === undefined ? undefined : await askInputs(services, first, call);
  if (run === undefined || first === undefined || inputs === undefined) return undefined;
  const isAsked = call.caller === 'user';
  if (isAsked) services.surfaces.showPanel(first);
  const request = repairRequest(services, { adapter: run.folder, method: AUTO }, inputs, call.options);
  const asked = new AskedOnce();
  const documents: RepairDocument[] = [];
  const swept = await repairEach(request, checkpointsOf(run), async (one, memory, at) => {
    const document = await runRepair(services, {
      ...{ request: asked.applyTo(one), env: inputs.place.env, memory },
      ...(isAsked && at === 0 ? { prepare: asked.prepare } : {}),
    });
    if (document === undefined) throw cancelled();
    documents.push(document);
    return document;
  });
  await services.reports.show(vscode.l10n.t('Repaired Training Run'), formatSweepMarkdown(swept));
  return documents;
}

const checkpointsOf = ({ folder, adapters }: Run) =>
  adapters.map((adapter) => ({
    adapter,
    name: path.relative(folder, path.dirname(adapter)) || path.basename(adapter),
    step: stepOfPath(adapter),
  }));

/** The run that was pointed at, else the only one, else what the user picks. */
async function askRun(
  { library, store }: Services,
  { pointed: [place], caller }: Call,
): Promise<Run | undefined> {
  await library.refresh();
  const trained: string[] = [];
  for (const { adapter } of store.adapters) if (!(await isCopy(adapter))) trained.push(adapter);
  const runs = groupByRun(trained).filter((one): one is Run => typeof one !== 'string');
  const isPointedAt = ({ folder, adapters }: Run): boolean =>
    [folder, ...adapters, ...adapters.map((one) => path.dirname(one))].includes(place?.path ?? folder);
  const found = runs.filter(isPointedAt);
  const [only, second] = found;
  if (only === undefined)
    throw failure(
      'not-found',
      say('No training run with several checkpoints was found.'),
      place?.path,
      say('Open the folder with checkpoint-100, checkpoint-200 and so on.'),
    );
  if (second === undefined || caller === 'program') return only;
  const rows = found.map((run) => ({
    label: vscode.workspace.asRelativePath(run.folder),
    description: vscode.l10n.t('{0} adapters', formatCount(run.adapters.length)),
    run,
  }));
  const title = vscode.l10n.t('SPLoRA: Repair Training Run');
  return (await pickRow(rows, { title, placeHolder: vscode.l10n.t('Which run?') }))?.run;
}

/** Whether SPLoRA wrote it. */
async function isCopy(adapter: string): Promise<boolean> {
  try {
    return (await readRepairRecord(adapter)) !== undefined;
  } catch {
    // The repair says what is wrong with a file.
    return false;
  }
}
