import type { Adapter } from './adapter/types';
import { cutPath, lastOfPath } from './lastPart';
import { isRecord } from './record';
import type { AnalysisOptions } from './report/analysis';
import type { SelectionOptions } from './selection/types';
/** The key of the safetensors metadata under which a repaired file says where it comes from. */
export const METADATA_KEY = 'splora';
/** A longer record of earlier repairs is dropped. */
const PREVIOUS_LENGTH_MAX = 65_536;

/** In the place of a method: the adapter was written for a loader, and not repaired. */
export const EXPORTED = 'export';

/** Raised when a field changes meaning or is removed. */
const PROVENANCE_VERSION = 1;

/** What is published with an adapter must not disclose the folders of its author: a path becomes its last part. */
function publishedName(path: string): string {
  return /^([/\\~.]|[A-Za-z]:[/\\])/.test(path) ? lastOfPath(path) : path;
}

/** How the modules were chosen. */
export type Provenance =
  | { readonly by: 'hand' }
  | {
      readonly by: 'rule';
      readonly selection: SelectionOptions;
      /** How the scores were made. */
      readonly options: AnalysisOptions;
      readonly base: string;
      readonly aligned: string;
      /** Why the scores are of earlier files; absent: they are of these. */
      readonly stale?: string;
    };

/** Paths or repo ids. */
export interface ModelNames {
  readonly base: string;
  readonly aligned: string;
}

export interface ProvenanceInput {
  readonly adapter: Adapter;
  readonly method: string;
  /** Of the plan. */
  readonly record: Readonly<Record<string, unknown>>;
  /** Absent: the method chooses no modules. */
  readonly provenance?: Provenance;
  /** Absent: the method reads no model. */
  readonly models?: ModelNames;
  readonly toolVersion: string;
  /** Of the weights file, lower-case hexadecimal. */
  readonly sourceSha256: string;
  /** The record of an earlier repair of the same adapter. */
  readonly previous: string | undefined;
}

/** Which tool did what, how modules were chosen and from which bytes, as JSON. Repo ids stay whole, paths lose their folders. */
export function provenanceJson(input: ProvenanceInput): string {
  const { adapter, method, record, provenance, models, previous, toolVersion, sourceSha256 } = input;
  const [before, file] = cutPath(adapter.weightsFile);
  const folder = lastOfPath(before);
  return JSON.stringify({
    version: PROVENANCE_VERSION,
    tool: 'splora',
    toolVersion,
    method,
    ...published(provenance),
    ...(models === undefined ? {} : publishedModels(models)),
    ...record,
    source: { ...(folder === '' ? {} : { folder }), file, sha256: sourceSha256 },
    ...(previous === undefined || previous.length > PREVIOUS_LENGTH_MAX ? {} : { previous }),
  });
}

function published(provenance: Provenance | undefined): object {
  if (provenance?.by !== 'rule') return provenance ?? {};
  return { ...provenance, ...publishedModels(provenance) };
}

function publishedModels({ base, aligned }: ModelNames): ModelNames {
  return { base: publishedName(base), aligned: publishedName(aligned) };
}

/** What a repaired file says of itself. */
export interface RepairOrigin {
  /** Id of a method, perhaps one that this version does not know. */
  readonly method: string;
  /** Name of the original's folder; undefined in files of earlier versions. */
  readonly folder: string | undefined;
}

/** Longer ids and names were not written by this tool. */
const NAME_LENGTH_MAX = 255;

/** Reads what `provenanceJson` made; undefined if it is anything else. */
export function parseRepairOrigin(text: string): RepairOrigin | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed)) return undefined;
  const { method, source } = parsed;
  const folder = isRecord(source) ? source['folder'] : undefined;
  const isName = (value: unknown): value is string =>
    typeof value === 'string' && value !== '' && value.length <= NAME_LENGTH_MAX;
  return isName(method) ? { method, folder: isName(folder) ? folder : undefined } : undefined;
}
