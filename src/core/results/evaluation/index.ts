import type { ResultKind } from '../types';
import type { ExportOptions } from './exportOptions';
import type { EvaluationDocument } from './types';

export const evaluation = {
  id: 'evaluation',
  folder: 'evaluations',
  parse: async (text, file) => (await import('./parse')).parseEvaluation(text, file),
  exports: {
    json: {
      extension: 'json',
      text: async (document, options) => (await import('./json')).formatEvaluation(document, options),
    },
    csv: {
      extension: 'csv',
      text: async (document, options) => (await import('./csv')).formatEvaluationCsv(document, options),
    },
    markdown: {
      extension: 'md',
      text: async (document, options) =>
        (await import('./markdown')).formatEvaluationMarkdown(document, options),
    },
    junit: {
      extension: 'xml',
      text: async (document, options) => (await import('./junit')).formatJunit(document, options),
    },
    sarif: {
      extension: 'sarif',
      text: async (document, options) => (await import('./sarif')).formatEvaluationSarif(document, options),
    },
  },
} satisfies ResultKind<EvaluationDocument, ExportOptions>;
