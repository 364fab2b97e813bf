import { formatError, type ErrorText } from '../core/errors';
import type { InspectResult } from './engineApi';
import { render, type Translate } from '../core/message';

/** Everything that passes between the extension host and the page of the safetensors inspector. */

/** Rows per message: large files fill the page in pieces, so that it stays responsive. */
export const ROWS_PER_MESSAGE = 10_000;

/** Tensors by column, a piece of the file's list. All columns are of one length. */
export interface TensorColumns {
  readonly names: readonly string[];
  readonly dtypes: readonly string[];
  readonly shapes: readonly (readonly number[])[];
  /** Size of each tensor in the file. */
  readonly bytes: readonly number[];
}

/** What the page shows above the table. */
export interface InspectedFile {
  readonly fileSize: number;
  readonly tensorCount: number;
  /** `__metadata__`, in file order. */
  readonly metadata: readonly (readonly [key: string, value: string])[];
  readonly adapter: AdapterSummary | null;
  /** Why a safetensors file cannot be scored; null if it can, or if it is not an adapter. */
  readonly declined: string | null;
}

export interface AdapterSummary {
  readonly family: string;
  readonly moduleCount: number;
  /** Distinct values, ascending. */
  readonly ranks: readonly number[];
  readonly scales: readonly number[];
  readonly alignedHint: string | null;
  /** Modules that cannot be scored, by reason. */
  readonly unsupported: readonly { readonly reason: string; readonly count: number }[];
  readonly carriedCount: number;
  readonly notes: readonly string[];
}

export type HostToInspector =
  /** First, once for each `ready`. */
  | {
      readonly type: 'init';
      readonly fileName: string;
      readonly path: string;
      /** English text -> text in the language of the window. */
      readonly translations: Readonly<Record<string, string>>;
      readonly trusted: boolean;
    }
  | { readonly type: 'trusted' }
  /** The header is being read, for the first time or because the file changed. */
  | { readonly type: 'loading' }
  /** Replaces all that was shown; `tensors` follow, in order. */
  | { readonly type: 'file'; readonly file: InspectedFile }
  | { readonly type: 'tensors'; readonly from: number; readonly columns: TensorColumns }
  | { readonly type: 'failed'; readonly error: ErrorText };

/** What the page may ask for. It shows hostile names, so it can name neither files nor commands. */
export interface InspectorToHost {
  /** `ready`: the page listens, send `init` and everything after it. */
  readonly type: 'ready' | 'analyze' | 'retry' | 'showLog' | 'manageTrust' | 'openAsText';
}

/** What the page shows above the table. */
export function summarize(result: InspectResult, translate?: Translate): InspectedFile {
  return {
    fileSize: result.fileSize,
    tensorCount: result.tensors.length,
    metadata: Object.entries(result.metadata),
    adapter: result.adapter === null ? null : summarizeAdapter(result.adapter, translate),
    declined: result.declined === null ? null : formatError(result.declined, translate),
  };
}

function summarizeAdapter(
  adapter: NonNullable<InspectResult['adapter']>,
  translate: Translate | undefined,
): AdapterSummary {
  const unsupported = new Map<string, number>();
  for (const { unsupported: reason } of adapter.modules) {
    if (reason === null) continue;
    const text = render(reason, translate);
    unsupported.set(text, (unsupported.get(text) ?? 0) + 1);
  }
  return {
    family: adapter.family,
    moduleCount: adapter.modules.length,
    ranks: distinct(adapter.modules.map(({ rank }) => rank)),
    scales: distinct(adapter.modules.map(({ scale }) => scale)),
    alignedHint: adapter.alignedHint,
    unsupported: [...unsupported].map(([reason, count]) => ({ reason, count })),
    carriedCount: adapter.carried.length,
    notes: adapter.notes.map((note) => render(note, translate)),
  };
}

function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].sort((x, y) => x - y);
}

/** The tensors of a result in pieces of `ROWS_PER_MESSAGE`. */
export function* tensorMessages(
  tensors: InspectResult['tensors'],
): Generator<Extract<HostToInspector, { type: 'tensors' }>> {
  for (let from = 0; from < tensors.length; from += ROWS_PER_MESSAGE) {
    const piece = tensors.slice(from, from + ROWS_PER_MESSAGE);
    const columns = {
      names: piece.map(({ name }) => name),
      dtypes: piece.map(({ dtype }) => dtype),
      shapes: piece.map(({ shape }) => shape),
      bytes: piece.map(({ bytes }) => bytes),
    };
    yield { type: 'tensors', from, columns };
  }
}
