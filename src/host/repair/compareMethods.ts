import * as vscode from 'vscode';
import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { defined } from '../../core/record';
import type { RepairDocument } from '../../core/results/repair/types';
import { METHODS, methodOf, needsPrompts } from '../../methods';
import type { RepairMethod } from '../../methods/types';
import { AUTO, type MeasuredRepairRequest } from '../../protocol/repairApi';
import type { Place } from '../behavior/place';
import type { OptionsOf } from '../commandTable';
import type { Invocation } from '../commands/call';
import { adapterLabel } from '../format';
import { askSafety } from '../questions/askSafety';
import type { Services } from '../services';
import { pickRows } from '../windowText';
import { repairWithInputs } from './command';
import { askInputs } from './inputs';

/**
 * *Compare Methods*: measures strengths of several methods, and writes what the best of them makes.
 * @returns undefined: the user canceled
 * @throws SploraError `bad-request` if a program names no methods; of engine and evaluator, `cancelled`
 */
export async function compareMethods(
  services: Services,
  adapter: string,
  call: Invocation<OptionsOf<'compareMethods'>>,
): Promise<RepairDocument | undefined> {
  const { caller, options } = call;
  if (caller === 'program' && options.methods === undefined)
    throw badRequest(
      say('No methods to compare were given.'),
      say('Allowed: {0}.', METHODS.map(({ id }) => id).join(', ')),
    );
  const inputs = await askInputs(services, adapter, call);
  if (inputs === undefined) return undefined;
  const methods = options.methods?.map(methodOf) ?? (await askMethods(adapter, inputs.place));
  if (methods === undefined) return undefined;
  const safety = await askSafety(services, { adapter, methods }, { safety: options.safety, caller });
  if (safety === undefined) return undefined;
  const { fitLimit, testLimit } = options;
  const more = {
    compare: methods.map(({ id }) => id),
    ...safety,
    ...rankingFor(services, adapter, methods),
    ...defined({ fitLimit, testLimit }),
  };
  return repairWithInputs(services, { ...options, adapter, method: AUTO, more }, inputs, caller);
}

/** How modules are scored and chosen, for methods that choose modules. */
function rankingFor(
  { store, readings }: Services,
  adapter: string,
  methods: readonly RepairMethod[],
): Pick<MeasuredRepairRequest, 'selection' | 'analysis'> {
  if (!methods.some(({ needs }) => needs.includes('selection'))) return {};
  const selection = store.get(adapter)?.selection;
  return { ...defined({ selection }), analysis: readings.optionsOf(adapter) };
}

/** Methods to pick from. @returns undefined: the user canceled or picked none */
async function askMethods(adapter: string, { runner }: Place): Promise<readonly RepairMethod[] | undefined> {
  // A server gives neither gradients nor activations.
  const isOffered = (method: RepairMethod): boolean => runner.kind === 'onnx' || !needsPrompts(method);
  const rows = METHODS.filter(isOffered).map((method) => ({
    label: vscode.l10n.t(method.title),
    description: method.id,
    detail: vscode.l10n.t(method.summary),
    picked: isQuick(method),
    method,
  }));
  const left = METHODS.filter((method) => !isOffered(method)).map(({ id }) => id);
  const hint = vscode.l10n.t('Which methods?');
  const why =
    left.length === 0
      ? []
      : [vscode.l10n.t('Not on a server, which gives no gradients: {0}.', left.join(', '))];
  const picked = await pickRows(rows, {
    title: vscode.l10n.t('SPLoRA: Compare Methods on {0}', adapterLabel(adapter)),
    placeHolder: [hint, ...why].join(' '),
    ignoreFocusOut: true,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked === undefined || picked.length === 0 ? undefined : picked.map(({ method }) => method);
}

/** Whether strengths are measured with nothing but the models: no pass over prompts, no scores, no second adapter. */
const isQuick = (method: RepairMethod): boolean =>
  method.curve !== undefined && method.needs.every((need) => need === 'base' || need === 'aligned');
