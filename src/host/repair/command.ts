import * as vscode from 'vscode';
import { defined } from '../../core/record';
import { outcomeText } from '../../core/results/repair/outcome';
import type { RepairDocument } from '../../core/results/repair/types';
import { repairWarnings } from '../../core/results/repair/warnings';
import type { MeasuredRepairRequest } from '../../protocol/repairApi';
import { withOtherKey, type Place } from '../behavior/place';
import type { OptionsOf } from '../commandTable';
import type { Caller, Invocation } from '../commands/call';
import { notify, type MessageAction } from '../errors/showError';
import { adapterLabel, messageText } from '../format';
import { COMMANDS } from '../ids';
import type { Services } from '../services';
import { askInputs, repairRequest, type RepairInputs } from './inputs';
import { AskedOnce } from './prepare';
import { runRepair } from './runRepair';

/** What a repair by measurement is asked to do, besides its inputs. */
interface AskedRepair extends Pick<OptionsOf<'repair'>, 'out' | 'copyRest' | 'for'> {
  readonly adapter: string;
  /** `AUTO`, or the id of a method. */
  readonly method: string;
  /** Of the request. */
  readonly more: Partial<MeasuredRepairRequest>;
}

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
  const inputs = await askInputs(services, adapter, call);
  if (inputs === undefined) return undefined;
  const { options = {}, ...given } = call.options;
  return repairWithInputs(services, { ...given, adapter, method, more: { options } }, inputs, call.caller);
}

/**
 * Repairs by measurement with inputs that were given or asked for.
 * @returns undefined: the user canceled
 * @throws SploraError of engine and evaluator, `cancelled`
 */
export async function repairWithInputs(
  services: Services,
  repair: AskedRepair,
  inputs: RepairInputs,
  caller: Caller,
): Promise<RepairDocument | undefined> {
  const { adapter, method, out, more } = repair;
  const asked = new AskedOnce();
  const repairAt = async (place: Place, anyway: boolean): Promise<RepairDocument | undefined> => {
    const request = repairRequest(services, { adapter, method }, { ...inputs, place }, repair);
    const document = await runRepair(services, {
      request: asked.applyTo({ ...request, ...more, anyway, ...defined({ out }) }),
      env: place.env,
      ...(caller === 'user' && !anyway ? { prepare: asked.prepare } : {}),
    });
    if (document !== undefined) await showOutcome(services, document, () => repairAt(place, true));
    return document;
  };
  const { place } = inputs;
  if (caller === 'program') return repairAt(place, false);
  services.surfaces.showPanel(adapter);
  return withOtherKey(services, place, (at) => repairAt(at, false));
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
  const { writtenAdapter } = await import('../commands/repair');
  const file = written === null ? undefined : writtenAdapter(written);
  if (file !== undefined) await library.open(file);
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
