import { isRecord } from '../record';
import type { Rule } from './types';

export const RULE_KINDS = ['top', 'threshold', 'fraction', 'none'] as const satisfies readonly Rule['kind'][];

/**
 * The rule of a kind with its number; undefined if the number is invalid: `top` takes a whole number from 0, `threshold`
 * any finite number, `fraction` a number from 0 to 1, `none` nothing.
 */
export function ruleOf(kind: Rule['kind'], value: unknown): Rule | undefined {
  if (kind === 'none') return { kind };
  if (typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  switch (kind) {
    case 'top':
      return Number.isSafeInteger(value) && value >= 0 ? { kind, k: value } : undefined;
    case 'threshold':
      return { kind, threshold: value };
    case 'fraction':
      return value >= 0 && value <= 1 ? { kind, fraction: value } : undefined;
  }
}

/** The number of a rule. */
export function ruleNumber(rule: Exclude<Rule, { kind: 'none' }>): number {
  return rule.kind === 'top' ? rule.k : rule.kind === 'threshold' ? rule.threshold : rule.fraction;
}

/** A rule from outside (page, memory, file); undefined if it is invalid. */
export function parseRule(value: unknown): Rule | undefined {
  if (!isRecord(value)) return undefined;
  const kind = RULE_KINDS.find((one) => one === value['kind']);
  if (kind === undefined) return undefined;
  return ruleOf(kind, value[{ top: 'k', threshold: 'threshold', fraction: 'fraction', none: '' }[kind]]);
}
