import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Frame } from 'playwright-core';

/** What axe-core has to say against a webview; empty when nothing. */
export async function axeViolations(frame: Frame): Promise<string[]> {
  const file = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  // Past the page's policy: as the debugger, not as a script of the page.
  await frame.evaluate(await readFile(file, 'utf8'));
  return frame.evaluate<string[]>(`axe.run().then(({ violations }) => violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => id + ': ' + target.join(' ') + ' ' + failureSummary)))`);
}
