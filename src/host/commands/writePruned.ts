import * as path from 'node:path';
import * as vscode from 'vscode';
import { SploraError, toErrorData } from '../../core/errors';
import { formatBytes } from '../../core/report/scores';
import type { PruneRequest, PruneResult } from '../../protocol/engineApi';
import type { OptionsOf } from '../commandTable';
import { showError, showInformation } from '../errors/showError';
import { adapterLabel, formatCount, progressText } from '../format';
import { render, say } from '../../core/message';
import { messageText } from '../messageText';
import { COMMANDS } from '../ids';
import type { AdapterState } from '../state/types';
import { withNotification } from '../windowText';
import { askFolder, askTarget } from '../questions/askTarget';
import { warnIfNotLoaded } from './checkLoad';
import type { Caller } from './call';
import { oneAdapter, type CommandRegistry, type Invocation } from './registry';
import type { Services } from './services';
import { settledResult } from './staleResult';

export function registerWritePruned(registry: CommandRegistry, services: Services): void {
  registry.add('writePruned', oneAdapter({ title: vscode.l10n.t('Write Pruned Adapter') }), (adapter, call) =>
    writePruned(services, adapter, call),
  );
}

/** @returns undefined: the user canceled */
async function writePruned(
  services: Services,
  adapter: string,
  call: Invocation<OptionsOf<'writePruned'>>,
): Promise<PruneResult | undefined> {
  const { caller, options } = call;
  const { stale } = await settledResult(services, adapter, call, vscode.l10n.t('Write Anyway'));
  const state = services.store.get(adapter);
  if (state === undefined) return undefined;
  const modules = modulesToGo(state);
  const request = requestFor(services, state, modules, { options, stale });
  const target =
    caller === 'program'
      ? { out: options.out, bakeScale: request.bakeScale === true }
      : await askTarget(state, modules, request);
  if (target === undefined) return undefined;
  const { out, bakeScale } = target;
  return write(services, { ...request, bakeScale, ...(out === undefined ? {} : { out }) }, caller);
}

/** @throws SploraError `bad-request` if the rule takes nothing */
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
  how: { readonly options: OptionsOf<'writePruned'>; readonly stale: string | null },
): PruneRequest {
  const { options, stale } = how;
  const uri = vscode.Uri.file(state.adapter);
  const { document, selection } = state;
  return {
    adapter: state.adapter,
    modules,
    mode: options.mode ?? services.settings.get('prune.mode', uri),
    copyRest: options.copyRest ?? services.settings.get('prune.copyRest', uri),
    bakeScale: options.bakeScale ?? services.settings.get('prune.bakeScale', uri),
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

async function write(
  services: Services,
  request: PruneRequest,
  caller: Caller,
): Promise<PruneResult | undefined> {
  try {
    const result = await pruneWithProgress(services, request);
    const written = path.join(result.out, path.basename(request.adapter));
    await services.library.open(written);
    tell(services, request, result);
    await warnIfNotLoaded(services, written, services.store.get(request.adapter)?.document?.aligned);
    return result;
  } catch (thrown) {
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

/** What was written, with the notes of the engine. */
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
