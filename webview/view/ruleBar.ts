import type { ScoreName } from '../../src/core/ediem/types';
import { RANKING_SCORES, SCORE_NAMES, scoreInfo } from '../../src/core/report/scores';
import { orderOf } from '../../src/core/selection/select';
import type { Order, Rule, SelectionOptions } from '../../src/core/selection/types';
import { choice, textField, type Choice, type ChoiceControl, type TextControl } from '../controls';
import { element, show } from '../dom';
import { Cut } from '../../src/core/selection/cut';
import type { Dirty, PageModel } from '../model/page';
import { parseValue, ruleValue, stepRule } from '../model/ruleValue';
import { text, translated, type StringKey } from '../strings';
import type { Post, View } from './view';

const KINDS: readonly Rule['kind'][] = ['top', 'threshold', 'fraction', 'none'];
const KIND_LABELS: Readonly<Record<Rule['kind'], StringKey>> = {
  top: 'ruleTop',
  threshold: 'ruleThreshold',
  fraction: 'ruleFraction',
  none: 'ruleNone',
};
const VALUE_LABELS: Readonly<Record<Exclude<Rule['kind'], 'none'>, { label: StringKey; bad: StringKey }>> = {
  top: { label: 'valueTop', bad: 'badValueTop' },
  threshold: { label: 'valueThreshold', bad: 'badValueThreshold' },
  fraction: { label: 'valueFraction', bad: 'badValueFraction' },
};
/** What a rule of some kind starts with when the cut cannot be carried over: the default of the method's notes. */
const DEFAULT_TOP = 10;

/** How many modules go, by which score, and what scores are measured against. */
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
    const kinds = KINDS.map((value) => ({ value, label: text(KIND_LABELS[value]) }));
    this.#kind = choice(text('rule'), kinds, (kind) => this.#setRule(this.#ruleOfKind(kind)));
    this.#value = textField({
      label: text('valueTop'),
      when: 'commit',
      onChange: (typed) => this.#commit(typed),
      onStep: (direction, typed) => this.#step(direction, typed),
    });
    this.#rankBy = choice(text('rankBy'), rankChoices(), (rankBy) => {
      this.#model.setSelection({ rankBy });
    });
    this.#order = choice<Order>(
      text('order'),
      [
        { value: 'largest', label: text('orderLargest') },
        { value: 'smallest', label: text('orderSmallest') },
      ],
      (order) => this.#model.setSelection({ order }),
    );
    this.#population = choice(
      text('population'),
      [
        { value: 'shape', label: text('populationShape') },
        { value: 'type', label: text('populationType') },
        { value: 'all', label: text('populationAll') },
      ],
      (population) => post({ type: 'setOptions', change: { population } }),
    );
    this.#scale = choice(
      text('scale'),
      [
        { value: 'effective', label: text('scaleEffective') },
        { value: 'none', label: text('scaleNone') },
      ],
      (scale) => post({ type: 'setOptions', change: { scale } }),
    );
    this.#value.field.classList.add('narrow-field');
    const fields = [this.#kind, this.#value, this.#rankBy, this.#order, this.#population, this.#scale];
    this.element = element('section', {
      class: 'rule-bar',
      attributes: { 'aria-label': text('ruleHeading') },
      children: fields.map(({ field }) => field),
    });
  }

  update(model: PageModel, dirty: Dirty): void {
    const { document: result, selection } = model;
    if (result === null || selection === null || !(dirty.data || dirty.selection || dirty.run)) return;
    this.#cut = model.ranking(selection).cut;
    this.#adopt(selection);
    this.#population.show(result.options.population);
    this.#scale.show(result.options.scale);
    const running = model.run.kind === 'running';
    this.#population.setDisabled(running);
    this.#scale.setDisabled(running);
  }

  #adopt(selection: SelectionOptions): void {
    const { rule, rankBy } = selection;
    this.#rule = rule;
    this.#kind.show(rule.kind);
    this.#rankBy.show(rankBy);
    this.#order.show(orderOf(selection));
    this.#showValue(rule);
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

  /** From what was typed, though it was not committed. What is no value stays to be mended. */
  #step(direction: 1 | -1, typed: string | null): void {
    const from = typed === null ? this.#rule : this.#typedRule(typed);
    if (from !== null) this.#setRule(stepRule(from, direction, this.#cut));
  }

  /** The rule of this kind with a typed value; null, and said so, where there is none. */
  #typedRule(typed: string): Rule | null {
    const { kind } = this.#rule;
    if (kind === 'none') return null;
    const rule = parseValue(kind, typed, this.#cut.size);
    if (rule === null) this.#value.setProblem(text(VALUE_LABELS[kind].bad, this.#cut.size));
    return rule;
  }

  /** Another kind of rule that takes the modules that the present one takes. */
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

function rankChoices(): Choice<ScoreName>[] {
  const others = SCORE_NAMES.filter((name) => !RANKING_SCORES.some((ranking) => ranking === name));
  return [...RANKING_SCORES, ...others].map((value) => ({
    value,
    label: translated(scoreInfo[value].label),
  }));
}
