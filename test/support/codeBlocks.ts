import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from './paths';

/** What runs `splora` beside other tools: each command and script of it is run by a test. */
export const PIPELINES = path.join(projectRoot, 'media', 'docs', 'pipelines.md');

/** The code blocks of a Markdown file in one language, in their order. */
export async function codeBlocks(file: string, language: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8');
  return text
    .split(`\n\`\`\`${language}\n`)
    .slice(1)
    .map((rest) => rest.slice(0, rest.indexOf('\n```') + 1));
}
