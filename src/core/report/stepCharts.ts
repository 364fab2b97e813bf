import { render, type Translate } from '../message';
import { escapeXml } from './escape';
import { axisOf, type LayerOverSteps, type StepLine } from './overSteps';
import { colorAt } from './palette';
import { formatScore } from './scores';

const FONT = 'font-family="system-ui, sans-serif" font-size="12" fill="#1f1f1f"';
const LINE = { left: 70, right: 24, top: 26, height: 72, gap: 16, width: 640 };
const CELL = { height: 18, head: 110, width: 64 };
/** So many steps have their names below the axis. */
const MAX_HEADS = 12;

/** Each measure over the steps as a line of its own, since their units differ, as a picture on a light ground. */
export function lineChart(
  lines: readonly StepLine[],
  heads: readonly string[],
  translate?: Translate,
): string {
  const { left, right, top, height, gap, width } = LINE;
  const whole = lines.length * (top + height + gap) + 24;
  const x = (step: number): number =>
    heads.length < 2 ? width / 2 : left + (step * (width - left - right)) / (heads.length - 1);
  const every = Math.ceil(heads.length / MAX_HEADS);
  const axis = heads.flatMap((head, step) =>
    step % every === 0 ? [label(x(step), whole - 8, head, 'middle')] : [],
  );
  const rows = lines.map((line, row) => oneLine(line, row * (top + height + gap), x, translate));
  return picture(width, whole, [...rows.flat(), ...axis]);
}

function oneLine(
  line: StepLine,
  y: number,
  x: (step: number) => number,
  translate?: Translate,
): readonly string[] {
  const { left, right, top, height, width } = LINE;
  const { label: name, values, format, limits = [] } = line;
  const { low, high } = axisOf(line);
  const at = (value: number): number => y + top + height - ((value - low) / (high - low)) * height;
  const path = (points: readonly (number | null)[]): string =>
    points
      .map((value, step) => {
        if (value === null) return '';
        const isFirst = step === 0 || points[step - 1] === null;
        return `${isFirst ? 'M' : 'L'}${x(step).toFixed(1)} ${at(value).toFixed(1)}`;
      })
      .join('');
  const points = values.flatMap((value, step) =>
    value === null
      ? []
      : [
          `<circle cx="${x(step).toFixed(1)}" cy="${at(value).toFixed(1)}" r="3.5" fill="#08519c"><title>${escapeXml(format(value))}</title></circle>`,
        ],
  );
  return [
    label(8, y + 16, render(name, translate), 'start', 'font-weight="600"'),
    `<path d="M${left} ${y + top + height}H${width - right}" stroke="#8a8a8a"/>`,
    label(left - 6, at(low) + 4, format(low), 'end'),
    label(left - 6, at(high) + 4, format(high), 'end'),
    `<path d="${path(limits)}" fill="none" stroke="#767676" stroke-dasharray="4 3"/>`,
    `<path d="${path(values)}" fill="none" stroke="#08519c" stroke-width="2"/>`,
    ...points,
  ];
}

/** Steps across, layers down; darker acts more against the alignment step. */
export function stepHeatMap(rows: readonly LayerOverSteps[], heads: readonly string[]): string {
  const values = rows.flatMap((row) => row.values).filter((value) => value !== null);
  const low = values.reduce((least, value) => Math.min(least, value), Infinity);
  const high = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const position = (value: number): number => (high === low ? 0.5 : (value - low) / (high - low));
  const columns = heads.map((head, step) => label(CELL.head + (step + 0.5) * CELL.width, 16, head, 'middle'));
  const cells = rows.flatMap(({ layer, values: steps }, row) => {
    const y = 24 + row * CELL.height;
    return [
      label(CELL.head - 8, y + 13, layer.slice(-MAX_LAYER), 'end'),
      ...steps.map((value, step) => cell(value, CELL.head + step * CELL.width, y, position)),
    ];
  });
  const size = [CELL.head + heads.length * CELL.width + 8, 32 + rows.length * CELL.height] as const;
  return picture(...size, [...columns, ...cells]);
}

/** The end of a layer's name says more than its beginning. */
const MAX_LAYER = 16;

function cell(value: number | null, x: number, y: number, position: (value: number) => number): string {
  const { fill, ink } = value === null ? { fill: '#f2f2f2', ink: '#5f5f5f' } : colorAt(position(value));
  const text = value === null ? '×' : formatScore('reversal', value);
  return (
    `<rect x="${x + 1}" y="${y + 1}" width="${CELL.width - 2}" height="${CELL.height - 2}" fill="${fill}"/>` +
    `<text x="${x + CELL.width / 2}" y="${y + 13}" text-anchor="middle" font-size="10" fill="${ink}">${escapeXml(text)}</text>`
  );
}

function label(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end', more = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" ${more}>${escapeXml(text)}</text>`;
}

function picture(width: number, height: number, parts: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ${FONT}>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...parts,
    '</svg>',
  ].join('');
}
