import * as path from 'node:path';
import * as vscode from 'vscode';
import { adviceFor, type Option } from '../../core/options';
import { isPair, type AnalysisDocument } from '../../core/report/analysis';
import { firstFree, siblingNames } from '../../io/atomicWrite';
import { METHODS } from '../../methods';
import type { RepairMethod } from '../../methods/types';
import { AUTO } from '../../protocol/repairApi';
import { adapterLabel, formatCount, messageText, staleText } from '../format';
import type { AdapterState } from '../state/types';
import { askText, pickFolder, pickRow, type Row } from '../windowText';

/** The id of a method, or `AUTO`. Undefined: the user canceled. */
export async function askMethod(adapter: string): Promise<string | undefined> {
  const auto = {
    id: AUTO,
    icon: 'beaker',
    label: vscode.l10n.t('Automatic, by Measurement'),
    detail: vscode.l10n.t(
      'Tries methods and strengths on your prompts, and takes what refuses again and keeps the most of the task.',
    ),
  };
  const rows = METHODS.map((method) => ({
    id: method.id,
    label: vscode.l10n.t(method.title),
    detail: vscode.l10n.t(method.summary),
  }));
  const title = vscode.l10n.t('SPLoRA: Repair {0}', adapterLabel(adapter));
  return (await pickRow([auto, ...rows], { title, placeHolder: vscode.l10n.t('Which method?') }))?.id;
}

/**
 * Asks for each option of a method.
 * @param values the answers unless the user changes them
 * @returns undefined: the user canceled
 */
export async function askOptions(
  { title, options }: RepairMethod,
  values: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const answers = { ...values };
  for (const [name, option] of Object.entries(options)) {
    const answer = await askOption(vscode.l10n.t(title), name, option, answers[name]);
    if (answer === undefined) return undefined;
    answers[name] = answer;
  }
  return answers;
}

async function askOption(
  title: string,
  name: string,
  option: Option<unknown>,
  value: unknown,
): Promise<unknown> {
  const { type, choices, choiceDescriptions, description = name } = option;
  const placeHolder = vscode.l10n.t(description);
  if (type === 'boolean') {
    const rows = [
      { answer: true, label: vscode.l10n.t('Yes') },
      { answer: false, label: vscode.l10n.t('No') },
    ];
    // The first row is what Enter takes.
    return (await pickRow(value === true ? rows : rows.toReversed(), { title, placeHolder }))?.answer;
  }
  if (choices !== undefined) {
    const rows = choices.map((one) => {
      const detail = choiceDescriptions?.[one];
      return { label: one, ...(detail === undefined ? {} : { detail: vscode.l10n.t(detail) }) };
    });
    return (await pickRow(rows, { title, placeHolder }))?.label;
  }
  const parse = (text: string): unknown =>
    type === 'string' ? text : text.trim() === '' ? NaN : Number(text.trim().replace(',', '.'));
  const text = await askText({
    prompt: placeHolder,
    value: String(value),
    validateInput: (typed) => (option.accepts(parse(typed)) ? undefined : messageText(adviceFor(option))),
  });
  return text === undefined ? undefined : parse(text);
}

/** Where and how to write an adapter. */
export interface Target {
  /** The new folder; undefined: beside the original. */
  readonly out: string | undefined;
  readonly bakeScale: boolean;
}

/**
 * Asks where to write the pruned adapter and, if it changes anything, whether to write alpha and rank into the weights.
 * @param modules those to leave out
 * @param given the answer unless the user changes it; the scale can only be written if modules are removed
 * @returns undefined: the user canceled
 */
export function askTarget(
  state: AdapterState,
  modules: readonly string[],
  given: Readonly<Record<string, unknown>>,
): Promise<Target | undefined> {
  const { adapter, document, stale, verdicts } = state;
  const title = vscode.l10n.t(
    'SPLoRA: Write {0} without {1} of {2} modules',
    adapterLabel(adapter),
    formatCount(modules.length),
    formatCount(verdicts.length),
  );
  const spread = document === null || given['mode'] !== 'remove' ? undefined : spreadText(document, modules);
  return askPlace(adapter, title, { stale, spread, bake: given['bakeScale'] === true });
}

/** Asks where to write. Undefined: the user canceled. */
export async function askPlace(
  adapter: string,
  title: string,
  pruned: {
    readonly stale?: string | null;
    readonly spread?: string | undefined;
    readonly bake?: boolean;
    readonly suffix?: string;
  } = {},
): Promise<Target | undefined> {
  const { stale = null, spread, suffix } = pruned;
  const beside = firstFree(siblingNames(path.dirname(adapter), suffix));
  const hint = vscode.l10n.t('Where do you want to write it? Nothing is overwritten.');
  const placeHolder = stale === null ? hint : `${hint} ${staleText(stale)}`;
  let bakeScale = pruned.bake === true;
  for (;;) {
    const rows = items(beside, spread, bakeScale);
    const picked = await pickRow(rows, { title, placeHolder, ignoreFocusOut: true });
    if (picked?.choice === undefined) return undefined;
    if (picked.choice === 'beside') return { out: undefined, bakeScale };
    if (picked.choice === 'elsewhere') {
      const out = await askFolder(path.basename(beside));
      return out === undefined ? undefined : { out, bakeScale };
    }
    bakeScale = !bakeScale;
  }
}

/** A new folder of the given name in one that the user picks. */
export async function askFolder(name: string): Promise<string | undefined> {
  const title = vscode.l10n.t('Choose a Folder for {0}', name);
  const parent = await pickFolder(title, vscode.l10n.t('Write Here'));
  return parent === undefined ? undefined : path.join(parent, name);
}

type Item = Row & { readonly choice?: 'beside' | 'elsewhere' | 'bake' };

function items(beside: string, spread: string | undefined, bake: boolean): Item[] {
  const places: Item[] = [
    {
      icon: 'new-folder',
      label: path.basename(beside),
      description: vscode.l10n.t('beside the original'),
      detail: beside,
      choice: 'beside',
    },
    { icon: 'folder-opened', label: vscode.l10n.t('In Another Folder…'), choice: 'elsewhere' },
  ];
  if (spread === undefined) return places;
  const separator = { label: vscode.l10n.t('Option'), kind: vscode.QuickPickItemKind.Separator };
  const option: Item = {
    icon: bake ? 'pass-filled' : 'circle-large-outline',
    label: vscode.l10n.t('Bake Scale into Weights'),
    description: bake ? vscode.l10n.t('on') : vscode.l10n.t('off'),
    detail: `${spread} ${vscode.l10n.t('For loaders that ignore alpha_pattern and rank_pattern (mlx-lm, older vLLM). What the adapter does stays the same; the file may grow.')}`,
    choice: 'bake',
  };
  return [...places, separator, option];
}

/**
 * How the modules that stay differ in rank, else in scale; undefined if not at all. Ranks come first: if they differ,
 * scales of alpha / r do too.
 */
function spreadText(document: AnalysisDocument, gone: readonly string[]): string | undefined {
  const without = new Set(gone);
  const kept = document.modules.filter((result) => isPair(result) && !without.has(result.module));
  const ranks = extremes(kept.map(({ rank }) => rank));
  if (ranks[0] !== ranks[1])
    return vscode.l10n.t('The kept modules differ in rank ({0} to {1}).', ...ranks.map(formatCount));
  const scales = extremes(kept.map(({ scale }) => scale));
  if (scales[0] === scales[1]) return undefined;
  const rounded = scales.map((scale) => Number(scale.toPrecision(4)));
  return vscode.l10n.t('The kept modules differ in scale ({0} to {1}).', ...rounded);
}

/** Not by Math.min(...): an adapter can have more modules than a call takes arguments. */
function extremes([first = 0, ...others]: readonly number[]): readonly number[] {
  return [others.reduce((x, y) => Math.min(x, y), first), others.reduce((x, y) => Math.max(x, y), first)];
}
