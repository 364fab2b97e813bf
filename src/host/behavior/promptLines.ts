import { isRecord } from '../../core/record';

/** Where prompts are in a suite's file: id -> line, from 0. Lines without an id of their own have no entry. */
export function promptLines(text: string): ReadonlyMap<string, number> {
  const lines = new Map<string, number>();
  text.split('\n').forEach((line, at) => {
    const id = idOf(line);
    if (id !== undefined) lines.set(id, at);
  });
  return lines;
}

/** The evaluator has checked the file; it may have changed since. */
function idOf(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const id = isRecord(value) ? value['id'] : undefined;
    return typeof id === 'string' ? id : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}
