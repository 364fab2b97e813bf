import * as vscode from 'vscode';
import type { CompareResult } from '../../protocol/engineApi';
import { adapterLabel } from '../format';
import { withProgress } from '../windowText';
import { PairSource } from '../comparison/pairSource';
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
  const result = await withProgress(vscode.l10n.t('SPLoRA: comparing adapters'), (how) =>
    services.engine.call('compare', { left, right }, how),
  );
  services.surfaces.showComparison(new PairSource(services, [left, right], result));
  return result;
}
