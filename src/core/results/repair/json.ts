import { jsonText } from '../../report/escape';
import { exported, type ExportOptions } from '../evaluation/exportOptions';
import { plainSummary } from '../evaluation/json';
import { exportedFit } from '../fit/exports';
import { summarize } from '../evaluation/summarize';
import type { RepairDocument } from './types';
import { repairWarnings } from './warnings';

/** The document as JSON, with its warnings and the summary of its test added; a reader of documents takes it for one. */
export function formatRepair(document: RepairDocument, options: ExportOptions): string {
  return jsonText({
    ...document,
    test: exported(document.test, options),
    fit: document.fit === null ? null : exportedFit(document.fit, options),
    warnings: repairWarnings(document),
    summary: plainSummary(summarize(document.test)),
  });
}
