import * as path from 'node:path';
import * as vscode from 'vscode';
import { SploraError, toErrorData } from '../../core/errors';
import { formatBytes } from '../../core/report/scores';
import type { PruneRequest, PruneResult } from '../../protocol/engineApi';
import { adapterLabel, formatCount, progressText } from '../format';
import { messageText } from '../messageText';
import { COMMANDS } from '../ids';
import { parseSetting } from '../settingDefinitions';
import type { AdapterState } from '../state/types';
import { withNotification } from '../windowText';
import { askFolder, askTarget } from './askTarget';
import { warnIfNotLoaded } from './checkLoad';
import { showError, showInformation } from './errors';
import { checkOptions, type OptionName } from './options';
import { pickAdapter } from './pickAdapter';
import type { CommandRegistry } from './register';
import type { Services } from './services';
import { settledResult } from './staleResult';
import { givenOptions, isScripted, type CommandArguments } from './targets';
import { render, say } from '../../core/message';

export function registerWritePruned(registry: CommandRegistry, services: Services): void {
  registry.add(COMMANDS.writePruned, { needsTrust: true }, (args) => writePruned(services, args));
}

/** `base`, `aligned` and `models` are for the analysis, where there is none yet. */
const OPTION_NAMES = [
  'out',
  'mode',
  'copyRest',
  'bakeScale',
  'stale',
  'base',
  'aligned',
  'models',
] as const satisfies readonly OptionName[];

/**
 * Options of a caller: `{out, mode, copyRest, bakeScale, stale}` (see `settledResult`), and `{base, aligned, models}`.
 * @returns what was written, or undefined when the person turned away
 */
async function writePruned(services: Services, args: CommandArguments): Promise<PruneResult | undefined> {
  checkOptions(givenOptions(args), OPTION_NAMES);
  const title = vscode.l10n.t('Write Pruned Adapter');
  const adapter = await pickAdapter(services, args, { title });
  if (adapter === undefined) return undefined;
  const { stale } = await settledResult(services, adapter, args, vscode.l10n.t('Write Anyway'));
  const state = services.store.get(adapter);
  if (state === undefined) return undefined;
  const modules = modulesToGo(state);
  const request = requestFor(services, state, modules, { options: givenOptions(args), stale });
  const target = isScripted(args)
    ? { out: givenFolder(args), bakeScale: request.bakeScale === true }
    : await askTarget(state, modules, request);
  if (target === undefined) return undefined;
  const { out, bakeScale } = target;
  return write(services, { ...request, bakeScale, ...(out === undefined ? {} : { out }) });
}

function givenFolder(args: CommandArguments): string | undefined {
  const out = givenOptions(args)?.['out'];
  return typeof out === 'string' ? out : undefined;
}

/** @throws SploraError `bad-request` when the rule takes nothing */
function modulesToGo(state: AdapterState): readonly string[] {
  const modules = state.verdicts.filter(({ verdict }) => verdict === 'prune').map(({ module }) => module);
  if (modules.length > 0) return modules;
  throw new SploraError({
    code: 'bad-request',
    message: say('The rule takes no module out of {0}.', adapterLabel(state.adapter)),
    advice: say('Change the rule or pin modules as “prune”, then write again.'),
  });
}

function requestFor(
  services: Services,
  state: AdapterState,
  modules: readonly string[],
  how: { readonly options: Readonly<Record<string, unknown>> | undefined; readonly stale: string | null },
): PruneRequest {
  const { options, stale } = how;
  const uri = vscode.Uri.file(state.adapter);
  const { document, selection } = state;
  return {
    adapter: state.adapter,
    modules,
    mode: parseSetting('prune.mode', options?.['mode']) ?? services.settings.get('prune.mode', uri),
    copyRest:
      parseSetting('prune.copyRest', options?.['copyRest']) ?? services.settings.get('prune.copyRest', uri),
    bakeScale:
      parseSetting('prune.bakeScale', options?.['bakeScale']) ??
      services.settings.get('prune.bakeScale', uri),
    provenance:
      document === null
        ? { by: 'hand' }
        : {
            by: 'rule',
            selection,
            options: document.options,
            base: document.base,
            aligned: document.aligned,
            ...(stale === null ? {} : { stale }),
          },
  };
}

async function write(services: Services, request: PruneRequest): Promise<PruneResult | undefined> {
  try {
    const result = await pruneWithProgress(services, request);
    const written = path.join(result.out, path.basename(request.adapter));
    await services.library.open(written);
    tell(services, request, result);
    await warnIfNotLoaded(services, written, services.store.get(request.adapter)?.document?.aligned);
    return result;
  } catch (thrown) {
    const elsewhere = async (): Promise<void> => {
      const out = await askFolder(`${path.basename(path.dirname(request.adapter))}-splora`);
      if (out !== undefined) await write(services, { ...request, out });
    };
    const isPlace = ['io', 'output-exists'].includes(toErrorData(thrown).code);
    const more = isPlace ? [{ label: vscode.l10n.t('Another Folder…'), run: elsewhere }] : [];
    showError(services.log, thrown, more);
    return undefined;
  }
}

function pruneWithProgress(services: Services, request: PruneRequest): Thenable<PruneResult> {
  const title = vscode.l10n.t('SPLoRA: writing the pruned adapter');
  return withNotification(title, ({ report }, signal) =>
    services.engine.call('prune', request, { signal, onEvent: (event) => report(progressText(event)) }),
  );
}

function tell(services: Services, request: PruneRequest, result: PruneResult): void {
  for (const note of result.notes) services.log.warn(render(note));
  const original = vscode.Uri.file(request.adapter);
  const folder = vscode.Uri.file(result.out);
  showInformation(services.log, writtenText(result), [
    { label: vscode.l10n.t('Reveal'), run: () => reveal(folder) },
    {
      label: vscode.l10n.t('Compare'),
      run: () => vscode.commands.executeCommand(COMMANDS.compare, original, folder),
    },
  ]);
}

/** What was written, and what a person should know of it. */
export function writtenText(result: PruneResult): string {
  const written = vscode.l10n.t(
    '{0} was written: {1} of {2} modules left out, {3} instead of {4}. Test it before you use it.',
    path.basename(result.out),
    formatCount(result.removed.length),
    formatCount(result.removed.length + result.kept.length),
    formatBytes(result.bytesAfter),
    formatBytes(result.bytesBefore),
  );
  return [written, ...result.notes.map(messageText)].join(' ');
}

/** Shows a folder in the Explorer where it is in the workspace, else in the system's file manager. */
export async function reveal(uri: vscode.Uri): Promise<void> {
  if (vscode.workspace.getWorkspaceFolder(uri) !== undefined) {
    await vscode.commands.executeCommand('revealInExplorer', uri);
  } else if (vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop) {
    await vscode.commands.executeCommand('revealFileInOS', uri);
  } else {
    // The files are on another machine than the window: an open dialog is the file manager there.
    await vscode.window.showOpenDialog({ defaultUri: uri, canSelectFolders: true });
  }
}
