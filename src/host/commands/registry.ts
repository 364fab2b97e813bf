import * as vscode from 'vscode';
import { optionError, parseOptions, type OptionTable } from '../../core/options';
import { SploraError, toErrorData } from '../../core/errors';
import { COMMAND_TABLE, type CommandOptions, type OptionsOf } from '../commandTable';
import { Disposable } from '../disposable';
import { say } from '../../core/message';
import { errorText, messageText } from '../format';
import { logError, showError } from '../errors/showError';
import type { Outcome } from '../errors/tryEach';
import { COMMANDS, type CommandName, type ModuleTarget } from '../ids';
import { showMessage } from '../windowText';
import { ButtonCall, parseCall, withPaths, type Call } from './call';
import { pickAdapter, pickAdapters, type PickOptions } from '../questions/pickAdapter';
import { pickModules, type ModulePickOptions } from '../questions/pickModules';
import type { Services } from '../services';

/** What a handler gets, besides its target. */
export interface Invocation<O> extends Call {
  readonly options: O;
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
