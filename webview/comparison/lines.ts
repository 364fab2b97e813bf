import { visibleText } from '../../src/core/report/escape';
import type { ComparedLine, RunParts } from '../../src/protocol/comparison';
import { element, setAttribute, setText, svg } from '../dom';
import { trueMinus } from '../model/scoreText';
import { text } from '../strings';
import { onCopy } from '../table/copying';
import { rowAfterKey } from '../table/rows';
import type { ComparisonModel } from './model';

/** Px. */
const LABEL_HEIGHT = 24;
const PLOT_HEIGHT = 52;
const GAP = 10;
const LEFT = 62;
const RIGHT = 16;
const HEADS_HEIGHT = 18;
const POINT = 3.5;
/** Room for a head below the axis. */
const HEAD_WIDTH = 56;
/** Of a character of a name, about. */
const CHARACTER = 7.5;

/** Each measure over the steps as a line of its own, since their units differ. A step is chosen in all of them at once. */
export class LinesView {
  readonly element: HTMLElement;
  readonly #model: ComparisonModel;
  readonly #onOpen: (adapter: number) => void;
  readonly #chart = svg('svg', { class: 'lines-chart', 'aria-hidden': 'true' });
  /** The steps, one option each, over the chart: as wide as there is room, so that they are easy to hit. */
  readonly #steps = element('div', {
    class: 'lines-steps',
    role: 'listbox',
    'aria-orientation': 'horizontal',
    'aria-label': text('linesLabel'),
  });
  readonly #box = element('div', { class: 'lines-box' }, this.#chart, this.#steps);
  readonly #readout = element('p', { class: 'readout' }, text('linesHint'));

  /** @param onOpen opens the adapter of a step */
  constructor(model: ComparisonModel, onOpen: (adapter: number) => void) {
    this.#model = model;
    this.#onOpen = onOpen;
    this.element = element(
      'section',
      { class: 'lines', 'aria-label': text('linesHeading') },
      element('h2', {}, text('linesHeading')),
      this.#box,
      this.#readout,
    );
    new ResizeObserver(() => this.update()).observe(this.#box);
    this.#steps.addEventListener('click', ({ target }) => this.#open(placeOf(target)));
    this.#steps.addEventListener('keydown', (event) => this.#onKey(event));
    for (const kind of ['pointerover', 'focusin'] as const) {
      this.#steps.addEventListener(kind, ({ target }) => {
        const place = placeOf(target);
        if (place !== -1) setText(this.#readout, this.#describe(place));
      });
    }
    onCopy(this.#steps, () => this.#describe(model.current));
  }

  update(): void {
    const { adapters, run } = this.#model.content;
    const width = this.#box.clientWidth;
    if (run === null || width === 0) return;
    const { lines } = run;
    const height = lines.length * (LABEL_HEIGHT + PLOT_HEIGHT + GAP) + HEADS_HEIGHT;
    this.#box.style.height = `${String(height)}px`;
    setAttribute(this.#chart, 'viewBox', `0 0 ${String(width)} ${String(height)}`);
    const x = (step: number): number => placeAcross(step, adapters.length, width);
    const every = Math.ceil((adapters.length * HEAD_WIDTH) / (width - LEFT));
    const heads = adapters.flatMap(({ head }, step) =>
      step % every === 0 ? [headLabel(visibleText(head, MAX_HEAD), x(step), height - 4, width)] : [],
    );
    const { current } = this.#model;
    const here = svg('line', {
      class: 'lines-current',
      ...{ x1: x(current), x2: x(current), y1: LABEL_HEIGHT, y2: height - HEADS_HEIGHT },
    });
    const drawn = lines.flatMap((line, row) =>
      drawLine(line, { y: row * (LABEL_HEIGHT + PLOT_HEIGHT + GAP), width, x, current }),
    );
    this.#chart.replaceChildren(here, ...drawn, svg('g', { class: 'axis' }, ...heads));
    this.#drawSteps(width);
  }

  #drawSteps(width: number): void {
    const { adapters } = this.#model.content;
    while (this.#steps.children.length > adapters.length) this.#steps.lastElementChild?.remove();
    while (this.#steps.children.length < adapters.length)
      this.#steps.append(element('div', { class: 'lines-step', role: 'option' }));
    const gap = adapters.length < 2 ? width : (width - LEFT - RIGHT) / (adapters.length - 1);
    Array.from(this.#steps.children).forEach((step, place) => {
      const isCurrent = place === this.#model.current;
      setAttribute(step, 'data-place', place);
      setAttribute(step, 'tabindex', isCurrent ? 0 : -1);
      setAttribute(step, 'aria-selected', String(isCurrent));
      setAttribute(step, 'aria-label', this.#describe(place));
      if (!(step instanceof HTMLElement)) return;
      step.style.left = `${String(placeAcross(place, adapters.length, width) - gap / 2)}px`;
      step.style.width = `${String(gap)}px`;
    });
  }

  /** The adapter and all its measures. */
  #describe(place: number): string {
    const { adapters, run } = this.#model.content;
    const values = (run?.lines ?? []).flatMap(({ label: name, values, texts }) =>
      (values[place] ?? null) === null ? [] : [`${name} ${trueMinus(texts[place] ?? '')}`],
    );
    const known = values.length === 0 ? [text('linesNothing')] : values;
    return [visibleText(adapters[place]?.label ?? ''), ...known].join(' · ');
  }

  #open(place: number): void {
    if (place === -1) return;
    this.#moveTo(place);
    this.#onOpen(place);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { current, content } = this.#model;
    const key = { ArrowRight: 'ArrowDown', ArrowLeft: 'ArrowUp' }[event.key] ?? event.key;
    const to = rowAfterKey(key, current, content.adapters.length, 1);
    if (event.key === 'Enter' || event.key === ' ') this.#open(current);
    else if (to === undefined) return;
    else this.#moveTo(to);
    event.preventDefault();
  }

  #moveTo(place: number): void {
    this.#model.setCurrent(place);
    this.update();
    const step = this.#steps.children[place];
    if (step instanceof HTMLElement) step.focus();
  }
}

const MAX_HEAD = 20;

function placeOf(target: EventTarget | null): number {
  const step = target instanceof Element ? target.closest('[data-place]') : null;
  return Number(step?.getAttribute('data-place') ?? -1);
}

function placeAcross(step: number, count: number, width: number): number {
  return count < 2 ? (LEFT + width) / 2 : LEFT + (step * (width - LEFT - RIGHT)) / (count - 1);
}

interface Place {
  /** Top of the line's part of the chart. */
  readonly y: number;
  readonly width: number;
  readonly x: (step: number) => number;
  readonly current: number;
}

function drawLine(line: RunParts['lines'][number], { y, width, x, current }: Place): SVGElement[] {
  const { low, high, axis, values, limits } = line;
  const bottom = y + LABEL_HEIGHT + PLOT_HEIGHT;
  const up = (value: number): number => bottom - ((value - low) / (high - low)) * PLOT_HEIGHT;
  const path = (points: ComparedLine['values']): string =>
    points
      .map((value, step) => {
        if (value === null) return '';
        const isFirst = (points[step - 1] ?? null) === null;
        return `${isFirst ? 'M' : 'L'}${x(step).toFixed(1)} ${up(value).toFixed(1)}`;
      })
      .join('');
  const points = values.flatMap((value, step) => {
    if (value === null) return [];
    const kind = step === current ? 'lines-point current' : 'lines-point';
    return [svg('circle', { class: kind, cx: x(step), cy: up(value), r: POINT })];
  });
  const base = low < 0 ? up(0) : bottom;
  return [
    svg(
      'text',
      { class: 'lines-name', x: 0, y: y + 13 },
      line.label.length * CHARACTER > width ? line.short : line.label,
    ),
    svg(
      'g',
      { class: 'axis' },
      svg('line', { x1: LEFT, x2: width - RIGHT, y1: base, y2: base }),
      label(LEFT - POINT - 5, bottom + 4, trueMinus(axis[0]), 'end'),
      label(LEFT - POINT - 5, y + LABEL_HEIGHT + 4, trueMinus(axis[1]), 'end'),
    ),
    svg('path', { class: 'lines-limit', d: path(limits) }),
    svg('path', { class: 'lines-line', d: path(values) }),
    ...points,
  ];
}

/** Below its step, but not beyond the chart. */
function headLabel(head: string, x: number, y: number, width: number): SVGElement {
  const isCut = x + (head.length * CHARACTER) / 2 > width;
  return isCut ? label(width, y, head, 'end') : label(x, y, head, 'middle');
}

function label(x: number, y: number, shown: string, anchor: 'middle' | 'end'): SVGElement {
  return svg('text', { x: x.toFixed(1), y: y.toFixed(1), 'text-anchor': anchor }, shown);
}
