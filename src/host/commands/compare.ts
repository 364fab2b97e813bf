import * as vscode from 'vscode';
import type { CompareResult } from '../../protocol/engineApi';
import { adapterLabel, progressText, translate } from '../format';
import { withNotification } from '../windowText';
import { compareReport } from '../reports/compareReport';
import type { Call, Pointed } from './call';
import { pickAdapter, type PickOptions } from '../questions/pickAdapter';
import type { Services } from '../services';

/** Compares the two adapters that were pointed at; asks for what is missing. */
export async function compare(services: Services, { pointed }: Call): Promise<CompareResult | undefined> {
  const [first] = pointed;
  const second = pointed.find(({ path }) => path !== first?.path);
  const pick = (one: Pointed | undefined, options: PickOptions): Promise<string | undefined> =>
    pickAdapter(services, { pointed: one === undefined ? [] : [one], lost: undefined }, options);
  const title = vscode.l10n.t('Compare Adapters');
  const left = await pick(first, { title: vscode.l10n.t('{0}: the original', title), always: true });
  if (left === undefined) return undefined;
  const right = await pick(second, {
    title: vscode.l10n.t('{0}: compare {1} with…', title, adapterLabel(left)),
    filter: ({ adapter }) => adapter !== left,
    always: true,
  });
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
