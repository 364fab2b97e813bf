import { render } from '../core/message';
import { formatBytes, formatModules } from '../core/report/scores';
import { summarize } from '../core/results/evaluation/summarize';
import { comparisonLines, ratesTable, READING } from '../core/results/evaluation/table';
import { comparedTable, recommendation } from '../core/results/repair/compared';
import { NOT_REFUSED_READING, notTested, outcomeText, targetLines } from '../core/results/repair/outcome';
import { REPAIRED, type RepairDocument, type WrittenRepair } from '../core/results/repair/types';
import { repairWarnings } from '../core/results/repair/warnings';
import { foldedText, fullText, noteLines, type Terminal } from './output';

/** What a user reads after a repair: what speaks against it first, then what came out. */
export function repairText(document: RepairDocument, terminal: Terminal): string {
  const { test, written, notes, target } = document;
  const summary = summarize(test);
  const warnings = repairWarnings(document).map((one) => render(one));
  const list = (lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [...noteLines(lines, '--json'), ''];
  const differences = comparisonLines(summary, [target.taskScore], { changedOnly: true }).filter((line) =>
    line.startsWith(`${REPAIRED} `),
  );
  return [
    ...(warnings.length === 0 ? [] : ['Before you trust it:', ...list(warnings)]),
    render(outcomeText(document)),
    ...targetLines(document).map((one) => `  ${render(one)}`),
    '',
    ...comparedLines(document, terminal),
    foldedText(ratesTable(summary), terminal),
    '',
    ...list(differences),
    ...(written === null ? [] : [...writtenLines(written), '']),
    ...list(notes.map((note) => render(note))),
    `Not tested: ${notTested(document)
      .map((one) => render(one))
      .join(' ')}`,
    NOT_REFUSED_READING,
    ...READING.slice(0, 1),
    '',
  ].join('\n');
}

function comparedLines(document: RepairDocument, terminal: Terminal): readonly string[] {
  const recommended = recommendation(document);
  if (recommended === undefined) return [];
  return [render(recommended), '', foldedText(comparedTable(document), terminal), ''];
}

function writtenLines({
  out,
  files,
  changed,
  kept,
  effect,
  bytesBefore,
  bytesAfter,
  loaders,
}: WrittenRepair): readonly string[] {
  return [
    `Wrote ${fullText(out)}`,
    ...files.map(({ path, bytes }) => `  ${fullText(path)}  ${formatBytes(bytes)}`),
    `${changed} of ${formatModules(changed + kept)} ${render(effect)}. Weights: ${formatBytes(bytesBefore)} before, ${formatBytes(bytesAfter)} after.`,
    ...loaders.flatMap(({ loader, verdict, findings }) => [
      `${loader}: ${verdict}`,
      ...findings.map((finding) => `  ${render(finding)}`),
    ]),
  ];
}
