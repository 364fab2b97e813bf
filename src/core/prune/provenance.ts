import { lastOfPath } from '../lastPart';
import type { Adapter } from '../adapter/types';
import type { PruneMode, PruneProvenance } from './types';

/** The key of the safetensors metadata under which a pruned file says where it comes from. */
export const METADATA_KEY = 'splora';
/** A longer record of earlier prunings is not carried on. */
const PREVIOUS_LENGTH_MAX = 65_536;

/** Raised when a field changes meaning or goes. */
const PROVENANCE_VERSION = 1;

/** What is published with an adapter must not disclose the folders of its author: a path becomes its last part. */
function publishedName(path: string): string {
  return /^([/\\~.]|[A-Za-z]:[/\\])/.test(path) ? lastOfPath(path) : path;
}

/**
 * Who pruned what, how it was chosen and from which bytes, as JSON. Repo ids stay whole, paths lose their folders.
 * `previous` is the record of an earlier pruning of the same adapter.
 */
export function provenanceJson(
  input: {
    readonly adapter: Adapter;
    readonly mode: PruneMode;
    readonly provenance: PruneProvenance;
    readonly toolVersion: string;
    readonly sourceSha256: string;
  },
  removed: readonly string[],
  previous: string | undefined,
): string {
  const { provenance } = input;
  const choice =
    provenance.by === 'hand'
      ? { by: provenance.by }
      : {
          by: provenance.by,
          selection: provenance.selection,
          options: provenance.options,
          base: publishedName(provenance.base),
          aligned: publishedName(provenance.aligned),
          ...(provenance.stale === undefined ? {} : { stale: provenance.stale }),
        };
  return JSON.stringify({
    version: PROVENANCE_VERSION,
    tool: 'splora',
    toolVersion: input.toolVersion,
    mode: input.mode,
    ...choice,
    removed,
    source: { file: lastOfPath(input.adapter.weightsFile), sha256: input.sourceSha256 },
    ...(previous === undefined || previous.length > PREVIOUS_LENGTH_MAX ? {} : { previous }),
  });
}
