import { visibleText } from '../../src/core/report/escape';
import { layOut } from '../../src/core/report/heatLayout';
import { formatScore, formatSignificant, scoreInfo } from '../../src/core/report/scores';
import { element } from '../dom';
import { gridOf } from '../model/grid';
import { colourScale, type ColourScale } from '../model/scale';
import { scoreText, trueMinus } from '../model/scoreText';
import { text, translated } from '../strings';
import { HeatGrid } from '../view/heatGrid';
import { mapLegend } from '../view/legend';
import type { ComparisonModel } from './model';

const MAX_CELL = 34;

/** How two adapters differ, as a grid of module types x blocks. */
export class DifferenceMapView {
  readonly element: HTMLElement;
  readonly #model: ComparisonModel;
  readonly #grid: HeatGrid;
  readonly #legend = mapLegend([
    ['step-3 lower', 'legendLower'],
    ['unscored', 'legendNoDifference'],
  ]);
  #laidOut: readonly string[] | null = null;
  #scale: ColourScale | null = null;

  /** @param onShow brings a module into view in the table */
  constructor(model: ComparisonModel, onShow: (module: number) => void) {
    this.#model = model;
    this.#grid = new HeatGrid({
      label: text('differenceMapLabel'),
      maxCell: MAX_CELL,
      cell: (modules) => this.#cell(modules),
      copied: (modules) => {
        const index = this.#farthest(modules);
        const value = this.#valueOf(index);
        const shown = value === null ? text('mapNoDifference') : this.#format(value);
        return `${visibleText(model.content.modules[index] ?? '')}\t${shown}`;
      },
      onOpen: (modules) => {
        const index = this.#farthest(modules);
        model.chooseAll([index, ...modules.filter((other) => other !== index)]);
        onShow(index);
      },
    });
    this.element = element(
      'section',
      { class: 'map', 'aria-label': text('differenceMapHeading') },
      element('h2', {}, text('differenceMapHeading')),
      this.#legend.element,
      this.#grid.element,
      this.#grid.readout,
    );
  }

  update(): void {
    const { modules } = this.#model.content;
    const values = modules.flatMap((_name, index) => this.#valueOf(index) ?? []);
    this.#scale = colourScale(values, 'largest');
    const score = this.#model.measure?.score ?? 'updateNorm';
    const name =
      score === 'updateNorm'
        ? text('columnDifference')
        : text('mapChangeOf', translated(scoreInfo[score].label));
    this.#legend.update(this.#scale, {
      name,
      format: (value) => trueMinus(this.#format(value)),
      strong: '',
    });
    if (this.#laidOut !== modules) {
      this.#laidOut = modules;
      const layout = layOut(modules);
      this.#grid.setLayout(layout === null ? null : gridOf(layout));
    }
    this.#grid.draw();
  }

  /** How far the sides are apart: of sizes that of the whole difference, else of the measure. Never negative. */
  #valueOf(module: number): number | null {
    const model = this.#model;
    if (model.measure?.score === 'updateNorm') return model.content.pair?.difference[module] ?? null;
    const change = model.changeOf(module);
    return change === null ? null : Math.abs(change);
  }

  #format(value: number): string {
    const score = this.#model.measure?.score ?? 'updateNorm';
    return score === 'updateNorm' ? formatSignificant(value) : formatScore(score, value);
  }

  /** Of several experts, the one that differs most. */
  #farthest(modules: readonly number[]): number {
    const key = (index: number): number => this.#valueOf(index) ?? -Infinity;
    return modules.reduce((most, index) => (key(index) > key(most) ? index : most), modules[0] ?? -1);
  }

  #cell(modules: readonly number[]) {
    const { marks } = this.#model;
    const index = this.#farthest(modules);
    const value = this.#valueOf(index);
    const step =
      value === null || this.#scale === null ? 'unscored' : `step-${String(this.#scale.step(value))}`;
    const isLower = (this.#model.changeOf(index) ?? 0) < 0 || this.#isRemoved(index);
    return {
      kind: isLower ? `${step} lower` : step,
      label: this.#describe(index, modules.length),
      chosen: modules.some((each) => marks.chosen.has(each)),
    };
  }

  #isRemoved(index: number): boolean {
    return this.#model.valueOf(0, index) !== null && this.#model.valueOf(1, index) === null;
  }

  #describe(index: number, count: number): string {
    const model = this.#model;
    const { adapters, modules, pair } = model.content;
    const name = visibleText(modules[index] ?? '');
    const score = model.measure?.score ?? 'updateNorm';
    const sides = adapters.map(({ head }, place) => {
      const value = model.valueOf(place, index);
      return `${visibleText(head)} ${value === null ? '–' : scoreText(score, value)}`;
    });
    const value = this.#valueOf(index);
    return [
      count > 1 ? text('mapManyDiffer', count, name) : name,
      pair?.status[index] ?? '',
      `${translated(scoreInfo[score].label)}: ${sides.join(', ')}`,
      value === null ? text('mapNoDifference') : text('mapDifference', trueMinus(this.#format(value))),
    ].join(' · ');
  }
}
