import * as path from 'node:path';
import * as vscode from 'vscode';
import { cancelled, SploraError, toErrorData } from '../../core/errors';
import { TARGETS, type ExportTarget } from '../../core/export/targets';
import { formatBytes } from '../../core/report/scores';
import type { RepairRequest, RepairResult } from '../../protocol/engineApi';
import { refusesModels } from '../../protocol/errorHelp';
import type { OptionsOf } from '../commandTable';
import { showError, notify } from '../errors/showError';
import { adapterLabel, formatCount, messageText } from '../format';
import { render, say } from '../../core/message';
import { optionValues } from '../../core/options';
import { defined } from '../../core/record';
import type { RepairDocument } from '../../core/results/repair/types';
import { methodOf, modelNeeds, needsPrompts } from '../../methods';
import { AUTO } from '../../protocol/repairApi';
import { configuredTarget } from '../repair/inputs';
import { repairMeasured } from '../repair/command';
import type { RepairMethod } from '../../methods/types';
import { COMMANDS } from '../ids';
import { runCommand } from '../runCommand';
import type { AdapterState } from '../state/types';
import { withProgress } from '../windowText';
import { askSafety } from '../questions/askSafety';
import { askFolder, askMethod, askOptions, askPlace, askTarget } from '../questions/askRepair';
import type { ModelPair } from '../settingDefinitions';
import { modelsFor } from './analyze';
import { warnIfNotLoaded } from './checkLoad';
import type { Caller, Invocation } from './call';
import type { Services } from '../services';
import { settledResult } from './settledResult';

export function writePruned(
  services: Services,
  adapter: string,
  call: Invocation<OptionsOf<'writePruned'>>,
): Promise<RepairResult | undefined> {
  const { mode, bakeScale, ...options } = call.options;
  const request = { adapter, method: methodOf('prune'), given: { mode, bakeScale } };
  return repairWith(services, request, { ...call, options });
}

export async function repair(
  services: Services,
  adapter: string,
  call: Invocation<OptionsOf<'repair'>>,
): Promise<RepairResult | RepairDocument | undefined> {
  const { method: chosen, options: given = {}, suites: _suites, runner: _runner, ...options } = call.options;
  const id = chosen ?? (await askMethod(adapter));
  if (id === undefined) return undefined;
  if (id === AUTO || needsPrompts(methodOf(id))) return repairMeasured(services, adapter, id, call);
  return repairWith(services, { adapter, method: methodOf(id), given }, { ...call, options });
}

type WriteOptions = Omit<OptionsOf<'writePruned'>, 'mode' | 'bakeScale'> &
  Pick<OptionsOf<'repair'>, 'safety'>;

const NO_MODELS: Partial<ModelPair> = {};

interface Asked {
  readonly adapter: string;
  readonly method: RepairMethod;
  /** Options of the method that the caller gave. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** @returns undefined: the user canceled */
async function repairWith(
  services: Services,
  asked: Asked,
  call: Invocation<WriteOptions>,
): Promise<RepairResult | undefined> {
  const { adapter, method } = asked;
  const scored = method.needs.includes('selection') ? await scoredChoice(services, adapter, call) : undefined;
  const needs = modelNeeds(method);
  const pair = needs.length === 0 ? NO_MODELS : await modelsFor(services, adapter, call);
  if (pair === undefined) return undefined;
  const { safety: given } = call.options;
  const safety = await askSafety(
    services,
    { adapter, methods: [method] },
    { safety: given, caller: call.caller },
  );
  if (safety === undefined) return undefined;
  const options = methodOptions(services, asked);
  const target =
    call.caller === 'program'
      ? { options, out: call.options.out }
      : await ask(adapter, method, options, scored);
  if (target === undefined) return undefined;
  const copyRest = call.options.copyRest ?? services.settings.get('prune.copyRest', vscode.Uri.file(adapter));
  const request: RepairRequest = {
    ...{ adapter, method: method.id, options: target.options, copyRest },
    modules: scored?.modules ?? [],
    ...Object.fromEntries(needs.map((need) => [need, pair[need]])),
    ...safety,
    ...(scored === undefined ? {} : { provenance: scored.provenance }),
    ...defined({ out: target.out }),
    ...writtenFor(
      call.options.for ?? configuredTarget(services.settings, adapter),
      pair.aligned ?? scored?.state.document?.aligned,
    ),
  };
  return write(services, request, call.caller);
}

/** The loader to write for, with the model if its files depend on it: one that is gone hinders no other loader. */
function writtenFor(
  target: ExportTarget | undefined,
  model: string | undefined,
): Pick<RepairRequest, 'target' | 'model'> {
  if (target === undefined) return {};
  return { target, ...defined({ model: TARGETS[target].needsModel === true ? model : undefined }) };
}

/** The given options, else those of the settings, else the defaults. @throws SploraError `bad-request` */
function methodOptions(
  services: Services,
  { adapter, method, given }: Asked,
): Readonly<Record<string, unknown>> {
  const uri = vscode.Uri.file(adapter);
  const configured =
    method.id === 'prune'
      ? {
          mode: services.settings.get('prune.mode', uri),
          bakeScale: services.settings.get('prune.bakeScale', uri),
        }
      : services.settings.get('repair.options', uri)[method.id];
  const defined = Object.entries(given).filter(([, value]) => value !== undefined);
  return optionValues(method.options, { ...configured, ...Object.fromEntries(defined) });
}

/** Where to write, and with which options. Pruning asks for its options along with the place. */
async function ask(
  adapter: string,
  method: RepairMethod,
  options: Readonly<Record<string, unknown>>,
  scored: Scored | undefined,
): Promise<(Pick<RepairRequest, 'options'> & { readonly out: string | undefined }) | undefined> {
  if (method.id === 'prune' && scored !== undefined) {
    const target = await askTarget(scored.state, scored.modules, options);
    return target && { out: target.out, options: { ...options, bakeScale: target.bakeScale } };
  }
  const answers = await askOptions(method, options);
  const target = answers && (await askPlace(adapter, vscode.l10n.t(method.title)));
  return target && { out: target.out, options: answers };
}

interface Scored {
  readonly state: AdapterState;
  readonly modules: readonly string[];
  readonly provenance: NonNullable<RepairRequest['provenance']>;
}

async function scoredChoice(
  services: Services,
  adapter: string,
  call: Invocation<WriteOptions>,
): Promise<Scored> {
  const { document, stale } = await settledResult(services, adapter, call, vscode.l10n.t('Write Anyway'));
  const state = services.store.get(adapter);
  // Its file was removed meanwhile.
  if (state === undefined) throw cancelled();
  const { options, base, aligned } = state.document ?? document;
  const { selection } = state;
  const changed = stale === null ? {} : { stale };
  const provenance = { by: 'rule', selection, options, base, aligned, ...changed } as const;
  return { state, modules: modulesToGo(state), provenance };
}

/** @throws SploraError `bad-request` if the rule takes nothing */
function modulesToGo(state: AdapterState): readonly string[] {
  const modules = state.verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module);
  if (modules.length > 0) return modules;
  throw new SploraError({
    code: 'bad-request',
    message: say('The rule does not prune any module of {0}.', adapterLabel(state.adapter)),
    advice: say('Change the rule or pin modules as prune, then try again.'),
  });
}

async function write(
  services: Services,
  request: RepairRequest,
  caller: Caller,
): Promise<RepairResult | undefined> {
  try {
    const result = await withProgress(vscode.l10n.t('SPLoRA: writing the repaired adapter'), (how) =>
      services.engine.call('repair', request, how),
    );
    const written = writtenAdapter(result);
    if (written !== undefined) await services.library.open(written);
    showWritten(services, request, result);
    const aligned = request.aligned ?? services.store.get(request.adapter)?.document?.aligned;
    if (written !== undefined) await warnIfNotLoaded(services, written, aligned);
    return result;
  } catch (thrown) {
    await refuseModels(services, request, thrown);
    const isPlace = ['io', 'output-exists'].includes(toErrorData(thrown).code);
    if (caller === 'program' || !isPlace) throw thrown;
    const elsewhere = async (): Promise<void> => {
      const out = await askFolder(`${path.basename(path.dirname(request.adapter))}-splora`);
      if (out !== undefined) await write(services, { ...request, out }, caller);
    };
    showError(services.log, thrown, [{ label: vscode.l10n.t('Another Folder…'), run: elsewhere }]);
    return undefined;
  }
}

/** Models that the engine refused are asked for next time. */
async function refuseModels(
  services: Services,
  { adapter, base, aligned }: RepairRequest,
  thrown: unknown,
): Promise<void> {
  if (!refusesModels(toErrorData(thrown)) || base === undefined || aligned === undefined) return;
  await (await services.chooser()).refused(adapter, { base, aligned });
}

/** The weights of the adapter that was written; undefined: in a format that is not read here (GGUF). */
export const writtenAdapter = ({ files }: Pick<RepairResult, 'files'>): string | undefined =>
  files.map((file) => file.path).find((file) => path.extname(file) === '.safetensors');

function showWritten(services: Services, request: RepairRequest, result: RepairResult): void {
  for (const note of result.notes) services.log.warn(render(note));
  const original = vscode.Uri.file(request.adapter);
  const folder = vscode.Uri.file(result.out);
  const compare = {
    label: vscode.l10n.t('Compare'),
    run: () => vscode.commands.executeCommand(COMMANDS.compare, original, folder),
  };
  notify('Information', services.log, writtenText(result), [
    // With the written adapter beside the original, which a list offers.
    { label: vscode.l10n.t('Measure…'), run: () => runCommand('measure', request.adapter) },
    { label: vscode.l10n.t('Reveal'), run: () => reveal(folder) },
    ...(writtenAdapter(result) === undefined ? [] : [compare]),
  ]);
}

/** What was written, with the notes of the engine. */
export function writtenText(result: RepairResult): string {
  const written = vscode.l10n.t(
    '{0} was written: {1} of {2} modules {3}, {4} instead of {5}. Test it before you use it.',
    path.basename(result.out),
    formatCount(result.changed.length),
    formatCount(result.changed.length + result.kept.length),
    messageText(result.effect),
    formatBytes(result.bytesAfter),
    formatBytes(result.bytesBefore),
  );
  return [written, ...result.notes.map(messageText)].join(' ');
}

/** Shows a folder in the Explorer if it is in the workspace, else in the system's file manager. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    // The files are on another machine: its file manager is an open dialog.
    await vscode.window.showOpenDialog({ defaultUri: uri, canSelectFolders: true });
  }
}
