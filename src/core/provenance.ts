import type { Adapter } from './adapter/types';
import { lastOfPath } from './lastPart';
import type { AnalysisOptions } from './report/analysis';
import type { SelectionOptions } from './selection/types';
/** The key of the safetensors metadata under which a repaired file says where it comes from. */
export const METADATA_KEY = 'splora';
/** A longer record of earlier repairs is dropped. */
const PREVIOUS_LENGTH_MAX = 65_536;

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
  return JSON.stringify({
    version: PROVENANCE_VERSION,
    tool: 'splora',
    toolVersion,
    method,
    ...published(provenance),
    ...(models === undefined ? {} : publishedModels(models)),
    ...record,
    source: { file: lastOfPath(adapter.weightsFile), sha256: sourceSha256 },
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
