import * as vscode from 'vscode';
import { isPair } from '../../core/report/analysis';
import { formatScore, scoreInfo } from '../../core/report/scores';
import { parseCount } from '../../core/selection/parseCount';
import { ruleNumber, ruleOf } from '../../core/selection/rule';
import type { Rule, SelectionOptions } from '../../core/selection/types';
import { formatCount } from '../format';
import { scoreLabel } from '../hover/wording';
import { parseSetting, RANKABLE_SCORES, SETTINGS, type RuleKind } from '../settingDefinitions';
import type { AdapterState } from '../state/types';
import { askText, pickRow, type Row } from '../windowText';
import type { OptionsOf } from '../commandTable';
import { notify } from '../errors/showError';
import type { Services } from '../services';
import type { Invocation } from './call';

/** Asks unless options were given, be it none. @returns the selection as it is afterwards */
export async function changeRule(
  services: Services,
  adapter: string,
  { given, options }: Invocation<OptionsOf<'changeRule'>>,
): Promise<SelectionOptions | undefined> {
  const state = services.store.get(adapter);
  if (state === undefined) return undefined;
  if (given === undefined && state.document === null) {
    notify('Information', services.log, vscode.l10n.t('This adapter has no scores yet. Analyze it first.'));
    return undefined;
  }
  const change = given === undefined ? await askRule(state) : options;
  if (change !== undefined) services.store.setSelection(state.adapter, change);
  return services.store.get(state.adapter)?.selection;
}

type Change = Partial<Pick<SelectionOptions, 'rule' | 'rankBy'>>;

/** Asks for a rule or a score to rank by. Undefined: the user canceled. */
async function askRule(state: AdapterState): Promise<Change | undefined> {
  const { rankBy } = state.selection;
  const items: readonly (Row & { readonly choice: RuleKind | 'rankBy' })[] = [
    {
      choice: 'top',
      label: vscode.l10n.t('Top k'),
      description: vscode.l10n.t('the first k modules of the ranking'),
    },
    {
      choice: 'threshold',
      label: vscode.l10n.t('Threshold'),
      description: vscode.l10n.t('modules beyond a value of the score'),
    },
    {
      choice: 'fraction',
      label: vscode.l10n.t('Fraction'),
      description: vscode.l10n.t('a fraction of the active modules'),
    },
    {
      choice: 'none',
      label: vscode.l10n.t('Pins only'),
      description: vscode.l10n.t('only modules pinned by hand'),
    },
    {
      choice: 'rankBy',
      label: vscode.l10n.t('Rank by another score…'),
      description: vscode.l10n.t('currently {0}', scoreLabel(rankBy)),
    },
  ];
  const title = vscode.l10n.t('SPLoRA: Change Selection Rule');
  const picked = await pickRow(items, {
    title,
    placeHolder: vscode.l10n.t('Which modules do you want to prune?'),
  });
  if (picked === undefined) return undefined;
  if (picked.choice === 'rankBy') return askScore();
  const rule = await askNumber(picked.choice, state);
  return rule === undefined ? undefined : { rule };
}

async function askScore(): Promise<Change | undefined> {
  const items = RANKABLE_SCORES.map((score) => ({
    score,
    label: scoreLabel(score),
    detail: vscode.l10n.t(scoreInfo[score].description),
  }));
  const placeHolder = vscode.l10n.t('Rank modules by which score?');
  const picked = await pickRow(items, { placeHolder });
  return picked === undefined ? undefined : { rankBy: picked.score };
}

async function askNumber(kind: RuleKind, state: AdapterState): Promise<Rule | undefined> {
  if (kind === 'none') return { kind };
  const now = state.selection.rule;
  const value = now.kind === kind ? ruleNumber(now) : SETTINGS[`rule.${kind}`].default;
  const prompts = {
    top: vscode.l10n.t(
      'How many modules do you want to prune? The adapter has {0}.',
      formatCount(state.verdicts.length),
    ),
    threshold: vscode.l10n.t(
      'Prune modules beyond which {0}? {1}',
      scoreLabel(state.selection.rankBy),
      range(state),
    ),
    fraction: vscode.l10n.t('What fraction of the active modules do you want to prune (0 to 1)?'),
  };
  const problems = {
    top: vscode.l10n.t('Enter a whole number of at least 1.'),
    threshold: vscode.l10n.t('Enter a number.'),
    fraction: vscode.l10n.t('Enter a number from 0 to 1.'),
  };
  const text = await askText({
    prompt: prompts[kind],
    value: String(value),
    validateInput: (typed) => (ruleFrom(kind, typed) === undefined ? problems[kind] : undefined),
  });
  return text === undefined ? undefined : ruleFrom(kind, text);
}

function ruleFrom(kind: Exclude<RuleKind, 'none'>, typed: string): Rule | undefined {
  // Many languages write a comma.
  const decimal = typed.trim() === '' ? NaN : Number(typed.trim().replace(',', '.'));
  const value = kind === 'top' ? parseCount(typed) : decimal;
  return ruleOf(kind, parseSetting(`rule.${kind}`, value));
}

/** The range of the scores, so that a threshold is no guess. */
function range(state: AdapterState): string {
  const { rankBy } = state.selection;
  const values = (state.document?.modules ?? []).flatMap((result) =>
    result.status === 'scored' && isPair(result) ? [result[rankBy]] : [],
  );
  if (values.length === 0) return '';
  const lowest = values.reduce((x, y) => Math.min(x, y));
  const highest = values.reduce((x, y) => Math.max(x, y));
  return vscode.l10n.t(
    'The scores range from {0} to {1}.',
    formatScore(rankBy, lowest),
    formatScore(rankBy, highest),
  );
}
