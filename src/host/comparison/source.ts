import type { ComparisonContent, ComparisonRequest } from '../../protocol/comparison';

/** What a page that compares adapters shows, and its report. A kind of page is a class and a line in `sources.ts`. */
export interface ComparisonSource {
  readonly request: ComparisonRequest;
  /** Of the tab and the page. */
  readonly title: string;
  /** Sources of one key share a page. */
  readonly key: string;
  /** Rejects with `SploraError`. @param fresh reads weights again */
  content(signal: AbortSignal, fresh: boolean): Promise<ComparisonContent>;
  /** Results of the window that the content is made of: with others, it is made again. */
  inputs(): readonly unknown[];
  /** The same facts as Markdown. */
  report(signal: AbortSignal): Promise<string>;
}
