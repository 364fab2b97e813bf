import * as path from 'node:path';
import * as vscode from 'vscode';
import { isKey } from '../../core/endpointUrl';
import { toErrorData } from '../../core/errors';
import { formatDuration } from '../../core/report/progress';
import { formatBytes } from '../../core/report/scores';
import type { MeasureEstimate } from '../../protocol/evaluatorApi';
import { adapterLabel, errorText, formatCount } from '../format';
import { shownPath } from '../models/askModels';
import { askSecret, askText, pickRow, pickRows, showMessage, type Row } from '../windowText';
import { parseEndpoint, type Endpoint, type Endpoints } from './endpoints';
import type { SuiteFolder } from './suiteFolders';

/** A measurement or repair that takes longer is confirmed first. */
export const LONG_SECONDS = 60;

const titleOf = (adapter: string): string =>
  vscode.l10n.t('SPLoRA: Measure Behavior of {0}', adapterLabel(adapter));

/** @param last the folder of the last measurement, which comes first. Undefined: the user canceled. */
export async function askSuite(
  adapter: string,
  folders: readonly SuiteFolder[],
  last: string | undefined,
): Promise<string | undefined> {
  const ordered = [...folders].sort((x, y) => Number(y.path === last) - Number(x.path === last));
  const rows: (Row & { readonly folder?: string })[] = ordered.map((folder) => ({
    icon: 'checklist',
    label: vscode.workspace.asRelativePath(folder.path),
    description: folder.kinds.join(', '),
    folder: folder.path,
  }));
  rows.push({ icon: 'folder-opened', label: vscode.l10n.t('Browse…') });
  const picked = await pickRow(rows, {
    title: titleOf(adapter),
    placeHolder:
      folders.length === 0
        ? vscode.l10n.t('No folder here has harmful.jsonl, benign.jsonl, or task.jsonl')
        : vscode.l10n.t('Which suites of prompts?'),
    ignoreFocusOut: true,
  });
  if (picked === undefined || picked.folder !== undefined) return picked?.folder;
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose a Folder with Suites'),
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t('Choose Suites'),
  });
  return chosen?.[0]?.fsPath;
}

/** Which other adapters are measured beside this one; those that were made of it are chosen. */
export async function askVariants(
  adapter: string,
  others: readonly string[],
): Promise<readonly string[] | undefined> {
  const own = path.dirname(adapter);
  const rows = others.map((other) => ({
    label: adapterLabel(other),
    detail: shownPath(other),
    picked: path.dirname(other).startsWith(`${own}-`),
    other,
  }));
  const picked = await pickRows(rows, {
    title: titleOf(adapter),
    placeHolder: vscode.l10n.t('Which other adapters do you want to measure too? (optional)'),
    ignoreFocusOut: true,
  });
  return picked?.map(({ other }) => other);
}

/** `url`: of an endpoint that was used before. */
type RunnerRow = Row & { readonly at: 'here' | 'new' | 'recent' | 'key'; readonly url?: string };

/** Undefined: the user canceled. */
export async function askRunner(
  adapter: string,
  endpoints: Endpoints,
): Promise<'here' | Endpoint | undefined> {
  const rows: RunnerRow[] = [
    {
      icon: 'vm',
      label: vscode.l10n.t('On This Machine'),
      detail: vscode.l10n.t('Runs the model in a process of its own. Nothing is sent anywhere.'),
      at: 'here',
    },
    ...endpoints.recent.map((url) => ({ icon: 'server', label: url, at: 'recent' as const, url })),
    {
      icon: 'plug',
      label: vscode.l10n.t('At an Endpoint…'),
      detail: vscode.l10n.t('An OpenAI-compatible server: vLLM, llama.cpp, MLX, Ollama, or another'),
      at: 'new',
    },
    ...(endpoints.recent.length === 0
      ? []
      : [{ icon: 'key', label: vscode.l10n.t('Change the Key of an Endpoint…'), at: 'key' as const }]),
  ];
  const placeHolder = vscode.l10n.t('Where does the model run?');
  const picked = await pickRow(rows, { title: titleOf(adapter), placeHolder, ignoreFocusOut: true });
  if (picked === undefined || picked.at === 'here') return picked === undefined ? undefined : 'here';
  if (picked.at === 'key') return (await askChangeKey(endpoints)) ? askRunner(adapter, endpoints) : undefined;
  if (picked.url !== undefined) return parseEndpoint(picked.url);
  const typed = await askText({
    prompt: vscode.l10n.t('Address of the server'),
    value: 'http://127.0.0.1:8000',
    validateInput: endpointProblem,
  });
  return typed === undefined ? undefined : parseEndpoint(typed);
}

function endpointProblem(typed: string): string | undefined {
  try {
    parseEndpoint(typed);
    return undefined;
  } catch (thrown) {
    return errorText(toErrorData(thrown));
  }
}

/** Asks once for each host that is not this machine. @returns whether prompts may be sent there */
export async function confirmEndpoint({ host }: Endpoint): Promise<boolean> {
  const send = vscode.l10n.t('Send');
  const message = vscode.l10n.t('Send the prompts of the suites to {0}?', host);
  const detail = vscode.l10n.t(
    'Every prompt of the suites, harmful ones included, is sent to {0}, and so is the adapter if the server loads adapters. The answers come back. Nothing else is sent. You are asked once for each host.',
    host,
  );
  return (await showMessage('Warning', message, [send], detail)) === send;
}

/** Lets the user choose an endpoint and type its key. @returns false: the user canceled */
async function askChangeKey(endpoints: Endpoints): Promise<boolean> {
  const rows = endpoints.recent.map((url) => ({ icon: 'server', label: url }));
  const placeHolder = vscode.l10n.t('The key of which endpoint?');
  const picked = rows.length === 1 ? rows[0] : await pickRow(rows, { placeHolder, ignoreFocusOut: true });
  return picked !== undefined && (await askKey(endpoints, parseEndpoint(picked.label))) !== undefined;
}

/** Asks for the key of an endpoint and keeps it. Undefined: the user canceled; empty: the server needs none. */
export async function askKey(endpoints: Endpoints, endpoint: Endpoint): Promise<string | undefined> {
  const { host } = endpoint;
  const typed = await askSecret({
    title: vscode.l10n.t('Key for {0}', host),
    prompt: vscode.l10n.t(
      'Leave empty if the server needs none. It is kept in the secret storage of VS Code.',
    ),
    validateInput: (key) =>
      key === '' || isKey(key) ? undefined : vscode.l10n.t('A key has no spaces and only ASCII characters.'),
  });
  if (typed !== undefined) await endpoints.setKey(endpoint, typed);
  return typed;
}

/** Asks whether to begin, where it takes long. Memory that does not suffice is an error of the evaluator. */
export async function confirmEstimate(
  adapter: string,
  { questions, seconds, bytes }: MeasureEstimate,
): Promise<boolean> {
  if (seconds < LONG_SECONDS) return true;
  const measure = vscode.l10n.t('Measure');
  const message = vscode.l10n.t(
    'Measuring {0} takes about {1}.',
    adapterLabel(adapter),
    formatDuration(seconds),
  );
  const size = bytes === null ? '' : ` ${vscode.l10n.t('It needs about {0} of memory.', formatBytes(bytes))}`;
  const detail = vscode.l10n.t(
    '{0} answers will be generated.{1} You can cancel at any time: finished answers are kept, and measuring again continues with the rest.',
    formatCount(questions),
    size,
  );
  return (await showMessage('Information', message, [measure], detail)) === measure;
}
