import type * as vscode from 'vscode';

/** A value for each adapter, kept in the workspace's memory across sessions. */
export class AdapterMemory<T> {
  /** @param parse checks a value: another version may have written it */
  constructor(
    private readonly memento: vscode.Memento,
    private readonly prefix: 'selection:' | 'reading:',
    private readonly parse: (value: unknown) => T,
    private readonly onFailure: (thrown: unknown) => void,
  ) {}

  get(adapter: string): T {
    return this.parse(this.memento.get<unknown>(this.prefix + adapter));
  }

  set(adapter: string, value: T): void {
    this.memento.update(this.prefix + adapter, value).then(undefined, this.onFailure);
  }
}
