import * as path from 'node:path';
import * as vscode from 'vscode';
import { adapterLabel, formatCount } from '../format';
import { COMMANDS, EDITORS, isAdapterWeights } from '../ids';
import { pickRow } from '../windowText';
import { showFailures } from './errors';
import { pickAdapter, pickAdapters } from './pickAdapter';
import { pickSafetensors } from './pickSafetensors';
import type { CommandRegistry } from './register';
import type { Services } from './services';
import { hasLostTarget, isScripted, pointedModules, pointedPaths, type CommandArguments } from './targets';

/** Commands of a few lines each. */
export function registerHousekeeping(registry: CommandRegistry, services: Services): void {
  registry.add(COMMANDS.showLog, { needsTrust: false }, () => services.log.show());
  registry.add(COMMANDS.refreshAdapters, { needsTrust: false }, async () => {
    await services.library.refresh();
    return services.store.adapters.map(({ adapter }) => adapter);
  });
  registry.add(COMMANDS.clearResults, { needsTrust: false }, (args) => clearResults(services, args));
  registry.add(COMMANDS.openInspector, { needsTrust: false }, async (args) => {
    const file = await fileToInspect(services, args);
    if (file === undefined) return undefined;
    const uri = vscode.Uri.file(file);
    await vscode.commands.executeCommand('vscode.openWith', uri, EDITORS.inspector);
    return uri;
  });
  registry.add(COMMANDS.openLayerListing, { needsTrust: false }, async (args) => {
    const adapter = await pickAdapter(services, args, { title: vscode.l10n.t('Open Layer Listing') });
    if (adapter !== undefined) await services.surfaces.showListing(adapter);
    return adapter;
  });
}

/** The inspector shows any safetensors file, a model's too; of a folder or a config it shows the adapter. */
async function fileToInspect(services: Services, args: CommandArguments): Promise<string | undefined> {
  const title = vscode.l10n.t('Open in Inspector');
  const [pointed] = pointedPaths(args);
  if (pointed === undefined && !hasLostTarget(args)) return pickSafetensors(title);
  return pointed !== undefined && isPlainSafetensors(pointed)
    ? pointed
    : pickAdapter(services, args, { title });
}

function isPlainSafetensors(file: string): boolean {
  return file.endsWith('.safetensors') && !isAdapterWeights(path.basename(file));
}

/** @returns the adapters whose results were taken back */
async function clearResults(
  services: Services,
  args: CommandArguments,
): Promise<readonly string[] | undefined> {
  const analyzed = services.store.adapters.filter(({ document }) => document !== null);
  const all = analyzed.map(({ adapter }) => adapter);
  let chosen: readonly string[] | undefined = all;
  if (pointedPaths(args).length > 0) {
    const title = vscode.l10n.t('Clear Results');
    const { results, failures } = await pickAdapters(services, withoutModules(args), { title });
    showFailures(services.log, failures, results.length + failures.length);
    chosen = results;
  } else if (!isScripted(args) && (all.length > 1 || hasLostTarget(args))) {
    chosen = await askWhich(all);
  }
  if (chosen !== undefined) await services.library.clear(chosen);
  return chosen;
}

/** Modules and blocks that are selected beside an adapter's row are not what is cleared. */
function withoutModules([first, second, ...rest]: CommandArguments): CommandArguments {
  if (!Array.isArray(second)) return [first, second, ...rest];
  const rows = (second as readonly unknown[]).filter((row) => pointedModules([row]) === undefined);
  return [first, rows, ...rest];
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
