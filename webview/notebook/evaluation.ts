import { headline } from '../../src/core/evidence/headline';
import type { EvaluationDocument } from '../../src/core/results/evaluation/types';
import { panelBehavior, panelPrompt } from '../../src/protocol/panelBehavior';
import { aboutText } from '../behavior/about';
import { BehaviorModel } from '../behavior/model';
import { NumbersView } from '../behavior/numbers';
import { PlotView } from '../behavior/plot';
import { promptGrid } from '../behavior/promptGrid';
import { element } from '../dom';
import { text } from '../strings';
import { onceAFrame } from './frames';
import { outputHead } from './head';

/** The plot, the numbers and the prompts with what became of them. Answers are not shown. */
export function evaluationOutput(document: EvaluationDocument): readonly HTMLElement[] {
  const behavior = panelBehavior(document, (english) => english);
  const [plot, numbers] = [new PlotView(), new NumbersView()];
  numbers.update(behavior);
  const model = new BehaviorModel(onceAFrame(() => grid.show(model.columns, model.rows, model.view.sort)));
  const prompts = document.rows.map(panelPrompt);
  model.apply({ type: 'behavior', behavior, stale: null, prompts, restart: true });
  model.setView({ filter: { text: '', show: 'all' } });
  const grid = promptGrid(model, { label: text('behaviorHeading') });
  requestAnimationFrame(() => plot.update(behavior));
  return [
    outputHead(document, headline(null, document, 'ediemIqr')),
    element('div', { class: 'behavior-row' }, plot.element, numbers.element),
    element('p', { class: 'note behavior-about' }, aboutText(behavior)),
    grid.element,
  ];
}
