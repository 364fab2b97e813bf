import type { ScoreName } from '../../src/core/ediem/types';
import { RANKING_SCORES, SCORE_NAMES, scoreInfo } from '../../src/core/report/scores';
import { termInfo, type TermId } from '../../src/core/report/terms';
import { Cut } from '../../src/core/selection/cut';
import { orderOf } from '../../src/core/selection/select';
import type { Rule } from '../../src/core/selection/types';
import { choice, disable, postButton, textField, type Choice } from '../controls';
import { element, link, setText, show } from '../dom';
import type { PageModel } from '../model/page';
import { parseValue, ruleValue, stepRule } from '../model/ruleValue';
import { text, translated, type StringKey } from '../strings';
import type { Post, View } from './view';

const KINDS = {
  top: 'ruleTop',
  threshold: 'ruleThreshold',
  fraction: 'ruleFraction',
  none: 'ruleNone',
} as const;
const ORDERS = { largest: 'orderLargest', smallest: 'orderSmallest' } as const;
const POPULATIONS = { shape: 'populationShape', type: 'populationType', all: 'populationAll' } as const;
const SCALES = { effective: 'scaleEffective', none: 'scaleNone' } as const;
const VALUES = {
  top: { label: 'valueTop', bad: 'badValueTop' },
  threshold: { label: 'valueThreshold', bad: 'badValueThreshold' },
  fraction: { label: 'valueFraction', bad: 'badValueFraction' },
} as const;
/** What a rule starts with if there is no cut to carry over: the paper's default. */
const DEFAULT_TOP = 10;

/** How many modules are selected, by which score, and what scores are compared with. */
export function ruleBarView(model: PageModel, post: Post): View {
  const rule = new RuleFields(model);
  const rankBy = choice(text('rankBy'), rankChoices(), (score) => model.setSelection({ rankBy: score }));
  const order = choice(text('order'), choices(ORDERS), (chosen) => model.setSelection({ order: chosen }));
  const population = choice(text('population'), choices(POPULATIONS), (chosen) =>
    post({ type: 'setOptions', change: { population: chosen } }),
  );
  const scale = choice(text('scale'), choices(SCALES), (chosen) =>
    post({ type: 'setOptions', change: { scale: chosen } }),
  );
  const fields = [rankBy, order, population, scale].map(({ field }) => field);
  const reset = postButton(post, 'resetToRule', 'resetToRule');
  const unpinAll = postButton(post, 'unpinAll', 'unpinAll');
  reset.title = text('resetToRuleTip');
  rule.kind.title = meaningOf('rule');
  order.field.title = meaningOf('ranking');
  population.field.title = meaningOf('population');
  scale.field.title = meaningOf('scale');
  const meaning = element('span', {});
  const formula = link(text('formula'), () =>
    post({ type: 'explain', term: model.selection?.rankBy ?? 'ranking' }),
  );
  const explained = element('p', { class: 'note rule-note' }, meaning, ' ', formula);
  const attributes = { class: 'rule-bar', 'aria-label': text('ruleHeading') };
  const undoing = element('div', { class: 'rule-actions' }, reset, unpinAll);
  return {
    element: element('section', attributes, ...rule.fields, ...fields, undoing, explained),
    update: ({ document: result, selection, run }, dirty) => {
      if (result === null || selection === null || !(dirty.data || dirty.selection || dirty.run)) return;
      rule.show(selection.rule, model.ranking(selection).cut);
      rankBy.show(selection.rankBy);
      setText(meaning, translated(scoreInfo[selection.rankBy].description));
      order.show(orderOf(selection));
      population.show(result.options.population);
      scale.show(result.options.scale);
      const { keep, prune } = selection.pins;
      const whyNot = keep.length + prune.length === 0 ? text('whyNoPins') : null;
      disable(unpinAll, whyNot, text('unpinAllTip'));
      for (const option of [population, scale]) option.setDisabled(run.kind === 'running');
    },
  };
}

/** The kind of rule and its number. */
class RuleFields {
  readonly fields: readonly HTMLElement[];
  readonly kind: HTMLElement;
  readonly #model: PageModel;
  readonly #kind = choice(text('rule'), choices(KINDS), (kind) => this.#set(this.#ruleOfKind(kind)));
  readonly #value = textField({
    label: text('valueTop'),
    when: 'commit',
    onChange: (typed) => this.#set(this.#parse(typed)),
    // Also from text that is not committed.
    onStep: (direction, typed) => {
      const from = typed === null ? this.#rule : this.#parse(typed);
      this.#set(from === null ? null : stepRule(from, direction, this.#cut));
    },
  });
  #rule: Rule = { kind: 'none' };
  #cut = new Cut([], 'largest');

  constructor(model: PageModel) {
    this.#model = model;
    this.#value.field.classList.add('narrow-field');
    this.kind = this.#kind.field;
    this.fields = [this.kind, this.#value.field];
  }

  show(rule: Rule, cut = this.#cut): void {
    this.#rule = rule;
    this.#cut = cut;
    this.#kind.show(rule.kind);
    show(this.#value.field, rule.kind !== 'none');
    if (rule.kind === 'none') return;
    this.#value.setLabel(text(VALUES[rule.kind].label));
    this.#value.show(ruleValue(rule));
  }

  /** The current kind of rule with a typed number; an invalid one stays, to be corrected, and gives null. */
  #parse(typed: string): Rule | null {
    const { kind } = this.#rule;
    if (kind === 'none') return null;
    const rule = parseValue(kind, typed, this.#cut.size);
    if (rule === null) this.#value.setProblem(text(VALUES[kind].bad, this.#cut.size));
    return rule;
  }

  /** A rule of another kind that takes the same modules. */
  #ruleOfKind(kind: Rule['kind']): Rule {
    if (kind === 'none') return { kind };
    const { size } = this.#cut;
    const count = this.#rule.kind === 'none' ? Math.min(DEFAULT_TOP, size) : this.#cut.count(this.#rule);
    return this.#cut.ruleOfCount(kind, count);
  }

  #set(rule: Rule | null): void {
    if (rule === null) return;
    this.#value.setProblem(null);
    this.show(rule);
    this.#model.setSelection({ rule });
  }
}

const meaningOf = (id: TermId): string => translated(termInfo(id).description);

/** @param keys value -> key of its text */
function choices<T extends string>(keys: Readonly<Record<T, StringKey>>): Choice<T>[] {
  return (Object.keys(keys) as T[]).map((value) => ({ value, label: text(keys[value]) }));
}

function rankChoices(): Choice<ScoreName>[] {
  const others = SCORE_NAMES.filter((name) => !RANKING_SCORES.some((ranking) => ranking === name));
  return [...RANKING_SCORES, ...others].map((value) => ({
    value,
    label: translated(scoreInfo[value].label),
  }));
}
