import * as vscode from 'vscode';
import { SploraError, toErrorData, type ErrorData } from '../../core/errors';
import { optionError, parseOptions, type OptionTable } from '../../core/options';
import type { Verdict } from '../../core/selection/types';
import { measureBehavior } from '../behavior/command';
import { COMMAND_TABLE, type CommandOptions, type OptionsOf } from '../commandTable';
import { logError, showError } from '../errors/showError';
import { errorText } from '../format';
import { WALKTHROUGH, type ModuleTarget } from '../ids';
import { groupByRun } from '../state/runSteps';
import { RunSource } from '../comparison/runSource';
import { refusesModels } from '../../protocol/errorHelp';
import { pickAdapter, pickAdapters, type PickOptions } from '../questions/pickAdapter';
import { pickModules, type ModulePickOptions } from '../questions/pickModules';
import type { Services } from '../services';
import type { AdapterState } from '../state/types';
import type { HandledCommand } from '.';
import { analyzeCommand, cancelCommand } from './analyze';
import { analyzeAll } from './analyzeAll';
import { ButtonCall, parseCall, withPaths, type Call, type Invocation } from './call';
import { changeRule } from './changeRule';
import { checkLoad } from './checkLoad';
import { chooseModels } from './chooseModels';
import { clearResults } from './clearResults';
import { compare } from './compare';
import { explainTerm } from './explainTerm';
import { exportAdapter } from './exportAdapter';
import { exportReport } from './exportReport';
import { openInspector } from './openInspector';
import { openSample } from './openSample';
import { repair, writePruned } from './repair';
import { compareMethods } from '../repair/compareMethods';
import { repairRun } from '../repair/repairRun';
import { offerTrust, refuseUntrusted } from './trust';
import { findAdapterWeights } from '../../io/adapterFiles';
import { NO_CHANGE } from '../state/choices';
import { showStatus } from '../windowText';

/** @param about called with the adapter that errors are about, once it is known */
type Handler<O> = (services: Services, call: Invocation<O>, about: (adapter: string) => void) => unknown;

/** A handler that is about one adapter: that of the arguments, or the user picks it. */
export function onAdapter<O>(
  pick: PickOptions,
  run: (services: Services, adapter: string, call: Invocation<O>) => unknown,
): Handler<O> {
  return async (services, call, about) => {
    const adapter = await pickAdapter(services, call, pick);
    if (adapter === undefined) return undefined;
    about(adapter);
    return run(services, adapter, call);
  };
}

function onModules(
  pick: ModulePickOptions,
  run: (services: Services, target: ModuleTarget) => void,
): Handler<object> {
  return async (services, call, about) => {
    const target = await pickModules(services, call, pick);
    if (target === undefined) return undefined;
    about(target.adapter);
    run(services, target);
    return target;
  };
}

/** Long enough to read one line. */
const STATUS_MS = 6000;

const { t } = vscode.l10n;
const hasResult = ({ results }: AdapterState): boolean => Object.values(results).some(Boolean);
const filter = ({ document }: AdapterState): boolean => document !== null;

const HANDLERS: { readonly [K in HandledCommand]: Handler<OptionsOf<K>> } = {
  analyze: async (services, call, about) => {
    const picked = await pickAdapters(services, call, { title: t('Analyze Adapter') });
    const [only] = picked.results;
    if (only !== undefined && picked.results.length + picked.failures.length === 1) about(only);
    return analyzeCommand(services, picked, call);
  },
  analyzeAll,
  measure: onAdapter({ title: t('Measure Behavior') }, measureBehavior),
  cancel: cancelCommand,
  chooseModels: onAdapter({ title: t('Choose Base and Aligned Models') }, chooseModels),
  writePruned: onAdapter({ title: t('Write Pruned Adapter') }, writePruned),
  repair: onAdapter({ title: t('Repair Adapter') }, repair),
  repairRun,
  compareMethods: onAdapter({ title: t('Compare Methods') }, compareMethods),
  exportAdapter: onAdapter({ title: t('Export Adapter') }, exportAdapter),
  compare,
  checkLoad: onAdapter({ title: t('Will It Load?') }, checkLoad),
  exportReport: onAdapter({ title: t('Export Report'), filter: hasResult }, exportReport),
  changeRule: onAdapter({ title: t('Change Selection Rule'), filter, knownOnly: true }, changeRule),
  showScores: (services, call, about) => showRun(services, call) ?? showAdapter(services, call, about),
  openLayerListing: onAdapter({ title: t('Open Layer Listing') }, async ({ surfaces }, adapter) => {
    await surfaces.showListing(adapter);
    return adapter;
  }),
  openInspector,
  openSample,
  clearResults,
  refreshAdapters: async ({ library, store }) => {
    await library.refresh();
    return store.adapters.map(({ adapter }) => adapter);
  },
  showLog: ({ log }) => log.show(),
  openWalkthrough: ({ context }) =>
    vscode.commands.executeCommand(
      'workbench.action.openWalkthrough',
      `${context.extension.id}#${WALKTHROUGH}`,
      false,
    ),
  openSettings: ({ context }) =>
    vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${context.extension.id}`),
  openHelp: ({ context }) => vscode.commands.executeCommand('extension.open', context.extension.id),
  explainTerm: ({ context }, { options }) => explainTerm(context.extensionUri, options.term),
  pinKeep: onModules({ title: t('Pin Modules as Keep') }, pinTo('keep')),
  pinPrune: onModules({ title: t('Pin Modules as Prune') }, pinTo('prune')),
  unpin: onModules({ title: t('Unpin Modules'), pinnedOnly: true }, pinTo(null)),
  unpinAll: onAdapter({ title: t('Unpin All Modules'), filter, knownOnly: true }, ({ store }, adapter) => {
    store.setPins(adapter, NO_CHANGE.pins);
    return adapter;
  }),
  resetToRule: onAdapter(
    { title: t('Reset to Rule in Settings'), filter, knownOnly: true },
    ({ store }, adapter) => {
      store.resetSelection(adapter);
      return adapter;
    },
  ),
  undoSelection: stepSelection('undoSelection'),
  redoSelection: stepSelection('redoSelection'),
  revealModule: onModules(
    { title: t('Show Module in Panel'), one: true },
    ({ store, surfaces }, { adapter, modules: [first] }) => {
      store.setActive(adapter);
      surfaces.showPanel(adapter, first);
    },
  ),
};

const showAdapter = onAdapter<object>(
  { title: t('Show Scores and Behavior') },
  ({ store, surfaces }, adapter) => {
    store.setActive(adapter);
    surfaces.showPanel(adapter);
    // Not the result: that of 10,000 modules takes longer to hand over than to show.
    return adapter;
  },
);

/** Opens the page over the steps if the row of a run was pointed at. @returns the folder of the run */
function showRun(services: Services, { pointed: [first] }: Call): string | undefined {
  if (first?.isRow !== true) return undefined;
  const run = groupByRun(services.store.adapters.map(({ adapter }) => adapter)).find(
    (one) => typeof one !== 'string' && one.folder === first.path,
  );
  if (run === undefined || typeof run === 'string') return undefined;
  services.surfaces.showComparison(new RunSource(services, run.adapters));
  return run.folder;
}

/** Of the adapter that a program names, else of the one that was changed last. @returns its key */
function stepSelection(way: 'undoSelection' | 'redoSelection'): Handler<object> {
  return async ({ store }, { pointed }) => {
    // The button in the title of the view hands over the row in focus, which is not meant.
    const place = pointed.find(({ isRow }) => !isRow)?.path;
    const changed = store[way](place === undefined ? undefined : await findAdapterWeights(place));
    if (changed === undefined) showStatus(t('SPLoRA: nothing to undo or redo'), STATUS_MS);
    else store.setActive(changed);
    return changed;
  };
}

function pinTo(verdict: Verdict | null) {
  return ({ store }: Services, { adapter, modules }: ModuleTarget): void =>
    store.pin(adapter, modules, verdict);
}

/**
 * Checks trust and options of a command, finds its target and runs it. If that fails, a program gets the error; a user
 * gets a message with what helps, and the command returns undefined.
 */
export async function runHandler<K extends HandledCommand>(
  services: Services,
  name: K,
  args: readonly unknown[],
  handler: Handler<OptionsOf<K>> = HANDLERS[name],
): Promise<unknown> {
  const { trust, options } = COMMAND_TABLE[name];
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  const call = parseCall(args, root);
  let again: readonly unknown[] = args;
  let adapter: string | undefined;
  const about = (found: string): void => {
    adapter = found;
    again = [new ButtonCall(found, call.given)];
  };
  try {
    if (trust === true && call.caller === 'program') refuseUntrusted();
    if (trust === true && !vscode.workspace.isTrusted) return offerTrust(services.log);
    const invocation = { ...call, options: optionsOf<CommandOptions[K]>(options, call, root) };
    return await handler(services, invocation, about);
  } catch (thrown) {
    const { log } = services;
    const error = toErrorData(thrown);
    if (call.caller === 'user' || error.code === 'cancelled') {
      const retry = (): unknown => runHandler(services, name, again, handler);
      const tryAgain = { label: vscode.l10n.t('Try Again'), run: retry };
      if (isInPanel(services, error, adapter)) logError(log, thrown, error.code);
      else showError(log, thrown, error.code === 'process-crashed' ? [tryAgain] : [], adapter);
      return undefined;
    }
    logError(log, thrown, error.code);
    const forProgram = new SploraError(error, { cause: thrown });
    // VS Code shows only this of an error that a keybinding causes.
    forProgram.message = errorText(error);
    throw forProgram;
  }
}

/** Whether the panel in front says that the models are wrong, with the same buttons: once is enough. */
function isInPanel({ store, surfaces }: Services, error: ErrorData, adapter: string | undefined): boolean {
  if (adapter === undefined || !refusesModels(error) || surfaces.panelInFront() !== adapter) return false;
  const run = store.get(adapter)?.run;
  return run?.kind === 'failed' && run.error.code === error.code;
}

/** @throws SploraError `bad-request` for an option that the command does not have, or a value that it does not take */
function optionsOf<O extends object>(
  table: OptionTable<O>,
  call: Call,
  root: string | undefined,
): Partial<O> {
  const parsed = parseOptions(table, withPaths(table, call.given ?? {}, root));
  if ('values' in parsed) return parsed.values;
  throw optionError(parsed.problem);
}
