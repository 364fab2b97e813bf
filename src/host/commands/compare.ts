import * as vscode from 'vscode';
import type { CompareResult } from '../../protocol/engineApi';
import { adapterLabel, progressText, translate } from '../format';
import { findAdapterWeights } from '../../io/adapterFiles';
import { withNotification } from '../windowText';
import { compareReport } from '../reports/compareReport';
import { pathsOf, type Call } from './call';
import { pickAdapter } from '../questions/pickAdapter';
import { NO_TARGET, type CommandRegistry } from './registry';
import type { Services } from './services';

export function registerCompare(registry: CommandRegistry, services: Services): void {
  registry.add('compare', NO_TARGET, (_none, call) => compare(services, call));
}

/** Compares the two adapters that were pointed at; asks for what is missing. */
async function compare(services: Services, { pointed }: Call): Promise<CompareResult | undefined> {
  const [, second] = pathsOf(pointed);
  const title = vscode.l10n.t('Compare Adapters');
  const left = await pickAdapter(
    services,
    { pointed, lost: undefined },
    { title: vscode.l10n.t('{0}: the original', title), always: true },
  );
  if (left === undefined) return undefined;
  const right =
    second === undefined
      ? await pickAdapter(
          services,
          { pointed: [], lost: undefined },
          {
            title: vscode.l10n.t('{0}: compare {1} with…', title, adapterLabel(left)),
            filter: (state) => state.adapter !== left,
            always: true,
          },
        )
      : await findAdapterWeights(second);
  if (right === undefined) return undefined;
  const result = await run(services, left, right);
  const names = [adapterLabel(left), adapterLabel(right)] as const;
  const markdown = compareReport(result, names, translate);
  await services.reports.show(`${names[0]} ↔ ${names[1]}`, markdown);
  return result;
}

function run(services: Services, left: string, right: string): Thenable<CompareResult> {
  const title = vscode.l10n.t('SPLoRA: comparing adapters');
  return withNotification(title, ({ report }, signal) =>
    services.engine.call(
      'compare',
      { left, right },
      { signal, onEvent: (event) => report(progressText(event)) },
    ),
  );
}
