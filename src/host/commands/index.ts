import * as vscode from 'vscode';
import { SploraError, toErrorData } from '../../core/errors';
import { say } from '../../core/message';
import { optionError, parseOptions, type OptionTable } from '../../core/options';
import type { Verdict } from '../../core/selection/types';
import { COMMAND_TABLE, type CommandOptions, type OptionsOf } from '../commandTable';
import { Disposable } from '../disposable';
import { logError, showError } from '../errors/showError';
import type { Outcome } from '../errors/tryEach';
import { errorText, messageText } from '../format';
import { COMMANDS, type CommandName, type ModuleTarget } from '../ids';
import { pickAdapter, pickAdapters, type PickOptions } from '../questions/pickAdapter';
import { pickModules, type ModulePickOptions } from '../questions/pickModules';
import type { Services } from '../services';
import type { AdapterState } from '../state/types';
import { showMessage } from '../windowText';
import { ButtonCall, parseCall, withPaths, type Call, type Invocation } from './call';
import { clearResults } from './clearResults';
import { openInspector } from './openInspector';
import { openSample } from './openSample';

/** Registers every command of `COMMANDS` but the toggles of the tree. Handlers that need much code are loaded on first use. */
export function registerCommands(services: Services): Disposable {
  const { t } = vscode.l10n;
  const filter = ({ document }: AdapterState): boolean => document !== null;
  const registry = new CommandRegistry(services);
  registry.add('analyze', severalAdapters({ title: t('Analyze Adapter') }), async (...call) =>
    (await import('./analyze')).analyzeCommand(...call),
  );
  registry.add('analyzeAll', NO_TARGET, async (...call) =>
    (await import('./analyzeAll')).analyzeAll(...call),
  );
  registry.add('cancel', NO_TARGET, async (...call) => (await import('./analyze')).cancelCommand(...call));
  registry.add('chooseModels', oneAdapter({ title: t('Choose Base and Aligned Models') }), async (...call) =>
    (await import('./chooseModels')).chooseModels(...call),
  );
  registry.add('writePruned', oneAdapter({ title: t('Write Pruned Adapter') }), async (...call) =>
    (await import('./repair')).writePruned(...call),
  );
  registry.add('repair', oneAdapter({ title: t('Repair Adapter') }), async (...call) =>
    (await import('./repair')).repair(...call),
  );
  registry.add('compare', NO_TARGET, async (...call) => (await import('./compare')).compare(...call));
  registry.add('checkLoad', oneAdapter({ title: t('Will It Load?') }), async (...call) =>
    (await import('./checkLoad')).checkLoad(...call),
  );
  registry.add('exportReport', oneAdapter({ title: t('Export Report'), filter }), async (...call) =>
    (await import('./exportReport')).exportReport(...call),
  );
  const rule = { title: t('Change Selection Rule'), filter, knownOnly: true };
  registry.add('changeRule', oneAdapter(rule), async (...call) =>
    (await import('./changeRule')).changeRule(...call),
  );
  registry.add('showScores', oneAdapter({ title: t('Show Layer Scores') }), showScores);
  registry.add('openLayerListing', oneAdapter({ title: t('Open Layer Listing') }), async (_, adapter) => {
    await services.surfaces.showListing(adapter);
    return adapter;
  });
  registry.add('openInspector', NO_TARGET, openInspector);
  registry.add('openSample', NO_TARGET, openSample);
  registry.add('clearResults', NO_TARGET, clearResults);
  registry.add('refreshAdapters', NO_TARGET, refreshAdapters);
  registry.add('showLog', NO_TARGET, ({ log }) => log.show());
  registry.add('pinKeep', someModules({ title: t('Pin Modules as Keep') }), pinTo('keep'));
  registry.add('pinPrune', someModules({ title: t('Pin Modules as Prune') }), pinTo('prune'));
  registry.add('unpin', someModules({ title: t('Unpin Modules'), pinnedOnly: true }), pinTo(null));
  registry.add('revealModule', someModules({ title: t('Show Module in Panel'), one: true }), revealModule);
  return registry;
}

/** Not the result: that of 10,000 modules takes longer to hand over than to show. */
function showScores({ store, surfaces }: Services, adapter: string): string {
  store.setActive(adapter);
  surfaces.showPanel(adapter);
  return adapter;
}

function revealModule({ store, surfaces }: Services, target: ModuleTarget): ModuleTarget {
  store.setActive(target.adapter);
  surfaces.showPanel(target.adapter, target.modules[0]);
  return target;
}

async function refreshAdapters({ library, store }: Services): Promise<readonly string[]> {
  await library.refresh();
  return store.adapters.map(({ adapter }) => adapter);
}

function pinTo(verdict: Verdict | null) {
  return ({ store }: Services, target: ModuleTarget): ModuleTarget => {
    store.pin(target.adapter, target.modules, verdict);
    return target;
  };
}

/** What a command is about. */
export interface Target<T> {
  /** Takes it from the arguments, or asks. Undefined: the user canceled. */
  readonly find: (services: Services, call: Call) => Promise<T | undefined>;
  /** The adapter that errors are about. */
  readonly adapterOf?: (target: T) => string | undefined;
}

/** Nothing, or what the command finds by itself. */
export const NO_TARGET: Target<null> = { find: () => Promise.resolve(null) };

export const oneAdapter = (pick: PickOptions): Target<string> => ({
  find: (services, call) => pickAdapter(services, call, pick),
  adapterOf: (adapter) => adapter,
});

/** Places that were selected and are no adapters are failures. */
export const severalAdapters = (pick: PickOptions): Target<Outcome<string>> => ({
  find: (services, call) => pickAdapters(services, call, pick),
  adapterOf: ({ results, failures }) => (results.length + failures.length === 1 ? results[0] : undefined),
});

export const someModules = (pick: ModulePickOptions): Target<ModuleTarget> => ({
  find: (services, call) => pickModules(services, call, pick),
  adapterOf: ({ adapter }) => adapter,
});

/**
 * Registers commands: checks trust and options, finds the target and calls the handler. If that fails, a program gets the
 * error; a user gets a message with what helps, and the command returns undefined.
 */
export class CommandRegistry extends Disposable {
  constructor(private readonly services: Services) {
    super();
  }

  add<K extends CommandName, T>(
    name: K,
    { find, adapterOf }: Target<T>,
    run: (services: Services, target: T, call: Invocation<OptionsOf<K>>) => unknown,
  ): void {
    const { trust, options } = COMMAND_TABLE[name];
    const execute = async (...args: readonly unknown[]): Promise<unknown> => {
      const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      const call = parseCall(args, root);
      let again: readonly unknown[] = args;
      let adapter: string | undefined;
      try {
        if (trust === true && !vscode.workspace.isTrusted) return this.#refuse(call);
        const invocation = { ...call, options: optionsOf<CommandOptions[K]>(options, call, root) };
        const target = await find(this.services, call);
        if (target === undefined) return undefined;
        adapter = adapterOf?.(target);
        if (adapter !== undefined) again = [new ButtonCall(adapter, call.given)];
        return await run(this.services, target, invocation);
      } catch (thrown) {
        return this.#fail(thrown, call, { adapter, retry: () => execute(...again) });
      }
    };
    this._register(vscode.commands.registerCommand(COMMANDS[name], execute));
  }

  /** @throws what was thrown, in the language of the window, to a program */
  #fail(
    thrown: unknown,
    { caller }: Call,
    { adapter, retry }: { readonly adapter: string | undefined; readonly retry: () => unknown },
  ): undefined {
    const { log } = this.services;
    const error = toErrorData(thrown);
    if (caller === 'user' || error.code === 'cancelled') {
      const tryAgain = { label: vscode.l10n.t('Try Again'), run: retry };
      showError(log, thrown, error.code === 'process-crashed' ? [tryAgain] : [], adapter);
      return undefined;
    }
    logError(log, thrown, error.code);
    const forProgram = new SploraError(error, { cause: thrown });
    // VS Code shows only this of an error that a keybinding causes.
    forProgram.message = errorText(error);
    throw forProgram;
  }

  #refuse({ caller }: Call): undefined {
    if (caller === 'program') refuseUntrusted();
    const manage = vscode.l10n.t('Manage Workspace Trust');
    showMessage('Warning', messageText(UNTRUSTED), [manage]).then(
      (picked) => picked === manage && vscode.commands.executeCommand('workbench.trust.manage'),
      (thrown: unknown) => this.services.log.error(String(thrown)),
    );
    return undefined;
  }
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

const UNTRUSTED = say(
  'This workspace is not trusted, so SPLoRA only inspects its files. Trust the workspace to analyze and write adapters: its settings can point SPLoRA to files elsewhere.',
);

/** For what needs trust and is no command. @throws SploraError `bad-request` in an untrusted workspace */
export function refuseUntrusted(): void {
  if (!vscode.workspace.isTrusted) throw new SploraError({ code: 'bad-request', message: UNTRUSTED });
}
