import { render } from '../../message';
import { escapeXml } from '../../report/escape';
import type { ExportOptions } from '../evaluation/exportOptions';
import { junitText, promptSuites, testSuite, type JunitCase } from '../evaluation/junit';
import { targetChecks, outcomeText } from './outcome';
import { REPAIRED, type RepairDocument } from './types';

/** JUnit XML: the target and the loaders as cases, then a case for each prompt of the repaired adapter. */
export function formatRepairJunit(document: RepairDocument, options: ExportOptions): string {
  const { test } = document;
  const only = { ...test, variants: test.variants.filter(({ id }) => id === REPAIRED) };
  return junitText([
    testSuite('repair', cases(document)),
    ...promptSuites(only, { taskScore: document.target.taskScore, ...options }),
  ]);
}

function cases(document: RepairDocument): readonly JunitCase[] {
  const { outcome, written } = document;
  const missed = outcome === 'missed' ? render(outcomeText(document)) : undefined;
  return [
    caseOf('outcome', missed),
    ...targetChecks(document).map(({ label, value, limit, isUpper, state }) =>
      state === 'not measured'
        ? skippedCase(label, state)
        : caseOf(
            label,
            state === 'reached'
              ? undefined
              : `${value ?? 'not measured'}, must be ${isUpper ? 'at most' : 'at least'} ${limit}`,
          ),
    ),
    ...(written?.loaders ?? []).map(({ loader, verdict, findings }) =>
      caseOf(
        `loads in ${loader}`,
        verdict === 'same' || verdict === 'unknown'
          ? undefined
          : [verdict, ...findings.map((finding) => render(finding))].join(': '),
      ),
    ),
  ];
}

const headOf = (name: string): string => `    <testcase classname="repair" name="${escapeXml(name)}"`;

function skippedCase(name: string, why: string): JunitCase {
  const xml = [`${headOf(name)}>`, `      <skipped message="${escapeXml(why)}"/>`, '    </testcase>'].join(
    '\n',
  );
  return { xml, failed: false, skipped: true };
}

function caseOf(name: string, failure: string | undefined): JunitCase {
  const head = headOf(name);
  if (failure === undefined) return { xml: `${head}/>`, failed: false };
  const xml = [`${head}>`, `      <failure message="${escapeXml(failure)}"/>`, '    </testcase>'].join('\n');
  return { xml, failed: true };
}
