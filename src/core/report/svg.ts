import type { ScoreName } from '../ediem/types';
import type { AnalysisDocument } from './analysis';
import { escapeXml } from './escape';
import { heatMap, type HeatCell, type HeatMap } from './heatMap';
import { colourAt, COLOUR_STOPS } from './palette';
import type { ModuleVerdict } from '../selection/types';
import { formatScore, scoreInfo } from './scores';

const CELL = { width: 56, height: 22 };
const MARGIN = 16;
const HEADER = 64;
const LEGEND = { height: 64, width: 240, bar: 12 };
const LETTER = 6.7;
const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

/** The heat map (module types x blocks, as in the panel) as a picture on a light ground; every name in it is text, nothing is markup. */
export function formatSvg(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  rankBy: ScoreName,
): string {
  const map = heatMap(document, verdicts, rankBy);
  const left = MARGIN + Math.max(60, ...map.rows.map((row) => shortened(row).length * LETTER)) + 8;
  const grid = { left, top: MARGIN + HEADER };
  const columnWidth = Math.max(CELL.width, ...map.columns.map((name) => shortened(name).length * LETTER + 8));
  const width = Math.ceil(Math.max(left + map.columns.length * columnWidth, left + LEGEND.width) + MARGIN);
  const bottom = grid.top + map.rows.length * CELL.height;
  const height = bottom + LEGEND.height + MARGIN;
  const title = `${scoreInfo[rankBy].label} of LoRA modules`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeXml(title)}" ${FONT}>`,
    `<title>${escapeXml(title)}</title>`,
    `<desc>${escapeXml('Rows are module types, columns are blocks; darker goes first; a thick frame marks modules that would be pruned, a cross those without a score.')}</desc>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="${MARGIN + 14}" font-size="15" fill="#1f1f1f">${escapeXml(title)}</text>`,
    ...map.columns.map((name, index) => columnHead(name, left + (index + 0.5) * columnWidth, grid.top - 8)),
    ...map.rows.map((name, index) => rowHead(name, left - 8, grid.top + (index + 0.5) * CELL.height + 4)),
    ...map.cells.map((cell) => cellRect(cell, grid, columnWidth, map, rankBy)),
    ...legend(map, rankBy, left, bottom + 20),
    '</svg>',
    '',
  ].join('\n');
}

const MAX_HEAD = 28;

/** The end of a long path tells more than its beginning. */
function shortened(name: string): string {
  return name.length > MAX_HEAD ? `…${name.slice(-MAX_HEAD + 1)}` : name;
}

function columnHead(name: string, x: number, y: number): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="middle" fill="#1f1f1f">${escapeXml(shortened(name))}</text>`;
}

function rowHead(name: string, x: number, y: number): string {
  return `<text x="${x.toFixed(1)}" y="${y}" text-anchor="end" fill="#1f1f1f">${escapeXml(shortened(name))}</text>`;
}

function cellRect(
  cell: HeatCell,
  grid: { left: number; top: number },
  columnWidth: number,
  map: HeatMap,
  rankBy: ScoreName,
): string {
  const x = grid.left + cell.column * columnWidth + 1;
  const y = grid.top + cell.row * CELL.height + 1;
  const [w, h] = [columnWidth - 2, CELL.height - 2];
  const { fill, ink } =
    cell.value === null ? { fill: '#f2f2f2', ink: '#5f5f5f' } : colourAt(map.position(cell.value));
  const text = cell.value === null ? '×' : formatScore(rankBy, cell.value);
  const flag = cell.flagged > 0 ? ` stroke="#b3261e" stroke-width="2.5"` : '';
  const more = cell.modules.length > 1 ? ` (${cell.modules.length} modules, the one that goes first)` : '';
  const tip = `${cell.modules[0] ?? ''}: ${text}${more}${cell.flagged > 0 ? ', would be pruned' : ''}`;
  return (
    `<g><title>${escapeXml(tip)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${w.toFixed(1)}" height="${h}" fill="${fill}"${flag}/>` +
    `<text x="${(x + w / 2).toFixed(1)}" y="${y + 14}" text-anchor="middle" font-size="11" fill="${ink}">${escapeXml(text)}</text></g>`
  );
}

function legend(map: HeatMap, rankBy: ScoreName, x: number, y: number): readonly string[] {
  if (map.range === null) return [];
  const step = LEGEND.width / COLOUR_STOPS;
  const bars = Array.from({ length: COLOUR_STOPS }, (_, index) => {
    const { fill } = colourAt(index / (COLOUR_STOPS - 1));
    return `<rect x="${(x + index * step).toFixed(1)}" y="${y}" width="${(step + 0.5).toFixed(1)}" height="${LEGEND.bar}" fill="${fill}"/>`;
  });
  const [light, dark] = map.range.map((value) => escapeXml(formatScore(rankBy, value)));
  const below = y + LEGEND.bar + 14;
  return [
    ...bars,
    `<text x="${x.toFixed(1)}" y="${below}" fill="#1f1f1f">${light ?? ''}</text>`,
    `<text x="${(x + LEGEND.width).toFixed(1)}" y="${below}" text-anchor="end" fill="#1f1f1f">${dark ?? ''} goes first</text>`,
    `<text x="${x.toFixed(1)}" y="${below + 16}" fill="#1f1f1f">red frame: would be pruned; ×: no score</text>`,
  ];
}
