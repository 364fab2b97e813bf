import { parseCount } from '../../src/core/selection/parseCount';
import { ruleOf } from '../../src/core/selection/rule';
import type { Rule } from '../../src/core/selection/types';
import type { Cut } from '../../src/core/selection/cut';

type ValueRule = Exclude<Rule, { kind: 'none' }>;

/** A rule's number as the user edits it; fractions in percent. */
export function ruleValue(rule: ValueRule): string {
  switch (rule.kind) {
    case 'top':
      return String(rule.k);
    case 'threshold':
      return String(Number(rule.threshold.toPrecision(6)));
    case 'fraction':
      return String(Number((rule.fraction * 100).toPrecision(4)));
  }
}

/** The rule for a typed number; null if it is invalid. Accepts decimal commas. */
export function parseValue(kind: ValueRule['kind'], typed: string, modules: number): Rule | null {
  if (kind === 'top') {
    const k = parseCount(typed);
    return k === undefined || k > modules ? null : { kind, k };
  }
  const trimmed = typed.trim().replace(/%$/, '').trimEnd().replace(',', '.').replace('−', '-');
  const value = trimmed === '' ? NaN : Number(trimmed);
  return ruleOf(kind, kind === 'fraction' ? value / 100 : value) ?? null;
}

/** The rule with one module more (+1) or less (-1); percentages step by one. */
export function stepRule(rule: Rule, direction: 1 | -1, cut: Cut): Rule {
  if (rule.kind === 'fraction') {
    const percent = Math.round(rule.fraction * 100) + direction;
    return { kind: 'fraction', fraction: Math.min(100, Math.max(0, percent)) / 100 };
  }
  return cut.ruleOfCount(rule.kind, cut.count(rule) + direction);
}
