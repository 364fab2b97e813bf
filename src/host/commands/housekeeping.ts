import * as path from 'node:path';
import * as vscode from 'vscode';
import { showFailures } from '../errors/showError';
import { adapterLabel, formatCount } from '../format';
import { EDITORS, isAdapterWeights } from '../ids';
import { pickRow } from '../windowText';
import type { Call } from './call';
import { pickAdapter, pickAdapters } from '../questions/pickAdapter';
import { pickSafetensors } from '../questions/pickSafetensors';
import { NO_TARGET, oneAdapter, type CommandRegistry } from './registry';
import type { Services } from './services';

export function registerHousekeeping(registry: CommandRegistry, services: Services): void {
  const { library, log, store, surfaces } = services;
  registry.add('showLog', NO_TARGET, () => log.show());
  registry.add('refreshAdapters', NO_TARGET, async () => {
    await library.refresh();
    return store.adapters.map(({ adapter }) => adapter);
  });
  registry.add('clearResults', NO_TARGET, (_none, call) => clearResults(services, call));
  registry.add('openInspector', NO_TARGET, async (_none, call) => {
    const file = await fileToInspect(services, call);
    if (file === undefined) return undefined;
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.openWith', uri, EDITORS.inspector);
    return uri;
  });
  const title = vscode.l10n.t('Open Layer Listing');
  registry.add('openLayerListing', oneAdapter({ title }), async (adapter) => {
    await surfaces.showListing(adapter);
    return adapter;
  });
}

/** Any safetensors file, a model's too; of a folder or a config, the adapter's. */
async function fileToInspect(services: Services, call: Call): Promise<string | undefined> {
  const title = vscode.l10n.t('Open in Inspector');
  const file = call.pointed[0]?.path;
  if (file === undefined && call.lost === undefined) return pickSafetensors(title);
  return file !== undefined && isPlainSafetensors(file) ? file : pickAdapter(services, call, { title });
}

function isPlainSafetensors(file: string): boolean {
  return file.endsWith('.safetensors') && !isAdapterWeights(path.basename(file));
}

/** @returns the adapters whose results were cleared */
async function clearResults(services: Services, call: Call): Promise<readonly string[] | undefined> {
  const chosen = call.pointed.length > 0 ? await pointedAdapters(services, call) : await all(services, call);
  if (chosen !== undefined) await services.library.clear(chosen);
  return chosen;
}

async function pointedAdapters(services: Services, call: Call): Promise<readonly string[]> {
  // Of modules and blocks, only the one that was clicked stands for its adapter.
  const pointed = call.pointed.filter(({ modules }, at) => at === 0 || modules.length === 0);
  const title = vscode.l10n.t('Clear Results');
  const { results, failures } = await pickAdapters(services, { ...call, pointed }, { title });
  const [first] = failures;
  if (call.caller === 'program' && first !== undefined && results.length === 0) throw first.thrown;
  showFailures(services.log, failures, results.length + failures.length);
  return results;
}

/** All adapters with results; a user picks if there is a choice. */
async function all({ store }: Services, { caller, lost }: Call): Promise<readonly string[] | undefined> {
  const analyzed = store.adapters.filter(({ document }) => document !== null);
  const adapters = analyzed.map(({ adapter }) => adapter);
  return caller === 'user' && (adapters.length > 1 || lost !== undefined) ? askWhich(adapters) : adapters;
}

async function askWhich(all: readonly string[]): Promise<readonly string[] | undefined> {
  const whole = { label: vscode.l10n.t('All {0} adapters', formatCount(all.length)), adapters: all };
  const items = [
    ...(all.length > 1 ? [whole] : []),
    ...all.map((adapter) => ({ label: adapterLabel(adapter), detail: adapter, adapters: [adapter] })),
  ];
  const title = vscode.l10n.t('SPLoRA: Clear Results');
  return (await pickRow(items, { title }))?.adapters;
}
