import type { RankedBy } from '../selection/select';
import type { ModuleVerdict } from '../selection/types';
import { isPair, type AnalysisDocument } from './analysis';
import { escapeMarkdown } from './escape';
import { findings, scoredCount } from './findings';
import { loadedAsText, LOADER_NAMES } from './loaders';
import { relativePaths } from './relativePaths';
import { tableColumns, tableRows } from './table';
import { evidenceOf } from '../evidence/evidence';
import { headline } from '../evidence/headline';
import { reasonsText } from '../evidence/reasons';
import { render, type Message } from '../message';

/** A report to read or to paste into a review: what was found and analyzed, what stands out, what is selected, every module, how to read it. */
export function formatMarkdown(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: RankedBy,
): string {
  const { carried, notes } = document;
  const uncovered = carried.map(({ tensor, reason }) => bullet(`${tensor}: ${render(reason)}`));
  const sections = [
    ['# SPLoRA analysis'],
    [
      headlineSentences(document, ranking)
        .map((sentence) => prose(render(sentence)))
        .join(' '),
    ],
    inputs(document),
    ['## Modules that stand out', '', ...evidenceLines(document)],
    ['## Selected modules', '', ...findingLines(document, verdicts, ranking)],
    ['## All modules', '', ...moduleTable(document, verdicts, ranking)],
    ...(carried.length === 0 ? [] : [['## Not covered by scores', '', ...uncovered]]),
    ...loaderSection(document),
    ...(notes.length === 0 ? [] : [['## Notes', '', ...notes.map((note) => bullet(render(note)))]]),
    ['## How to read this', '', prose(document.about)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function inputs(document: AnalysisDocument): string[] {
  const { population, scale, quartiles, loader = document.family } = document.options;
  const pairs = document.modules.filter(isPair).length;
  const replaced = document.modules.length - pairs;
  const { adapter, aligned, base } = document;
  const paths = relativePaths({ adapter, aligned, base });
  return [
    bullet(`Adapter: ${paths.adapter}`),
    bullet(`Aligned: ${paths.aligned}`),
    bullet(`Base: ${paths.base}`),
    bullet(`Modules: ${pairs}, scored: ${scoredCount(document)}`),
    ...(replaced === 0 ? [] : [bullet(`Replaced weights of the model: ${replaced}`)]),
    bullet(
      `Options: population ${population}, scale ${scale}, quartiles ${quartiles}, loader ${LOADER_NAMES[loader]}`,
    ),
    bullet(`Made by ${document.tool.name} ${document.tool.version}`),
  ];
}

function loaderSection({ loaders = [], modules }: AnalysisDocument): readonly (readonly string[])[] {
  if (loaders.length === 0) return [];
  const total = modules.filter(isPair).length;
  return [['## Loading', '', ...loaders.map((loaded) => bullet(render(loadedAsText(loaded, total))))]];
}

const headlineSentences = (document: AnalysisDocument, { rankBy }: RankedBy): readonly Message[] =>
  headline(evidenceOf(document), null, rankBy).sentences;

function evidenceLines(document: AnalysisDocument): readonly string[] {
  const lines = evidenceOf(document).standsOut.map(
    ({ module, reasons }) => `- **${escapeMarkdown(module)}**: ${prose(render(reasonsText(reasons)))}.`,
  );
  return lines.length === 0 ? ['None.'] : lines;
}

function findingLines(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: RankedBy,
): readonly string[] {
  const lines = findings(document, verdicts, ranking).map(
    ({ module, sentence }) => `- **${escapeMarkdown(module)}**: ${prose(sentence)}`,
  );
  return lines.length === 0 ? ['None.'] : lines;
}

function moduleTable(
  document: AnalysisDocument,
  verdicts: readonly ModuleVerdict[],
  ranking: RankedBy,
): readonly string[] {
  const columns = tableColumns(ranking.rankBy);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ label }) => escapeMarkdown(label))),
    line(columns.map(({ align }) => (align === 'right' ? '--:' : ':--'))),
    ...tableRows(document, verdicts).map((row) => line(columns.map(({ text }) => escapeMarkdown(text(row))))),
  ];
}

/** Sentences are longer than names may be shown. */
const MAX_PROSE_LENGTH = 5000;

const prose = (text: string): string => escapeMarkdown(text, MAX_PROSE_LENGTH);
const bullet = (text: string): string => `- ${prose(text)}`;
