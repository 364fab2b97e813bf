import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { formatError, SploraError } from '../../../src/core/errors';
import type { AnalysisDocument } from '../../../src/core/report/analysis';
import type { Engine } from '../../../src/engine/client';
import { projectRoot, shared } from '../../support/paths';
import { writeModels, writeRandomAdapter } from '../../support/models';
import type { MatrixCase } from './types';
import { english } from '../../support/english';
import { OPTIONS } from '../../support/engine';

/** What a user gets: every module scored; some carried or unscored, and shown as such; none scored; one sentence. */
type Outcome = 'scored' | 'carried' | 'unscored' | 'declined';

/** What came of a case, as outcomes.json has it. Long lists of equal reasons are counted. */
export interface Observed {
  readonly outcome: Outcome;
  /** The whole sentence, for declined ones. */
  readonly message?: string;
  /** How many modules have scores. */
  readonly scored?: number;
  /** Reason -> the modules that it is given for; more than three are a number. */
  readonly unscored?: Readonly<Record<string, readonly string[] | number>>;
  readonly carried?: Readonly<Record<string, readonly string[] | number>>;
  readonly notes?: readonly string[];
}

export interface MadeCase {
  readonly adapter: string;
  readonly base: string;
  readonly aligned: string;
}

/** Writes what the case describes into `folder`. */
export async function make({ adapter, models }: MatrixCase, folder: string): Promise<MadeCase> {
  const path = typeof adapter === 'string' ? adapter : join(folder, 'adapter');
  if (typeof adapter !== 'string') await writeRandomAdapter(path, adapter);
  if ('base' in models) return { adapter: path, ...models };
  const { base, aligned } = await writeModels(folder, models);
  return { adapter: path, base: snapshotOf(base, models), aligned: snapshotOf(aligned, models) };
}

/** Made caches are chosen by their snapshot, as users do. */
function snapshotOf(folder: string, models: MatrixCase['models']): string {
  if ('base' in models || models.files === undefined) return folder;
  const snapshot = join(folder, 'models--org--name', 'snapshots', 'abc');
  return existsSync(snapshot) ? snapshot : folder;
}

/** Analyses the case and says what a user is told, with folders left out. */
export async function observe(engine: Engine, made: MadeCase, folder: string): Promise<Observed> {
  try {
    return summarise(await engine.call('analyze', { ...made, options: OPTIONS }), folder);
  } catch (error) {
    if (!(error instanceof SploraError)) throw error;
    return { outcome: 'declined', message: withoutFolders(formatError(error.data), folder) };
  }
}

function summarise(document: AnalysisDocument, folder: string): Observed {
  const scored = document.modules.filter(({ status }) => status === 'scored').length;
  const unscored = grouped(
    document.modules.flatMap((result) =>
      result.status === 'scored'
        ? []
        : [[`${result.status}: ${english(result.reason)}`, result.module] as const],
    ),
  );
  const carried = grouped(document.carried.map(({ tensor, reason }) => [english(reason), tensor] as const));
  const whole = document.modules.length === scored && document.carried.length === 0;
  // Whether loaders take a layout is what their check says.
  const notes = document.notes.filter((note) => !/scores are of/i.test(english(note)));
  return {
    outcome: scored === 0 ? 'unscored' : whole ? 'scored' : 'carried',
    scored,
    ...(Object.keys(unscored).length === 0 ? {} : { unscored }),
    ...(Object.keys(carried).length === 0 ? {} : { carried }),
    ...(notes.length === 0 ? {} : { notes: notes.map((note) => withoutFolders(english(note), folder)) }),
  };
}

/** Reasons that differ only in the names of layers count as one. */
function grouped(pairs: readonly (readonly [string, string])[]): Record<string, string[] | number> {
  const groups = new Map<string, string[]>();
  const shortened = pairs.length > MANY;
  for (const [reason, name] of pairs) {
    const key = shortened ? reason.replace(/\.\d+\./g, '.N.') : reason;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return Object.fromEntries(
    [...groups].map(([reason, names]) => [reason, names.length > MANY ? names.length : names]),
  );
}

const MANY = 3;

/** Both models are opened at once: which of two broken ones is named first is chance. JSON's own words are the engine's. */
function withoutFolders(text: string, folder: string): string {
  return text
    .replaceAll(folder, '<made>')
    .replaceAll(shared(), '<shared>')
    .replaceAll(projectRoot, '<project>')
    .replace(/<made>\/(?:base|aligned)/g, '<made>/<model>')
    .replace(/not valid JSON \([^)]*\)/, 'not valid JSON (…)');
}
