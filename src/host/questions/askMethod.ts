import * as vscode from 'vscode';
import { METHODS } from '../../methods';
import type { RepairMethod } from '../../methods/types';
import type { Option } from '../../core/options';
import { adapterLabel } from '../format';
import { askText, pickRow } from '../windowText';

/** Undefined: the user canceled. */
export async function askMethod(adapter: string): Promise<RepairMethod | undefined> {
  const rows = METHODS.map((method) => ({
    method,
    label: vscode.l10n.t(method.title),
    detail: vscode.l10n.t(method.summary),
  }));
  const title = vscode.l10n.t('SPLoRA: Repair {0}', adapterLabel(adapter));
  return (await pickRow(rows, { title, placeHolder: vscode.l10n.t('By which method?') }))?.method;
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
    validateInput: (typed) => (option.accepts(parse(typed)) ? undefined : invalid(option)),
  });
  return text === undefined ? undefined : parse(text);
}

function invalid({ minimum, maximum, example }: Option<unknown>): string {
  if (minimum !== undefined && maximum !== undefined)
    return vscode.l10n.t('Give a number from {0} to {1}.', minimum, maximum);
  return example === undefined
    ? vscode.l10n.t('Invalid value.')
    : vscode.l10n.t('Give a value such as {0}.', example);
}
