import type { ModuleVerdict, SelectionOptions } from '../selection/types';

/**
 * Identity of a file that a result depends on; a changed size or time makes the result stale. Both null: there was no
 * file, and one that appears counts as changed.
 */
export interface InputIdentity {
  readonly path: string;
  readonly size: number | null;
  readonly mtimeMs: number | null;
}

/** What cache, restore and staleness need to know of a result, whatever its kind. */
export interface ResultDocument {
  readonly schemaVersion: number;
  /** Absolute path of the adapter's weights file: the key under which surfaces keep the result. */
  readonly adapter: string;
  readonly inputs: readonly InputIdentity[];
}

/** Which modules the user's rule takes out; exports that list modules show it. */
export interface Decision {
  readonly selection: SelectionOptions;
  readonly verdicts: readonly ModuleVerdict[];
}

/** `O`: what the caller decides about it. */
export interface ResultExport<D, O> {
  /** Of the written file, without a dot. */
  readonly extension: string;
  text(document: D, options: O): Promise<string>;
}

/** A kind of result: a folder here and a line in `RESULT_KINDS`. Parsers and exports are loaded on first use. */
export interface ResultKind<D extends ResultDocument = ResultDocument, O = never> {
  /** Its key in `RESULT_KINDS`. */
  readonly id: string;
  /** Folder of its files in the extension's storage. Earlier versions wrote there: it never changes. */
  readonly folder: string;
  /**
   * Parses a stored document of this or an earlier schema version; see `parseResult`.
   * @param file where the text was read from, for the message
   * @throws SploraError `bad-request`
   */
  parse(text: string, file?: string): Promise<D>;
  readonly exports: Readonly<Record<string, ResultExport<D, O>>>;
}
