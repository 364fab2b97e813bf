import * as path from 'node:path';
import * as vscode from 'vscode';
import { formatCount } from '../format';
import { groupByRun } from '../state/runSteps';
import type { AdapterState } from '../state/types';
import { pickFolder, pickRow, type Row } from '../windowText';
import { adaptersIn } from './call';

interface ScopeRow extends Row {
  /** Undefined: those of a folder that the user chooses. */
  readonly adapters: readonly string[] | undefined;
}

/** Asks which of several adapters are meant, with counts. @param first the run to name first. Undefined: the user canceled */
export async function askScope(
  states: readonly AdapterState[],
  first: string | undefined,
): Promise<readonly string[] | undefined> {
  const all = states.map(({ adapter }) => adapter);
  const fresh = states.filter(({ document, stale }) => document === null || stale !== null);
  const news = fresh.map(({ adapter }) => adapter);
  const isNew = new Set(news);
  const row = (label: string, adapters: readonly string[], icon: string): ScopeRow => {
    const open = adapters.filter((adapter) => isNew.has(adapter)).length;
    const description = vscode.l10n.t(
      '{0} adapters, {1} new or changed',
      formatCount(adapters.length),
      formatCount(open),
    );
    return { icon, label, description, adapters };
  };
  const runs = groupByRun(all)
    .flatMap((one) => (typeof one === 'string' ? [] : [one]))
    .sort((x, y) => Number(y.folder === first) - Number(x.folder === first))
    .map(({ folder, adapters }) =>
      row(vscode.l10n.t('Run {0}', vscode.workspace.asRelativePath(folder)), adapters, 'versions'),
    );
  const general = [
    row(vscode.l10n.t('All Adapters'), all, 'run-all'),
    ...(news.length > 0 && news.length < all.length
      ? [row(vscode.l10n.t('New or Changed Adapters'), news, 'sparkle')]
      : []),
  ];
  const rows: readonly ScopeRow[] = [
    ...(first === undefined ? [...general, ...runs] : [...runs, ...general]),
    { icon: 'folder-opened', label: vscode.l10n.t('Adapters of a Folder…'), adapters: undefined },
  ];
  const picked = await pickRow(rows, {
    title: vscode.l10n.t('SPLoRA: Analyze All Adapters'),
    placeHolder: vscode.l10n.t('Which adapters?'),
  });
  if (picked === undefined || picked.adapters !== undefined) return picked?.adapters;
  const folder = await pickFolder(picked.label, vscode.l10n.t('Choose Folder'));
  return folder === undefined ? undefined : adaptersIn(all, [path.resolve(folder)]);
}
