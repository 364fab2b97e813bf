import * as vscode from 'vscode';
import { Journals } from '../behavior/journals';
import { showFailures } from '../errors/showError';
import { adapterLabel, formatCount } from '../format';
import { shownPath } from '../models/askModels';
import { pickAdapters } from '../questions/pickAdapter';
import type { Services } from '../services';
import { pickRow } from '../windowText';
import type { Call } from './call';

/** @returns the adapters whose results were cleared */
export async function clearResults(services: Services, call: Call): Promise<readonly string[] | undefined> {
  const chosen = call.pointed.length > 0 ? await pointedAdapters(services, call) : await all(services, call);
  if (chosen !== undefined) await clear(services, chosen);
  return chosen;
}

/** Also what unfinished measurements and fits have kept. */
async function clear(
  { library, measurements, repairs, storage }: Services,
  adapters: readonly string[],
): Promise<void> {
  const journals = (['measurements', 'fits'] as const).map((of) => new Journals(storage, of));
  for (const adapter of adapters) {
    measurements.forget(adapter);
    repairs.forget(adapter);
    for (const each of journals) await each.remove(adapter);
  }
  await library.clear(adapters);
}

async function pointedAdapters(services: Services, call: Call): Promise<readonly string[]> {
  // Of modules and blocks, only the one that was clicked counts.
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
  const known = store.adapters.filter(({ results }) => Object.values(results).some(Boolean));
  const adapters = known.map(({ adapter }) => adapter);
  return caller === 'user' && (adapters.length > 1 || lost !== undefined) ? askWhich(adapters) : adapters;
}

async function askWhich(all: readonly string[]): Promise<readonly string[] | undefined> {
  const whole = { label: vscode.l10n.t('All {0} adapters', formatCount(all.length)), adapters: all };
  const items = [
    ...(all.length > 1 ? [whole] : []),
    ...all.map((adapter) => ({
      label: adapterLabel(adapter),
      detail: shownPath(adapter),
      adapters: [adapter],
    })),
  ];
  const title = vscode.l10n.t('SPLoRA: Clear Results');
  return (await pickRow(items, { title }))?.adapters;
}
