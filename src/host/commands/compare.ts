import * as vscode from 'vscode';
import type { CompareResult } from '../../protocol/engineApi';
import { adapterLabel, progressText, translate } from '../format';
import { COMMANDS } from '../ids';
import { findAdapterWeights } from '../../io/adapterFiles';
import { withNotification } from '../windowText';
import { compareReport } from './compareReport';
import { checkOptions } from './options';
import { pickAdapter } from './pickAdapter';
import type { CommandRegistry } from './register';
import type { ReportDocuments } from './reportDocuments';
import type { Services } from './services';
import { givenOptions, pointedPaths, type CommandArguments } from './targets';

export function registerCompare(
  registry: CommandRegistry,
  services: Services,
  reports: ReportDocuments,
): void {
  registry.add(COMMANDS.compare, { needsTrust: true }, (args) => compare(services, reports, args));
}

/** Two places as arguments, or two files selected in the Explorer; what is missing is asked for. */
async function compare(
  services: Services,
  reports: ReportDocuments,
  args: CommandArguments,
): Promise<CompareResult | undefined> {
  checkOptions(givenOptions(args), []);
  const [first, second] = pointedPaths(args);
  const title = vscode.l10n.t('Compare Adapters');
  const left = await pickAdapter(services, first === undefined ? [] : [first], {
    title: vscode.l10n.t('{0}: the original', title),
    always: true,
  });
  if (left === undefined) return undefined;
  const right =
    second === undefined
      ? await pickAdapter(services, [], {
          title: vscode.l10n.t('{0}: compare {1} with…', title, adapterLabel(left)),
          filter: (state) => state.adapter !== left,
          always: true,
        })
      : await findAdapterWeights(second);
  if (right === undefined) return undefined;
  const result = await run(services, left, right);
  const names = [adapterLabel(left), adapterLabel(right)] as const;
  const markdown = compareReport(result, names, translate);
  await reports.show(`${names[0]} ↔ ${names[1]}`, markdown);
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
