import path from 'node:path';

/** The project's folder. */
export const projectRoot = path.resolve(import.meta.dirname, '..', '..');

/** A path in the given material, which lies beside the project: models and adapters too odd or too big to check in. */
export function shared(...parts: readonly string[]): string {
  return path.join(projectRoot, '..', 'shared', ...parts);
}
