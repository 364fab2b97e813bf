import { existsSync } from 'node:fs';
import path from 'node:path';

/** The project's folder. */
export const projectRoot = path.resolve(import.meta.dirname, '..', '..');

/** A path in the tiny trained family that ships as the sample. */
export function sample(...parts: readonly string[]): string {
  return path.join(projectRoot, 'media', 'sample', ...parts);
}

/** A path in the checked-in fixtures: families of other conventions, and goldens. */
export function fixture(...parts: readonly string[]): string {
  return path.join(projectRoot, 'test', 'fixtures', ...parts);
}

/** A path in the given material beside the project: real public adapters, whose licences keep them out of it. */
export function shared(...parts: readonly string[]): string {
  return path.join(projectRoot, '..', 'shared', ...parts);
}

/** Whether the real adapters are there; tests that need them are skipped by name where they are not. */
export const hasRealAdapters = existsSync(shared('adapters'));

const NEED = '[skipped: needs ../shared/adapters beside this checkout]';

/** `it` for a test that reads the real adapters. */
export function itWithRealAdapters(title: string, test: Mocha.Func | Mocha.AsyncFunc): void {
  if (hasRealAdapters) it(title, test);
  else it.skip(`${title} ${NEED}`, test);
}
