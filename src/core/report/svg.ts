import type { ScoreName } from '../ediem/types';
import type { AnalysisDocument } from './analysis';
import { escapeXml, visibleText } from './escape';
import { heatMap, type HeatCell, type HeatMap, type HeatStack } from './heatMap';
import { colorAt, COLOR_STOPS } from './palette';
import type { ModuleVerdict } from '../selection/types';
import { formatScore, scoreInfo } from './scores';

const CELL = { width: 56, height: 22 };
const MARGIN = 16;
const HEADER = 64;
/** Between stacks, and between the name of one and the next. */
const STACK_GAP = 14;
const LEGEND = { height: 64, width: 240, bar: 12 };
/** No font can be asked for widths here. Rather too wide than that one name runs into the next. */
const LETTER = { usual: 6.7, broad: 9, wide: 12.5 };
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

/** The heat map (module types x blocks, as in the panel) as a picture on a light ground; every name in it is text, nothing is markup. */
export function formatSvg(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  rankBy: ScoreName,
): string {
  const map = heatMap(document, verdicts, rankBy);
  const left = MARGIN + map.rows.reduce((most, row) => Math.max(most, textWidth(shortened(row))), 60) + 8;
  const top = MARGIN + HEADER;
  const stacks = placed(map.stacks, left);
  const xs = stacks.flatMap(({ columns }) => columns);
  const right = stacks.reduce((most, { end }) => Math.max(most, end), left + LEGEND.width);
  const width = Math.ceil(right + MARGIN);
  const bottom = top + map.rows.length * CELL.height;
  const height = bottom + LEGEND.height + MARGIN;
  const title = `${scoreInfo[rankBy].label} of LoRA modules`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}" ${FONT}>`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml('Rows are module types, columns are blocks; darker goes first; a red frame marks modules that stand out, a dot those that are selected, a cross those without a score.')}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 14}" font-size="15" fill="#1f1f1f">${escapeXml(title)}</text>`,
    ...stacks.flatMap((stack) => stackHead(stack, top - 8)),
    ...map.rows.map((name, index) => rowHead(name, left - 8, top + (index + 0.5) * CELL.height + 4)),
    ...map.cells.map((cell) => cellRect(cell, { x: xs[cell.column] ?? left, top }, map, rankBy)),
    ...legend(map, rankBy, left, bottom + 20),
    '</svg>',
    '',
  ].join('\n');
}

const MAX_HEAD = 28;

/** The end of a long path tells more than its beginning. As it will be written, so that its length is that of the picture. */
function shortened(name: string): string {
  const shown = visibleText(name);
  if (shown.length <= MAX_HEAD) return shown;
  // Half of a character would be spelled out.
  return `…${shown.slice(-MAX_HEAD + 1).replace(/^[\uDC00-\uDFFF]/, '')}`;
}

function textWidth(text: string): number {
  const wide = text.match(/[MWmw@%]|[^ -~]/g)?.length ?? 0;
  const broad = text.match(/[A-LN-VX-Z0-9{}\\]/g)?.length ?? 0;
  return wide * LETTER.wide + broad * LETTER.broad + (text.length - wide - broad) * LETTER.usual;
}

/** A stack and its place. */
interface PlacedStack extends HeatStack {
  /** Left sides of its columns. */
  readonly columns: readonly number[];
  readonly end: number;
}

/** A stack is as wide as its columns, or as its name if that is wider: all names are on one line. */
function placed(stacks: readonly HeatStack[], left: number): readonly PlacedStack[] {
  let x = left;
  return stacks.map((stack) => {
    const begin = x;
    const columns = stack.heads.map((_, index) => begin + index * CELL.width);
    const end = begin + Math.max(columns.length * CELL.width, textWidth(shortened(stack.name)));
    x = end + STACK_GAP;
    return { ...stack, columns, end };
  });
}

function stackHead({ name, heads, columns }: PlacedStack, y: number): readonly string[] {
  const numbers = heads.map((head, index) => {
    const x = (columns[index] ?? 0) + CELL.width / 2;
    return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="middle" fill="#1f1f1f">${escapeXml(head)}</text>`;
  });
  if (name === '') return numbers;
  const x = (columns[0] ?? 0) + 1;
  const above = `<text x="${x.toFixed(1)}" y="${y - 18}" fill="#1f1f1f">${escapeXml(shortened(name))}</text>`;
  return [above, ...numbers];
}

function rowHead(name: string, x: number, y: number): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="end" fill="#1f1f1f">${escapeXml(shortened(name))}</text>`;
}

function cellRect(
  cell: HeatCell,
  place: { x: number; top: number },
  map: HeatMap,
  rankBy: ScoreName,
): string {
  const x = place.x + 1;
  const y = place.top + cell.row * CELL.height + 1;
  const [w, h] = [CELL.width - 2, CELL.height - 2];
  const { fill, ink } =
    cell.value === null ? { fill: '#f2f2f2', ink: '#5f5f5f' } : colorAt(map.position(cell.value));
  const text = cell.value === null ? '×' : formatScore(rankBy, cell.value);
  const frame = cell.standsOut > 0 ? ` stroke="#b3261e" stroke-width="2.5"` : '';
  const dot =
    cell.selected > 0 ? `<circle cx="${(x + 6).toFixed(1)}" cy="${y + 6}" r="2.5" fill="${ink}"/>` : '';
  const more = cell.modules.length > 1 ? ` (${cell.modules.length} modules, the one that goes first)` : '';
  const tip = `${cell.modules[0] ?? ''}: ${text}${more}${cell.standsOut > 0 ? ', stands out' : ''}${cell.selected > 0 ? ', selected' : ''}`;
  return (
    `<g><title>${escapeXml(tip)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${h}" fill="${fill}"${frame}/>${dot}` +
    `<text x="${(x + w / 2).toFixed(1)}" y="${y + 14}" text-anchor="middle" font-size="11" fill="${ink}">${escapeXml(text)}</text></g>`
  );
}

function legend(map: HeatMap, rankBy: ScoreName, x: number, y: number): readonly string[] {
  if (map.range === null) return [];
  const step = LEGEND.width / COLOR_STOPS;
  const bars = Array.from({ length: COLOR_STOPS }, (_, index) => {
    const { fill } = colorAt(index / (COLOR_STOPS - 1));
    return `<rect x="${(x + index * step).toFixed(1)}" y="${y}" width="${(step + 0.5).toFixed(1)}" height="${LEGEND.bar}" fill="${fill}"/>`;
  });
  const [light, dark] = map.range.map((value) => escapeXml(formatScore(rankBy, value)));
  const below = y + LEGEND.bar + 14;
  return [
    ...bars,
    `<text x="${x.toFixed(1)}" y="${below}" fill="#1f1f1f">${light ?? ''}</text>`,
    `<text x="${(x + LEGEND.width).toFixed(1)}" y="${below}" text-anchor="end" fill="#1f1f1f">${dark ?? ''} goes first</text>`,
    `<text x="${x.toFixed(1)}" y="${below + 16}" fill="#1f1f1f">red frame: stands out; dot: selected; ×: no score</text>`,
  ];
}
