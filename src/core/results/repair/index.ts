import type { ExportOptions } from '../evaluation/exportOptions';
import type { ResultKind } from '../types';
import type { RepairDocument } from './types';

export const repair = {
  id: 'repair',
  folder: 'repairs',
  parse: async (text, file) => (await import('./parse')).parseRepair(text, file),
  exports: {
    json: {
      extension: 'json',
      text: async (document, options) => (await import('./json')).formatRepair(document, options),
    },
    markdown: {
      extension: 'md',
      text: async (document, options) => (await import('./markdown')).formatRepairMarkdown(document, options),
    },
    junit: {
      extension: 'xml',
      text: async (document, options) => (await import('./junit')).formatRepairJunit(document, options),
    },
  },
} satisfies ResultKind<RepairDocument, ExportOptions>;
