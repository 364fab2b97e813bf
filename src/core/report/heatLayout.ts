import { lastOfName } from '../lastPart';
import { splitModuleName } from './moduleName';

/** One column: all modules of block `number` under `prefix` (an encoder and a decoder each have a block 0). */
export interface Block {
  readonly prefix: string;
  /** Null: modules outside of any block. */
  readonly number: number | null;
}

/** The place of each module in a heat map: one row for each module type, one column for each block. */
export interface HeatMapLayout {
  /** Types in the order of the adapter; `short` is the last part where that is enough to tell them apart. */
  readonly types: readonly { readonly name: string; readonly short: string }[];
  readonly blocks: readonly Block[];
  /** Modules at `row * blocks.length + column`, in the order of the adapter: several where a block has experts. */
  readonly cells: ReadonlyMap<number, readonly number[]>;
}

/**
 * @param names of modules, in the order of the adapter; null for none
 * @param leftOut names that get no cell; absent: none of them
 */
export function layOut(names: readonly string[], leftOut: readonly boolean[] = []): HeatMapLayout | null {
  const rows = new Map<string, number>();
  const blocks = new Map<string, Block>();
  const placed = names.flatMap((name, index) => {
    if (leftOut[index] === true) return [];
    const { blockPrefix: prefix, block: number, type } = splitModuleName(name);
    const block = `${String(number)}.${prefix}`;
    if (!rows.has(type)) rows.set(type, rows.size);
    if (!blocks.has(block)) blocks.set(block, { prefix, number });
    return [{ type, block, index }];
  });
  if (placed.length === 0) return null;
  const ordered = [...blocks].sort(([, x], [, y]) => compareBlocks(x, y));
  const columns = new Map(ordered.map(([key], column) => [key, column]));
  const cells = new Map<number, number[]>();
  for (const { type, block, index } of placed) {
    const cell = (rows.get(type) ?? 0) * ordered.length + (columns.get(block) ?? 0);
    const modules = cells.get(cell);
    if (modules === undefined) cells.set(cell, [index]);
    else modules.push(index);
  }
  return { types: shortNames([...rows.keys()]), blocks: ordered.map(([, block]) => block), cells };
}

function compareBlocks(x: Block, y: Block): number {
  if (x.number === null || y.number === null) return x.number === y.number ? 0 : x.number === null ? 1 : -1;
  if (x.prefix !== y.prefix) return x.prefix < y.prefix ? -1 : 1;
  return x.number - y.number;
}

function shortNames(types: readonly string[]): { name: string; short: string }[] {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(lastOfName(type), (counts.get(lastOfName(type)) ?? 0) + 1);
  return types.map((name) => ({ name, short: counts.get(lastOfName(name)) === 1 ? lastOfName(name) : name }));
}
