import type { AnalysisDocument } from '../../report/analysis';
import type { Decision, ResultKind } from '../types';

export const analysis = {
  id: 'analysis',
  folder: 'results',
  parse: async (text, file) => (await import('./parse')).parseAnalysis(text, file),
  exports: {
    json: {
      extension: 'json',
      text: async (document, { verdicts, selection }) =>
        (await import('../../report/json')).formatDecided(document, verdicts, selection),
    },
    csv: {
      extension: 'csv',
      text: async (document, { verdicts }) =>
        (await import('../../report/csv')).formatCsv(document, verdicts),
    },
    markdown: {
      extension: 'md',
      text: async (document, { verdicts, selection }) =>
        (await import('../../report/markdown')).formatMarkdown(document, verdicts, selection),
    },
    svg: {
      extension: 'svg',
      text: async (document, { verdicts, selection }) =>
        (await import('../../report/svg')).formatSvg(document, verdicts, selection.rankBy),
    },
    sarif: {
      extension: 'sarif',
      text: async (document, { verdicts, selection }) =>
        (await import('../../report/sarif')).formatSarif(document, verdicts, selection),
    },
  },
} satisfies ResultKind<AnalysisDocument, Decision>;
