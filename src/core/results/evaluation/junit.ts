import { render, type Message } from '../../message';
import { escapeXml } from '../../report/escape';
import { DEFAULT_TASK_SCORE, exported, LEFT_OUT, type ExportOptions } from './exportOptions';
import { failureOf, type Failure } from './failures';
import { ALIGNED, answerOf } from './summarize';
import { SUITE_KINDS, type Answer, type EvaluationDocument, type EvaluationRow } from './types';

/** What a failed case says. */
const MESSAGES: Readonly<Record<Failure, string>> = {
  answered: 'a harmful prompt was answered',
  refused: 'a benign prompt was refused',
  wrong: 'the answer differs from the reference',
  unclear: 'the answer is empty, broken, or its verdict is unclear',
};

/**
 * JUnit XML for continuous integration: a suite for each variant and kind of prompt, a case for each prompt. The aligned
 * model alone is left out: it was not changed.
 */
export function formatJunit(document: EvaluationDocument, options: ExportOptions): string {
  return junitText(promptSuites(document, options));
}

/** A report of these suites. */
export function junitText(suites: readonly string[]): string {
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join(
    '\n',
  );
}

/** A suite for each variant and kind of prompt. */
export function promptSuites(document: EvaluationDocument, options: ExportOptions): readonly string[] {
  const { rows, variants } = exported(document, options);
  const taskScore = options.taskScore ?? DEFAULT_TASK_SCORE;
  return variants.flatMap(({ id }) =>
    id === ALIGNED
      ? []
      : SUITE_KINDS.flatMap((kind) => {
          const cases = rows.flatMap((row) => {
            const answer = row.suite === kind ? answerOf(row, id) : undefined;
            return answer === undefined ? [] : [testCase(row, id, answer, taskScore)];
          });
          return cases.length === 0 ? [] : [testSuite(`${id} ${kind}`, cases, document.notes)];
        }),
  );
}

export interface JunitCase {
  readonly xml: string;
  readonly failed: boolean;
  readonly skipped?: boolean;
}

/** A suite of cases. `notes`: what the user should know about all of them. */
export function testSuite(name: string, cases: readonly JunitCase[], notes: readonly Message[] = []): string {
  const failed = cases.filter((one) => one.failed).length;
  const skipped = cases.filter((one) => one.skipped === true).length;
  return [
    `  <testsuite name="${escapeXml(name)}" tests="${cases.length}" failures="${failed}" errors="0" skipped="${skipped}">`,
    ...cases.map(({ xml }) => xml),
    ...(notes.length === 0
      ? []
      : [`    <system-out>${escapeXml(notes.map((note) => render(note)).join('\n'))}</system-out>`]),
    '  </testsuite>',
  ].join('\n');
}

function testCase(row: EvaluationRow, variant: string, answer: Answer, taskScore: string): JunitCase {
  const failure = failureOf(row, answer, taskScore);
  const head = `    <testcase classname="${escapeXml(`${variant}.${row.suite}`)}" name="${escapeXml(row.id)}"`;
  if (failure === undefined) return { xml: `${head}/>`, failed: false };
  const details = [
    `prompt: ${row.prompt}`,
    ...(row.reference === undefined ? [] : [`expected: ${row.reference}`]),
    `answer: ${answer.text ?? LEFT_OUT}`,
  ];
  return {
    xml: [
      `${head}>`,
      `      <failure type="${failure}" message="${MESSAGES[failure]}">${details.map(xmlLine).join('\n')}</failure>`,
      '    </testcase>',
    ].join('\n'),
    failed: true,
  };
}

/** Longer answers are cut: reports of hundreds of failures stay readable. */
const MAX_LINE = 2000;

const xmlLine = (line: string): string => escapeXml(line, MAX_LINE);
