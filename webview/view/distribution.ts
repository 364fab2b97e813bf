import { scoreInfo } from '../../src/core/report/scores';
import { element, setAttribute, setText, show, svg } from '../dom';
import { Cut } from '../../src/core/selection/cut';
import { histogram, type Histogram } from '../model/histogram';
import type { Dirty, PageModel } from '../model/page';
import { niceTicks } from '../model/scale';
import { scoreText, trueMinus } from '../model/scoreText';
import { text, translated } from '../strings';
import type { View } from './view';

const HEIGHT = 150;
const AXIS = 20;
const SIDE = 12;
const TOP = 14;
const BAR_ROOM = 14;
const MAX_BINS = 48;
const TICK_ROOM = 80;

/** How scores are distributed, with the cut as a line to drag, or to move by keyboard from module to module. */
export class DistributionView implements View {
  readonly element: HTMLElement;
  readonly #model: PageModel;
  readonly #plot: HTMLElement;
  readonly #chart = svg('svg', { class: 'chart', role: 'img' });
  readonly #bars = svg('g');
  readonly #axis = svg('g', { class: 'axis' });
  readonly #line = element('div', {
    class: 'cut',
    role: 'slider',
    tabindex: 0,
    'aria-label': text('cutLabel'),
    'aria-orientation': 'horizontal',
  });
  readonly #caption = element('p', { class: 'readout' });
  readonly #nothing = element('p', { class: 'note' }, text('nothingScored'));
  #histogram: Histogram | null = null;
  #cut = new Cut([], 'largest');
  /** Where the pointer holds the line, if it does. */
  #held: number | null = null;

  constructor(model: PageModel) {
    this.#model = model;
    this.#chart.append(hatch(), this.#bars, this.#axis);
    this.#plot = element('div', { class: 'plot' }, this.#chart, this.#line);
    this.element = element(
      'section',
      { class: 'distribution', 'aria-label': text('distributionHeading') },
      element('h2', {}, text('distributionHeading')),
      this.#plot,
      this.#nothing,
      this.#caption,
    );
    new ResizeObserver(() => this.#draw()).observe(this.#plot);
    this.#listen();
  }

  update(model: PageModel, dirty: Dirty): void {
    if (!dirty.data && !dirty.selection) return;
    this.#cut = model.ranking({ rankBy: model.shownScore, order: model.shownOrder }).cut;
    this.#draw();
  }

  #draw(): void {
    const model = this.#model;
    const width = this.#plot.clientWidth;
    const bins = Math.max(8, Math.min(MAX_BINS, Math.floor((width - 2 * SIDE) / BAR_ROOM)));
    this.#histogram = histogram(model.ranked(model.shownScore), model.verdicts, bins);
    show(this.#nothing, this.#histogram === null);
    show(this.#plot, this.#histogram !== null);
    show(this.#caption, this.#histogram !== null);
    if (this.#histogram === null || width === 0) return;
    setAttribute(this.#chart, 'viewBox', `0 0 ${String(width)} ${String(HEIGHT)}`);
    setAttribute(this.#chart, 'aria-label', this.#label(this.#histogram));
    this.#drawBars(this.#histogram, width);
    this.#drawAxis(this.#histogram, width);
    this.#drawCut(this.#histogram, width);
  }

  #label({ min, max }: Histogram): string {
    const score = this.#model.shownScore;
    const label = translated(scoreInfo[score].label);
    return text('distributionLabel', label, this.#cut.size, scoreText(score, min), scoreText(score, max));
  }

  #drawBars({ bins, highest }: Histogram, width: number): void {
    const room = HEIGHT - AXIS - TOP;
    const barWidth = (width - 2 * SIDE) / bins.length;
    const bars: SVGElement[] = [];
    bins.forEach((bin, place) => {
      let bottom = HEIGHT - AXIS;
      for (const part of ['keep', 'prune'] as const) {
        if (bin[part] === 0) continue;
        const height = Math.max(1.5, (bin[part] / highest) * room);
        bottom -= height;
        const box = {
          x: (SIDE + place * barWidth + 0.5).toFixed(1),
          y: bottom.toFixed(1),
          width: Math.max(1, barWidth - 1).toFixed(1),
          height: height.toFixed(1),
        };
        bars.push(svg('rect', { class: `bar-${part}`, ...box }));
        if (part === 'prune') bars.push(svg('rect', { class: 'bar-hatch', ...box }));
      }
    });
    this.#bars.replaceChildren(...bars);
  }

  #drawAxis({ min, max, highest }: Histogram, width: number): void {
    const base = HEIGHT - AXIS;
    const score = this.#model.shownScore;
    const marks: SVGElement[] = [
      svg('line', { x1: SIDE, x2: width - SIDE, y1: base, y2: base }),
      svg('text', { x: SIDE, y: 10 }, `${String(highest)} ${text('axisModules')}`),
    ];
    for (const tick of niceTicks(min, max, Math.floor(width / TICK_ROOM))) {
      const x = place(tick, min, max, width);
      const anchor = x < 30 ? 'start' : x > width - 30 ? 'end' : 'middle';
      const at = { x: Math.min(width - 2, Math.max(2, x)).toFixed(1), y: HEIGHT - 3 };
      marks.push(
        svg('line', { x1: x.toFixed(1), x2: x.toFixed(1), y1: base, y2: base + 4 }),
        svg('text', { ...at, 'text-anchor': anchor }, tickText(score, tick)),
      );
    }
    this.#axis.replaceChildren(...marks);
  }

  #drawCut({ min, max }: Histogram, width: number): void {
    const { selection, shownScore } = this.#model;
    const usable = selection !== null && !this.#model.isLive;
    show(this.#line, usable);
    if (!usable) return setText(this.#caption, '');
    const value = this.#held ?? this.#cut.position(selection.rule) ?? max;
    const count = this.#held === null ? this.#cut.count(selection.rule) : this.#cut.countBeyond(value);
    const at = Math.min(width - 2, Math.max(2, place(value, min, max, width)));
    this.#line.style.transform = `translateX(${at.toFixed(1)}px)`;
    this.#line.classList.toggle('off', selection.rule.kind === 'none' && this.#held === null);
    this.#line.classList.toggle('held', this.#held !== null);
    const said = text('cutValue', scoreText(shownScore, value), count, this.#cut.size);
    setAttribute(this.#line, 'aria-valuemin', Math.min(min, value));
    setAttribute(this.#line, 'aria-valuemax', Math.max(max, value));
    setAttribute(this.#line, 'aria-valuenow', value);
    setAttribute(this.#line, 'aria-valuetext', said);
    setText(this.#caption, `${said} · ${text('cutHint')}`);
  }

  #listen(): void {
    this.#plot.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#model.isLive) return;
      this.#plot.setPointerCapture(event.pointerId);
      this.#line.focus({ preventScroll: true });
      this.#hold(event);
      event.preventDefault();
    });
    this.#plot.addEventListener('pointermove', (event) => {
      if (this.#held !== null) this.#hold(event);
    });
    for (const kind of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      this.#plot.addEventListener(kind, () => {
        if (this.#held === null) return;
        this.#held = null;
        this.#draw();
      });
    }
    this.#line.addEventListener('keydown', (event) => this.#onKey(event));
  }

  #hold(event: PointerEvent): void {
    const { selection } = this.#model;
    if (this.#histogram === null || selection === null) return;
    const { left, width } = this.#plot.getBoundingClientRect();
    const { min, max } = this.#histogram;
    const part = (event.clientX - left - SIDE) / Math.max(1, width - 2 * SIDE);
    // A little beyond both ends, to reach none and all.
    this.#held = min + Math.min(1.02, Math.max(-0.02, part)) * (max - min);
    this.#drawCut(this.#histogram, this.#plot.clientWidth);
    this.#model.setSelection({ rule: this.#cut.ruleAtValue(selection.rule.kind, this.#held) });
  }

  #onKey(event: KeyboardEvent): void {
    const { selection } = this.#model;
    if (selection === null || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rule } = selection;
    const count = this.#cut.count(rule);
    // Values increase to the right, so fewer modules are cut off there if the largest are first.
    const right = this.#model.shownOrder === 'largest' ? -1 : 1;
    const page = Math.max(1, Math.round(this.#cut.size / 10));
    const to = {
      ArrowRight: count + right,
      ArrowUp: count + right,
      ArrowLeft: count - right,
      ArrowDown: count - right,
      PageUp: count + right * page,
      PageDown: count - right * page,
      Home: right === 1 ? 0 : this.#cut.size,
      End: right === 1 ? this.#cut.size : 0,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.#model.setSelection({ rule: this.#cut.ruleOfCount(rule.kind, to) });
  }
}

function place(value: number, min: number, max: number, width: number): number {
  return SIDE + ((value - min) / (max - min)) * (width - 2 * SIDE);
}

/** Ticks are round numbers: without the zeros that a score's format adds. */
function tickText(score: PageModel['shownScore'], tick: number): string {
  if (scoreInfo[score].format === 'percent')
    return `${trueMinus(String(Number((tick * 100).toPrecision(6))))} %`;
  return trueMinus(String(tick));
}

/** Stripes over what is selected: not by color alone. */
function hatch(): SVGElement {
  const stripe = svg('path', { class: 'hatch-line', d: 'M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2' });
  const pattern = { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse' };
  return svg('defs', {}, svg('pattern', pattern, stripe));
}
