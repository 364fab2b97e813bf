import * as path from 'node:path';
import * as vscode from 'vscode';
import { DEFAULT_TASK_SCORE } from '../../core/results/evaluation/exportOptions';
import { outcomeText } from '../../core/results/repair/outcome';
import type { RepairDocument } from '../../core/results/repair/types';
import { repairWarnings } from '../../core/results/repair/warnings';
import type { MeasuredRepairRequest } from '../../protocol/repairApi';
import { suitesOf } from '../behavior/command';
import { placeOf, withOtherKey, type Place } from '../behavior/place';
import type { OptionsOf } from '../commandTable';
import { modelsFor } from '../commands/analyze';
import type { Invocation } from '../commands/call';
import { notify, type MessageAction } from '../errors/showError';
import { adapterLabel, messageText } from '../format';
import { COMMANDS } from '../ids';
import type { Services } from '../services';
import { prepareRepair, type Prepare, type Struck } from './prepare';
import { runRepair } from './runRepair';

/** The aligned model's own refusals, and the most of the task that can be had. */
const TARGET = { maxAsr: null, maxOverRefusal: null, minTask: null, taskScore: DEFAULT_TASK_SCORE } as const;

/**
 * Repairs by measurement: asks for models, suites and where to run, tries strengths, and writes the best beside the
 * original.
 * @param method `AUTO`, or the id of a method
 * @returns undefined: the user canceled
 * @throws SploraError of engine and evaluator, `cancelled`
 */
export async function repairMeasured(
  services: Services,
  adapter: string,
  method: string,
  call: Invocation<OptionsOf<'repair'>>,
): Promise<RepairDocument | undefined> {
  const pair = await modelsFor(services, adapter, call);
  const suites = pair === undefined ? undefined : await suitesOf(services, adapter, call);
  const place = suites === undefined ? undefined : await placeAt(services, adapter, call);
  if (pair === undefined || suites === undefined || place === undefined) return undefined;
  const { out, options = {}, copyRest } = call.options;
  const request = (at: Place, anyway: boolean): MeasuredRepairRequest => ({
    ...{ adapter, base: pair.base, method, options, anyway },
    measure: { aligned: pair.aligned, suites, runner: at.runner },
    ...{ curve: true, chance: true, target: TARGET },
    copyRest: copyRest ?? services.settings.get('prune.copyRest', vscode.Uri.file(adapter)),
    ...(out === undefined ? {} : { out }),
  });
  // Asked once, also where it is repaired again.
  let struck: Struck | undefined;
  const prepare: Prepare = async (asked, preparation) => {
    const prepared = await prepareRepair(asked, preparation);
    struck = prepared?.fit?.struck;
    return prepared;
  };
  const repairAt = async (at: Place, anyway: boolean): Promise<RepairDocument | undefined> => {
    const asked = { ...request(at, anyway), ...(struck === undefined ? {} : { fit: { struck } }) };
    const asks = call.caller === 'user' && !anyway;
    const document = await runRepair(services, {
      ...{ request: asked, env: at.env },
      ...(asks ? { prepare } : {}),
    });
    if (document !== undefined) await showOutcome(services, document, () => repairAt(at, true));
    return document;
  };
  if (call.caller === 'program') return repairAt(place, false);
  services.surfaces.showPanel(adapter);
  return withOtherKey(services, place, (at) => repairAt(at, false));
}

/** `models` are the base and aligned models here, and not those of a server. */
function placeAt(
  services: Services,
  adapter: string,
  { options: { runner }, caller }: Invocation<OptionsOf<'repair'>>,
): Promise<Place | undefined> {
  return placeOf(services, adapter, { options: runner === undefined ? {} : { runner }, caller });
}

/** @param anyway repairs again, and writes what misses the target */
async function showOutcome(
  { library, log }: Services,
  document: RepairDocument,
  anyway: () => Promise<unknown>,
): Promise<void> {
  const { adapter, outcome, written } = document;
  const [warning] = repairWarnings(document);
  const lines = [outcomeText(document), ...(warning === undefined ? [] : [warning])];
  const text = `${adapterLabel(adapter)}: ${lines.map(messageText).join(' ')}`;
  const severity = outcome === 'missed' ? 'Warning' : 'Information';
  if (written !== null) await library.open(path.join(written.out, path.basename(adapter)));
  const actions: MessageAction[] =
    written !== null
      ? writtenActions(adapter, written.out)
      : outcome === 'missed'
        ? [{ label: vscode.l10n.t('Repair Again and Write Anyway'), run: anyway }]
        : [];
  notify(severity, log, text, actions);
}

function writtenActions(adapter: string, out: string): MessageAction[] {
  const folder = vscode.Uri.file(out);
  const reveal = async (): Promise<void> => (await import('../commands/repair')).reveal(folder);
  const compare = (): unknown =>
    vscode.commands.executeCommand(COMMANDS.compare, vscode.Uri.file(adapter), folder);
  return [
    { label: vscode.l10n.t('Reveal'), run: reveal },
    { label: vscode.l10n.t('Compare'), run: compare },
  ];
}
