import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame, Page } from 'playwright-core';

/** What axe-core finds on a page or in a webview; empty if nothing. @param without rules that are left out */
export async function axeViolations(
  target: Page | Frame,
  without: readonly string[] = [],
): Promise<string[]> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // Past the page's policy: as the debugger, not as a script of the page.
  await target.evaluate(await readFile(file, 'utf8'));
  const rules = Object.fromEntries(without.map((rule) => [rule, { enabled: false }]));
  return target.evaluate<
    string[]
  >(`axe.run({ rules: ${JSON.stringify(rules)} }).then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ' ' + failureSummary)))`);
}
