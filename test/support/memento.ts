import type { Memento } from 'vscode';

/** A memory of one test. */
export function memento(): Memento {
  const values = new Map<string, unknown>();
  return {
    keys: () => [...values.keys()],
    get: <T>(key: string, otherwise?: T) => (values.get(key) ?? otherwise) as T,
    update: (key, value) => {
      values.set(key, value);
      return Promise.resolve();
    },
  };
}
