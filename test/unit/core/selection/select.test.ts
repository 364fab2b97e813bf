import assert from 'node:assert/strict';
import fc from 'fast-check';
import { naturalCompare } from '../../../../src/core/adapter/names';
import type { ModuleResult } from '../../../../src/core/report/analysis';
import { naturalOrder, select, validateSelection } from '../../../../src/core/selection/select';
import type { Order, Rule, SelectionOptions } from '../../../../src/core/selection/types';
import { replaced, scored, unscored } from '../../../support/analysisDocument';
import { thrownData } from '../../../support/rejection';
import { english } from '../../../support/english';
import { say } from '../../../../src/core/message';

const NO_PINS = { keep: [], prune: [] };
const options = (rule: Rule, more: Partial<SelectionOptions> = {}): SelectionOptions => ({
  rule,
  rankBy: 'ediemIqr',
  pins: NO_PINS,
  ...more,
});
const pruned = (modules: readonly ModuleResult[], chosen: SelectionOptions): string[] =>
  select(modules, chosen)
    .filter(({ verdict }) => verdict === 'prune')
    .map(({ module }) => module);

const withScores = (...values: readonly number[]): ModuleResult[] =>
  values.map((ediemIqr, i) => scored(`m.${i}`, { ediemIqr }));

/** Distinct names, coarse scores so that ties are common, and some modules without a score. */
const someModules = fc
  .array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.boolean()), { maxLength: 24 })
  .map((list) =>
    list.map(([value, active], i) =>
      active
        ? scored(`layers.${i}.q`, { ediemIqr: value / 2, cosine: value / 4 })
        : unscored(`layers.${i}.q`, 'inactive', say('B = 0')),
    ),
  );
const someRule: fc.Arbitrary<Rule> = fc.oneof(
  fc.nat(30).map((k): Rule => ({ kind: 'top', k })),
  fc.integer({ min: -4, max: 4 }).map((t): Rule => ({ kind: 'threshold', threshold: t / 2 })),
  fc.double({ min: 0, max: 1, noNaN: true }).map((fraction): Rule => ({ kind: 'fraction', fraction })),
  fc.constant<Rule>({ kind: 'none' }),
);
const someOrder = fc.constantFrom<Order | undefined>(undefined, 'largest', 'smallest');

describe('select', () => {
  it('no rule takes or counts a replaced weight, a pin does', () => {
    const modules = [...withScores(1, 2), replaced('head.weight', { ediemIqr: 9 })];
    for (const rule of [
      { kind: 'top', k: 3 },
      { kind: 'threshold', threshold: 0 },
      { kind: 'fraction', fraction: 1 },
    ] as const)
      assert.deepEqual(pruned(modules, options(rule)), ['m.0', 'm.1']);
    assert.deepEqual(select(modules, options({ kind: 'top', k: 1 }))[2], {
      module: 'head.weight',
      verdict: 'keep',
      by: 'rule',
      rankPosition: null,
    });
    const pins = { keep: [], prune: ['head.weight'] };
    assert.deepEqual(pruned(modules, options({ kind: 'top', k: 1 }, { pins })), ['m.1', 'head.weight']);
  });

  it('a fraction counts active modules and rounds to the nearest whole, halves up', () => {
    const ten = withScores(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const inactive = [unscored('z.0', 'inactive', say('B = 0')), unscored('z.1', 'unmatched', say('none'))];
    const count = (fraction: number): number =>
      pruned([...ten, ...inactive], options({ kind: 'fraction', fraction })).length;
    assert.deepEqual([0, 0.04, 0.05, 0.25, 0.29, 1].map(count), [0, 0, 1, 3, 3, 10]);
  });

  it('cosine and retained go smallest first, all others largest first', () => {
    assert.equal(naturalOrder('cosine'), 'smallest');
    assert.equal(naturalOrder('retained'), 'smallest');
    for (const score of [
      'ediemIqr',
      'ediemStd',
      'reversal',
      'relativeDistance',
      'distance',
      'updateNorm',
    ] as const) {
      assert.equal(naturalOrder(score), 'largest');
    }
    const two = [scored('a', { cosine: 0.9 }), scored('b', { cosine: 0.1 })];
    assert.deepEqual(pruned(two, options({ kind: 'top', k: 1 }, { rankBy: 'cosine' })), ['b']);
  });

  it('pins win over the rule, also for modules without a score', () => {
    const modules = [
      ...withScores(1, 5, 3),
      unscored('u', 'unsupported', say('DoRA')),
      unscored('v', 'inactive', say('B = 0')),
    ];
    const verdicts = select(
      modules,
      options({ kind: 'top', k: 1 }, { pins: { keep: ['m.1'], prune: ['m.0', 'u'] } }),
    );
    assert.deepEqual(verdicts, [
      { module: 'm.0', verdict: 'prune', by: 'pin', rankPosition: 3 },
      { module: 'm.1', verdict: 'keep', by: 'pin', rankPosition: 1 },
      { module: 'm.2', verdict: 'keep', by: 'rule', rankPosition: 2 },
      { module: 'u', verdict: 'prune', by: 'pin', rankPosition: null },
      { module: 'v', verdict: 'keep', by: 'unscored', rankPosition: null },
    ]);
  });

  it('removes exactly what the rule says, whatever the scores, ties and order', () => {
    fc.assert(
      fc.property(someModules, someRule, someOrder, (modules, rule, order) => {
        const verdicts = select(modules, options(rule, order === undefined ? {} : { order }));
        const active = modules.filter(({ status }) => status === 'scored');
        const going = verdicts.filter(({ verdict }) => verdict === 'prune');
        const sign = order === 'smallest' ? -1 : 1;
        const scores = new Map(active.map((module) => [module.module, sign * (module.ediemIqr ?? 0)]));
        if (rule.kind === 'top') assert.equal(going.length, Math.min(rule.k, active.length));
        if (rule.kind === 'none') assert.equal(going.length, 0);
        if (rule.kind === 'fraction')
          assert.ok(Math.abs(going.length - rule.fraction * active.length) <= 0.5);
        if (rule.kind === 'threshold') {
          for (const { module, verdict } of verdicts) {
            const score = scores.get(module);
            assert.equal(verdict === 'prune', score !== undefined && score >= sign * rule.threshold);
          }
        }
        // No module stays that the ranking puts before one that goes.
        const worstGoing = Math.max(0, ...going.map(({ rankPosition }) => rankPosition ?? Infinity));
        for (const { rankPosition, verdict } of verdicts) {
          if (rankPosition !== null && verdict === 'keep') assert.ok(rankPosition > worstGoing);
        }
      }),
    );
  });

  it('ranks all scored modules 1..n by score, then name, whatever order they come in', () => {
    fc.assert(
      fc.property(someModules, someOrder, fc.nat(), (modules, order, turn) => {
        const chosen = options({ kind: 'top', k: 3 }, order === undefined ? {} : { order });
        const verdicts = select(modules, chosen);
        const ranked = verdicts
          .filter(({ rankPosition }) => rankPosition !== null)
          .sort((a, b) => (a.rankPosition ?? 0) - (b.rankPosition ?? 0));
        assert.deepEqual(
          ranked.map(({ rankPosition }) => rankPosition),
          ranked.map((_, i) => i + 1),
        );
        const scoreOf = new Map(modules.map((module) => [module.module, module.ediemIqr ?? 0]));
        for (let i = 1; i < ranked.length; i++) {
          const [before, after] = [ranked[i - 1]?.module ?? '', ranked[i]?.module ?? ''];
          const difference = (scoreOf.get(before) ?? 0) - (scoreOf.get(after) ?? 0);
          if (difference === 0) assert.ok(naturalCompare(before, after) < 0);
          else assert.ok(order === 'smallest' ? difference < 0 : difference > 0);
        }
        const at = modules.length === 0 ? 0 : turn % modules.length;
        const turned = select([...modules.slice(at), ...modules.slice(0, at)], chosen);
        const byName = new Map(turned.map((verdict) => [verdict.module, verdict]));
        for (const verdict of verdicts) assert.deepEqual(byName.get(verdict.module), verdict);
      }),
    );
  });
});

describe('validateSelection', () => {
  const names = ['model.layers.0.self_attn.q_proj', 'model.layers.1.self_attn.q_proj'];

  it('names an unknown pin and what may have been meant', () => {
    const pins = { keep: [], prune: ['layers.1.self_attn.q_proj'] };
    const error = thrownData(
      () => validateSelection(options({ kind: 'none' }, { pins }), names),
      'bad-request',
      /"layers\.1\.self_attn\.q_proj"/,
    );
    assert.equal(english(error.advice), 'Did you mean "model.layers.1.self_attn.q_proj"?');
  });

  it('refuses a module that is pinned both ways', () => {
    const pins = { keep: names, prune: names.slice(0, 1) };
    thrownData(
      () => validateSelection(options({ kind: 'none' }, { pins }), names),
      'bad-request',
      /both keep and prune/,
    );
  });

  it('refuses numbers that mean nothing', () => {
    const rules: Rule[] = [
      ...[-1, 1.5, NaN, Infinity].map((k): Rule => ({ kind: 'top', k })),
      ...[-0.1, 1.1, NaN].map((fraction): Rule => ({ kind: 'fraction', fraction })),
      ...[NaN, Infinity].map((threshold): Rule => ({ kind: 'threshold', threshold })),
    ];
    for (const rule of rules) thrownData(() => validateSelection(options(rule), names), 'bad-request');
  });
});
