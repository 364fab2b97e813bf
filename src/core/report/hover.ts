import type { ScoreName } from '../ediem/types';
import type { ModuleVerdict } from '../selection/types';
import type { AnalysisDocument } from './analysis';
import { escapeMarkdown } from './escape';
import { scoredCount, verdictSentence, type Ranking } from './findings';
import { formatScoreOf, formatShape, scoreInfo } from './scores';

/** What a hover says of one module, as data for a surface that words it itself. Nothing in it is escaped. */
export interface HoverText {
  readonly module: string;
  readonly sentence: string;
  readonly scores: readonly { readonly score: ScoreName; readonly label: string; readonly value: string }[];
  /** e.g. `96 × 256, rank 4, scale 2`. */
  readonly shape: string;
}

const SHOWN: readonly ScoreName[] = [
  'ediemIqr',
  'reversal',
  'cosine',
  'retained',
  'relativeDistance',
  'distance',
  'updateNorm',
];

/** Null when the document does not know the module. */
export function hoverText(
  document: AnalysisDocument,
  module: string,
  verdict: ModuleVerdict,
  ranking: Ranking,
): HoverText | null {
  const result = document.modules.find((candidate) => candidate.module === module);
  if (result === undefined) return null;
  const scores = result.status === 'scored' ? [...new Set([ranking.rankBy, ...SHOWN])] : [];
  return {
    module,
    sentence: verdictSentence(result, verdict, ranking, scoredCount(document)),
    scores: scores.map((score) => ({
      score,
      label: scoreInfo[score].label,
      value: formatScoreOf(result, score),
    })),
    shape: `${formatShape(result.shape)}, rank ${result.rank}, scale ${Number(result.scale.toPrecision(4))}`,
  };
}

/** The same as Markdown in which every text of a file is literal text. */
export function hoverMarkdown(hover: HoverText): string {
  const rows = hover.scores.map(
    ({ label, value }) => `| ${escapeMarkdown(label)} | ${escapeMarkdown(value)} |`,
  );
  const table = rows.length === 0 ? [] : ['', '| | |', '|:--|--:|', ...rows];
  return [
    `**${escapeMarkdown(hover.module)}**`,
    '',
    escapeMarkdown(hover.sentence),
    ...table,
    '',
    escapeMarkdown(hover.shape),
  ].join('\n');
}
