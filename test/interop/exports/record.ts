import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportTarget } from '../../../src/core/export/targets';
import { projectRoot } from '../../support/paths';

/** An adapter in a loader. */
export interface Outcome {
  /** A kind of adapter, or the method that wrote it. */
  readonly row: string;
  /** Largest difference of a log-probability from PEFT's. */
  readonly difference: number;
  /** The same between the adapter and the model alone. */
  readonly effect: number;
}

export interface LoaderRecord {
  readonly target: ExportTarget;
  readonly version: string;
  readonly outcomes: readonly Outcome[];
}

/** What the page `media/docs/loaders.md` is made of. */
export interface ExportRecords {
  /** ISO date of the run. */
  readonly date: string;
  readonly loaders: readonly LoaderRecord[];
}

const FILE = join(projectRoot, 'test', 'interop', 'exports', 'measured.json');

/** Prints what was measured; with `SPLORA_RECORD=1` it also becomes the data of the page. */
export async function record(loader: LoaderRecord): Promise<void> {
  const { target, version, outcomes } = loader;
  const cells = outcomes.map(({ row, difference }) => `${row} ${difference.toExponential(1)}`);
  console.log(`      ${target} ${version}: ${cells.join(', ')}`);
  if (process.env['SPLORA_RECORD'] !== '1') return;
  const { loaders } = await readRecords();
  const date = new Date().toISOString().slice(0, 10);
  const others = loaders.filter((one) => one.target !== target);
  await writeFile(FILE, `${JSON.stringify({ date, loaders: [...others, loader] }, null, 2)}\n`);
}

export async function readRecords(): Promise<ExportRecords> {
  return JSON.parse(await readFile(FILE, 'utf8')) as ExportRecords;
}
