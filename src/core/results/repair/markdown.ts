import { render } from '../../message';
import { relativePaths } from '../../report/relativePaths';
import type { ExportOptions } from '../evaluation/exportOptions';
import { bullet, markdownTable } from '../evaluation/markdown';
import { fitLines, fitPath } from '../fit/exports';
import { summarize } from '../evaluation/summarize';
import { comparisonLines, detailsTable, ratesTable, READING } from '../evaluation/table';
import { comparedTable, recommendation } from './compared';
import { NOT_REFUSED_READING, notTested, outcomeText, targetLines } from './outcome';
import { hasClearRefusals, pointsTable } from './table';
import { REPAIRED, type RepairDocument, type WrittenRepair } from './types';
import { repairWarnings } from './warnings';

const CLEAR =
  'Clear refusals: of the harmful prompts that the aligned model refuses and the adapter answers, those whose refusal begins far more probably than an answer. What is refused just barely is answered in other words, so strengths with clear refusals are preferred.';

/** A report to read or to paste into a review: what changed, by how much, how sure, and what was not tested. */
export function formatRepairMarkdown(document: RepairDocument, _options: ExportOptions): string {
  const { test, written, notes, fit } = document;
  const summary = summarize(test);
  const warnings = repairWarnings(document).map((one) => bullet(render(one)));
  const differences = comparisonLines(summary, summary.taskScores).filter((line) =>
    line.startsWith(`${REPAIRED} `),
  );
  const sections: (readonly string[])[] = [
    ['# SPLoRA repair'],
    ...(warnings.length === 0 ? [] : [['## Before you trust it', '', ...warnings]]),
    [
      '## Outcome',
      '',
      ...[outcomeText(document), ...targetLines(document)].map((one) => bullet(render(one))),
    ],
    ...comparedLines(document),
    ['## On the test split', '', ...markdownTable(ratesTable(summary))],
    ['## Differences', '', ...differences.map(bullet)],
    [
      '## Strengths on the fit split',
      '',
      ...markdownTable(pointsTable(document)),
      ...(hasClearRefusals(document) ? ['', CLEAR] : []),
    ],
    ...(fit === null ? [] : [['## Fit of the gates', '', ...fitLines(fit), '', ...fitPath(fit)]]),
    ['## Reliability and cost', '', ...markdownTable(detailsTable(summary, test))],
    inputs(document),
    ...(written === null ? [] : [writtenLines(written, pathsOf(document)(written.out))]),
    ...(notes.length === 0 ? [] : [['## Notes', '', ...notes.map((note) => bullet(render(note)))]]),
    ['## What was not tested', '', ...notTested(document).map((one) => bullet(render(one)))],
    ['## How to read this', '', ...[NOT_REFUSED_READING, ...READING].map(bullet)],
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function comparedLines(document: RepairDocument): readonly (readonly string[])[] {
  const recommended = recommendation(document);
  if (recommended === undefined) return [];
  return [['## Methods compared', '', render(recommended), '', ...markdownTable(comparedTable(document))]];
}

/** The folder names an adapter whose file has the usual name. */
const named = (adapter: string): string => adapter.replace(/[/\\]adapter_model\.\w+$/, '');

/** Paths of a repair as `relativePaths` shows them. */
function pathsOf({ adapter, aligned, base, test, written }: RepairDocument): (path: string) => string {
  const all = [
    named(adapter),
    aligned,
    base ?? '',
    written?.out ?? '',
    ...test.suites.map(({ file }) => file),
  ];
  const shown = relativePaths(Object.fromEntries(all.map((path) => [path, path])));
  return (path) => shown[path] ?? path;
}

function inputs(document: RepairDocument): readonly string[] {
  const { adapter, aligned, base, test, toolVersion } = document;
  const { runner, sampling, suites, judge } = test;
  const shown = pathsOf(document);
  return [
    '## What was measured',
    '',
    bullet(`Adapter: ${shown(named(adapter))}`),
    ...(base === null ? [] : [bullet(`Base: ${shown(base)}`)]),
    bullet(`Aligned: ${shown(aligned)}`),
    bullet(`Run by: ${runner.software}${runner.url === undefined ? '' : ` at ${runner.url}`}`),
    bullet(`Greedy, at most ${sampling.maxNewTokens} new tokens`),
    bullet(`Refusals decided by: ${judge === null ? 'rules' : judge.model}`),
    ...suites.map(({ kind, file, prompts, total }) =>
      bullet(`Suite (${kind}): ${shown(file)}, ${prompts} of ${total} prompts report`),
    ),
    bullet(`Made by splora ${toolVersion}`),
  ];
}

function writtenLines(
  { changed, kept, effect, bytesBefore, bytesAfter, loaders }: WrittenRepair,
  out: string,
): readonly string[] {
  return [
    '## What was written',
    '',
    bullet(`Folder: ${out}`),
    bullet(`${changed} of ${changed + kept} modules ${render(effect)}`),
    bullet(`Weights: ${bytesBefore} bytes before, ${bytesAfter} after`),
    ...loaders.flatMap(({ loader, verdict, findings }) => [
      bullet(`${loader}: ${verdict}`),
      ...findings.map((finding) => bullet(`${loader}: ${render(finding)}`)),
    ]),
  ];
}
