import * as vscode from 'vscode';
import { isPair } from '../../core/report/analysis';
import { formatScore, scoreInfo } from '../../core/report/scores';
import { parseCount } from '../../core/selection/parseCount';
import type { Rule, SelectionOptions } from '../../core/selection/types';
import { formatCount } from '../format';
import { scoreLabel } from '../hover/wording';
import { parseSetting, RANKABLE_SCORES, type RuleKind } from '../settingDefinitions';
import type { AdapterState } from '../state/types';
import { askText, pickRow, type Row } from '../windowText';

type Change = Partial<Pick<SelectionOptions, 'rule' | 'rankBy'>>;

/** Asks for a rule or a score to rank by. Undefined: the user canceled. */
export async function askRule(state: AdapterState): Promise<Change | undefined> {
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
      description: vscode.l10n.t('a share of the active modules'),
    },
    {
      choice: 'none',
      label: vscode.l10n.t('Pins only'),
      description: vscode.l10n.t('only modules pinned by hand'),
    },
    {
      choice: 'rankBy',
      label: vscode.l10n.t('Rank by another score…'),
      description: vscode.l10n.t('now: {0}', scoreLabel(rankBy)),
    },
  ];
  const title = vscode.l10n.t('SPLoRA: Change Selection Rule');
  const picked = await pickRow(items, {
    title,
    placeHolder: vscode.l10n.t('Which modules go?'),
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
  const value = now.kind === kind ? numberOf(now) : DEFAULTS[kind];
  const prompts = {
    top: vscode.l10n.t('How many modules go? There are {0}.', formatCount(state.verdicts.length)),
    threshold: vscode.l10n.t(
      'Modules beyond which {0} go? {1}',
      scoreLabel(state.selection.rankBy),
      range(state),
    ),
    fraction: vscode.l10n.t('Which share of the active modules goes, from 0 to 1?'),
  };
  const text = await askText({
    prompt: prompts[kind],
    value: String(value),
    validateInput: (typed) => (ruleFrom(kind, typed) === undefined ? problem(kind) : undefined),
  });
  return text === undefined ? undefined : ruleFrom(kind, text);
}

const DEFAULTS = { top: 10, threshold: 2, fraction: 0.1 } as const;

function numberOf(rule: Exclude<Rule, { kind: 'none' }>): number {
  return rule.kind === 'top' ? rule.k : rule.kind === 'fraction' ? rule.fraction : rule.threshold;
}

function ruleFrom(kind: Exclude<RuleKind, 'none'>, typed: string): Rule | undefined {
  // Many languages write a comma.
  const decimal = typed.trim() === '' ? NaN : Number(typed.trim().replace(',', '.'));
  const value = kind === 'top' ? parseCount(typed) : decimal;
  const valid = parseSetting(`rule.${kind}`, value);
  if (valid === undefined) return undefined;
  switch (kind) {
    case 'top':
      return { kind, k: valid };
    case 'threshold':
      return { kind, threshold: valid };
    case 'fraction':
      return { kind, fraction: valid };
  }
}

function problem(kind: Exclude<RuleKind, 'none'>): string {
  switch (kind) {
    case 'top':
      return vscode.l10n.t('A whole number from 1, please.');
    case 'threshold':
      return vscode.l10n.t('A number, please.');
    case 'fraction':
      return vscode.l10n.t('A number from 0 to 1, please.');
  }
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
    'They lie between {0} and {1}.',
    formatScore(rankBy, lowest),
    formatScore(rankBy, highest),
  );
}
