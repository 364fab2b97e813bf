import type { ScoreName } from '../../src/core/ediem/types';
import { RANKING_SCORES, SCORE_NAMES, scoreInfo } from '../../src/core/report/scores';
import { orderOf } from '../../src/core/selection/select';
import type { Order, Rule } from '../../src/core/selection/types';
import { choice, textField, type Choice, type ChoiceControl, type TextControl } from '../controls';
import { element, show } from '../dom';
import { Cut } from '../../src/core/selection/cut';
import type { Dirty, PageModel } from '../model/page';
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
const VALUE_LABELS: Readonly<Record<Exclude<Rule['kind'], 'none'>, { label: StringKey; bad: StringKey }>> = {
  top: { label: 'valueTop', bad: 'badValueTop' },
  threshold: { label: 'valueThreshold', bad: 'badValueThreshold' },
  fraction: { label: 'valueFraction', bad: 'badValueFraction' },
};
/** What a rule starts with if there is no cut to carry over: the paper's default. */
const DEFAULT_TOP = 10;

/** How many modules are pruned, by which score, and what scores are compared with. */
export class RuleBarView implements View {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #kind: ChoiceControl<Rule['kind']>;
  readonly #value: TextControl;
  readonly #rankBy: ChoiceControl<ScoreName>;
  readonly #order: ChoiceControl<Order>;
  readonly #population: ChoiceControl<'shape' | 'type' | 'all'>;
  readonly #scale: ChoiceControl<'effective' | 'none'>;
  #rule: Rule = { kind: 'none' };
  #cut = new Cut([], 'largest');

  constructor(model: PageModel, post: Post) {
    this.#model = model;
    this.#kind = choice(text('rule'), labelled(KINDS), (kind) => this.#setRule(this.#ruleOfKind(kind)));
    this.#value = textField({
      label: text('valueTop'),
      when: 'commit',
      onChange: (typed) => this.#commit(typed),
      onStep: (direction, typed) => this.#step(direction, typed),
    });
    this.#rankBy = choice(text('rankBy'), rankChoices(), (rankBy) => model.setSelection({ rankBy }));
    this.#order = choice(text('order'), labelled(ORDERS), (order) => model.setSelection({ order }));
    this.#population = choice(text('population'), labelled(POPULATIONS), (population) =>
      post({ type: 'setOptions', change: { population } }),
    );
    this.#scale = choice(text('scale'), labelled(SCALES), (scale) =>
      post({ type: 'setOptions', change: { scale } }),
    );
    this.#value.field.classList.add('narrow-field');
    const fields = [this.#kind, this.#value, this.#rankBy, this.#order, this.#population, this.#scale];
    const attributes = { class: 'rule-bar', 'aria-label': text('ruleHeading') };
    this.element = element('section', attributes, ...fields.map(({ field }) => field));
  }

  update(model: PageModel, dirty: Dirty): void {
    const { document: result, selection } = model;
    if (result === null || selection === null || !(dirty.data || dirty.selection || dirty.run)) return;
    this.#cut = model.ranking(selection).cut;
    this.#rule = selection.rule;
    this.#kind.show(selection.rule.kind);
    this.#rankBy.show(selection.rankBy);
    this.#order.show(orderOf(selection));
    this.#showValue(selection.rule);
    this.#population.show(result.options.population);
    this.#scale.show(result.options.scale);
    const running = model.run.kind === 'running';
    this.#population.setDisabled(running);
    this.#scale.setDisabled(running);
  }

  #showValue(rule: Rule): void {
    show(this.#value.field, rule.kind !== 'none');
    if (rule.kind === 'none') return;
    this.#value.setLabel(text(VALUE_LABELS[rule.kind].label));
    this.#value.show(ruleValue(rule));
  }

  #commit(typed: string): void {
    const rule = this.#typedRule(typed);
    if (rule !== null) this.#setRule(rule);
  }

  /** Also from text that is not committed. Invalid text stays, to be corrected. */
  #step(direction: 1 | -1, typed: string | null): void {
    const from = typed === null ? this.#rule : this.#typedRule(typed);
    if (from !== null) this.#setRule(stepRule(from, direction, this.#cut));
  }

  /** The current kind of rule with a typed value; an invalid value shows a problem and gives null. */
  #typedRule(typed: string): Rule | null {
    const { kind } = this.#rule;
    if (kind === 'none') return null;
    const rule = parseValue(kind, typed, this.#cut.size);
    if (rule === null) this.#value.setProblem(text(VALUE_LABELS[kind].bad, this.#cut.size));
    return rule;
  }

  /** A rule of another kind that takes the same modules. */
  #ruleOfKind(kind: Rule['kind']): Rule {
    if (kind === 'none') return { kind };
    const count =
      this.#rule.kind === 'none' ? Math.min(DEFAULT_TOP, this.#cut.size) : this.#cut.count(this.#rule);
    return this.#cut.ruleOfCount(kind, count);
  }

  #setRule(rule: Rule): void {
    this.#rule = rule;
    this.#value.setProblem(null);
    this.#showValue(rule);
    this.#model.setSelection({ rule });
  }
}

/** @param keys value -> key of its text */
function labelled<T extends string>(keys: Readonly<Record<T, StringKey>>): Choice<T>[] {
  return (Object.keys(keys) as T[]).map((value) => ({ value, label: text(keys[value]) }));
}

function rankChoices(): Choice<ScoreName>[] {
  const others = SCORE_NAMES.filter((name) => !RANKING_SCORES.some((ranking) => ranking === name));
  return [...RANKING_SCORES, ...others].map((value) => ({
    value,
    label: translated(scoreInfo[value].label),
  }));
}
