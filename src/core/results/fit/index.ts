import type { ExportOptions } from '../evaluation/exportOptions';
import type { ResultKind } from '../types';
import type { FitDocument } from './types';

export const fit = {
  id: 'fit',
  folder: 'fits',
  parse: async (text, file) => (await import('./parse')).parseFit(text, file),
  exports: {
    json: {
      extension: 'json',
      text: async (document, options) => (await import('./exports')).formatFit(document, options),
    },
    csv: {
      extension: 'csv',
      text: async (document) => (await import('./exports')).formatFitCsv(document),
    },
    markdown: {
      extension: 'md',
      text: async (document, options) => (await import('./exports')).formatFitMarkdown(document, options),
    },
  },
} satisfies ResultKind<FitDocument, Pick<ExportOptions, 'withAnswers'>>;
