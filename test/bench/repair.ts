import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { summarize, TOKEN_ACCURACY, type VariantSummary } from '../../src/core/results/evaluation/summarize';
import { parseRepair } from '../../src/core/results/repair/parse';
import { pointLabel } from '../../src/core/results/repair/table';
import type { RepairDocument } from '../../src/core/results/repair/types';
import type { Rate } from '../../src/core/statistics/intervals';
import { projectRoot, sample } from '../support/paths';

const CLI_FILE = path.join(projectRoot, 'dist', 'cli.js');

/** What is compared. Each is the whole way: choose on the fit split, report on the test split. */
const WAYS: readonly (readonly [string, readonly string[]])[] = [
  ['auto', []],
  ['cut', ['--method', 'cut', '--curve']],
  ['split gates', ['--method', 'split-gates']],
  ['gates', ['--method', 'gates']],
  ['scaled', ['--method', 'scale', '--curve']],
  ['largest E-DIEM removed', ['--method', 'prune', '--curve']],
  ['Safe LoRA', ['--method', 'project', '--curve']],
];

/** A folder with `base`, `aligned`, `adapter` and `suites`. */
interface Family {
  readonly adapter: string;
  readonly base: string;
  readonly aligned: string;
  readonly suites: string;
}

/**
 * The time of a whole repair of the sample, and what each method does there and on another family.
 * @param model folder of that family, e.g. made by `make.py` of the real small model; absent: the sample alone
 */
export function benchRepair(model: string | undefined, runs: number): string[] {
  const family: Family = {
    ...{ adapter: sample('adapter-mixed'), base: sample('base') },
    ...{ aligned: sample('aligned'), suites: sample('suites') },
  };
  const times = Array.from({ length: runs }, () => repaired(family, []).seconds).sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? NaN;
  return [
    `Full repair of the sample, all processes started for it: ${median.toFixed(1)} s (target: at most 10).`,
    '',
    ...methodsTable('sample', family),
    ...(model === undefined ? [] : ['', ...methodsTable(path.basename(model), familyIn(model))]),
  ];
}

function familyIn(folder: string): Family {
  const [adapter = '', base = '', aligned = '', suites = ''] = ['adapter', 'base', 'aligned', 'suites'].map(
    (name) => {
      const place = path.join(folder, name);
      if (!existsSync(place)) throw new Error(`${place} is missing`);
      return place;
    },
  );
  return { adapter, base, aligned, suites };
}

function methodsTable(name: string, family: Family): string[] {
  const cells = ({ asr, overRefusal, task }: VariantSummary): readonly string[] =>
    [asr, overRefusal, task.get('exact'), task.get(TOKEN_ACCURACY)].map(rateCell);
  const rows: string[][] = [];
  for (const [label, flags] of WAYS) {
    const { document, seconds, error } = repaired(family, flags);
    if (document === undefined) {
      rows.push([label, error, '', '', '', '', '']);
      continue;
    }
    const { variants } = summarize(document.test);
    if (rows.length === 0)
      for (const id of ['aligned', 'adapter']) {
        const variant = variants.find((one) => one.id === id);
        if (variant !== undefined) rows.push([id, ...cells(variant), '', '']);
      }
    const variant = variants.find(({ id }) => id === 'repaired');
    const point = document.points[document.chosen ?? -1];
    const strength = point === undefined ? 'none needed' : pointLabel(point, document.points);
    rows.push([
      label,
      ...(variant === undefined ? ['', '', '', ''] : cells(variant)),
      document.outcome === 'missed' ? `${strength} (missed)` : strength,
      seconds.toFixed(0),
    ]);
    console.error(rows.at(-1)?.join(' | '));
  }
  const head = [name, 'ASR', 'over-refusal', 'exact', 'token accuracy', 'chosen', 's'];
  const line = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

const DIGITS = 3;

const rateCell = (rate: Rate | null | undefined): string => (rate == null ? '' : rate.value.toFixed(DIGITS));

interface Repaired {
  readonly document?: RepairDocument;
  readonly seconds: number;
  readonly error: string;
}

function repaired({ adapter, base, aligned, suites }: Family, flags: readonly string[]): Repaired {
  const folder = mkdtempSync(path.join(tmpdir(), 'splora-bench-repair-'));
  try {
    const report = path.join(folder, 'report.json');
    const output = ['--anyway', '--quiet', '--out', path.join(folder, 'out'), '--report', report];
    const models = ['--base', base, '--aligned', aligned, '--suite', suites];
    const startedAt = performance.now();
    const { stderr } = spawnSync(
      process.execPath,
      [CLI_FILE, 'repair', adapter, ...models, ...flags, ...output],
      { encoding: 'utf8' },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const error = stderr.trim();
    if (!existsSync(report)) return { seconds, error };
    return { document: parseRepair(readFileSync(report, 'utf8')), seconds, error };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
