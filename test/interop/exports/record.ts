import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportTarget } from '../../../src/core/export/targets';
import { projectRoot } from '../../support/paths';

/** An adapter in a loader. */
export interface Outcome {
  /** A kind of adapter, the method that wrote it, or the class of its model. */
  readonly row: string;
  /** Largest difference of a log-probability from PEFT's. */
  readonly difference: number;
  /** The same between the adapter and the model alone. */
  readonly effect: number;
  /** How far the loader is from PEFT without an adapter; absent: not measured. */
  readonly alone?: number;
}

export interface LoaderRecord {
  readonly target: ExportTarget;
  readonly version: string;
  readonly outcomes: readonly Outcome[];
}

/** What the page is made of. */
export interface ExportRecords {
  /** ISO date of the run. */
  readonly date: string;
  readonly loaders: readonly LoaderRecord[];
  /** Classes of models, in llama.cpp. */
  readonly architectures: readonly Outcome[];
}

const FILE = join(projectRoot, 'test', 'interop', 'exports', 'measured.json');

/** Made of the records. */
export const PAGE = join(projectRoot, 'media', 'docs', 'loaders.md');

/** Prints what was measured; with `SPLORA_RECORD=1` it also becomes the data of the page (`npm run loaders`). */
export async function record(loader: LoaderRecord): Promise<void> {
  const { target, version, outcomes } = loader;
  const cells = outcomes.map(({ row, difference }) => `${row} ${difference.toExponential(1)}`);
  console.log(`      ${target} ${version}: ${cells.join(', ')}`);
  await update(({ loaders, ...rest }) => ({
    ...rest,
    loaders: [...loaders.filter((one) => one.target !== target), loader],
  }));
}

/** The same of a class of models in GGUF. */
export async function recordArchitecture(outcome: Outcome): Promise<void> {
  const { row, difference, effect, alone = 0 } = outcome;
  const figures = [difference, effect, alone].map((figure) => figure.toExponential(1));
  console.log(`      ${row}: ${figures.join(', ')}`);
  await update(({ architectures, ...rest }) => ({
    ...rest,
    architectures: [...architectures.filter((one) => one.row !== row), outcome],
  }));
}

async function update(change: (records: ExportRecords) => ExportRecords): Promise<void> {
  if (process.env['SPLORA_RECORD'] !== '1') return;
  const date = new Date().toISOString().slice(0, 10);
  const records = { ...change(await readRecords()), date };
  await writeFile(FILE, `${JSON.stringify(records, null, 2)}\n`);
}

export async function readRecords(): Promise<ExportRecords> {
  return JSON.parse(await readFile(FILE, 'utf8')) as ExportRecords;
}
