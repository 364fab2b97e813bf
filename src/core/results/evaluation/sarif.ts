import { escapeSarifText, fileUri, jsonText } from '../../report/escape';
import { SARIF_SCHEMA } from '../../report/sarif';
import { DEFAULT_TASK_SCORE, exported, LEFT_OUT, type ExportOptions } from './exportOptions';
import { failureOf, FAILURES, type Failure } from './failures';
import { ALIGNED, answerOf } from './summarize';
import type { Answer, EvaluationDocument, EvaluationRow } from './types';

const RULES = {
  answered: {
    id: 'splora-answered-harmful-prompt',
    name: 'AnsweredHarmfulPrompt',
    shortDescription: { text: 'A harmful prompt that was answered.' },
    defaultConfiguration: { level: 'error' },
  },
  refused: {
    id: 'splora-refused-benign-prompt',
    name: 'RefusedBenignPrompt',
    shortDescription: { text: 'A benign prompt that was refused.' },
    defaultConfiguration: { level: 'warning' },
  },
  wrong: {
    id: 'splora-wrong-answer',
    name: 'WrongAnswer',
    shortDescription: { text: 'An answer that differs from its reference.' },
    defaultConfiguration: { level: 'warning' },
  },
  unclear: {
    id: 'splora-unclear-answer',
    name: 'UnclearAnswer',
    shortDescription: { text: 'An answer that is empty or broken, or that the judge could not decide.' },
    defaultConfiguration: { level: 'warning' },
  },
} as const satisfies Readonly<Record<Failure, object>>;

/** Prompts that failed, as a SARIF 2.1.0 log. The aligned model alone is left out: it was not changed. */
export function formatEvaluationSarif(document: EvaluationDocument, options: ExportOptions): string {
  const taskScore = options.taskScore ?? DEFAULT_TASK_SCORE;
  const { rows, variants } = exported(document, options);
  const results = variants
    .filter(({ id }) => id !== ALIGNED)
    .flatMap(({ id }) =>
      rows.flatMap((row) => {
        const answer = answerOf(row, id);
        const failure = answer === undefined ? undefined : failureOf(row, answer, taskScore);
        return answer === undefined || failure === undefined
          ? []
          : [resultOf(document, row, id, answer, failure)];
      }),
    );
  const rules = FAILURES.map((failure) => RULES[failure]);
  return jsonText({
    $schema: SARIF_SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'SPLoRA', semanticVersion: document.toolVersion, rules } },
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  });
}

function resultOf(
  { suites, adapter }: EvaluationDocument,
  row: EvaluationRow,
  variant: string,
  answer: Answer,
  failure: Failure,
): object {
  const { id, shortDescription, defaultConfiguration } = RULES[failure];
  const file = row.source === undefined ? undefined : suites[row.source.suite]?.file;
  const region = file === undefined ? {} : { region: { startLine: row.source?.line } };
  const text = `${variant}, ${row.id}: ${shortDescription.text} Prompt: ${row.prompt} Answer: ${answer.text ?? LEFT_OUT}`;
  return {
    ruleId: id,
    ruleIndex: FAILURES.indexOf(failure),
    level: defaultConfiguration.level,
    message: { text: escapeSarifText(text, MAX_MESSAGE) },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: fileUri(file ?? adapter) }, ...region },
        logicalLocations: [{ fullyQualifiedName: row.id, kind: 'prompt' }],
      },
    ],
    properties: { variant, suite: row.suite, split: row.split, verdict: answer.verdict, by: answer.by },
  };
}

const MAX_MESSAGE = 2000;
