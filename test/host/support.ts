import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ErrorCode, ErrorData } from '../../src/core/errors';

export const EXTENSION_ID = 'splora.splora';
export const MIXED = 'adapter-mixed';
export const BENIGN = 'adapter-benign';

/** A file of the workspace, which is a copy of the sample. */
export function uri(...parts: readonly string[]): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  assert.ok(folder !== undefined, 'the suite runs in a copy of the sample');
  return vscode.Uri.joinPath(folder.uri, ...parts);
}

export const weights = (adapter = MIXED): vscode.Uri => uri(adapter, 'adapter_model.safetensors');
export const config = (adapter = MIXED): vscode.Uri => uri(adapter, 'adapter_config.json');

/** The models of the sample, as a caller names them. */
export function models(): { base: string; aligned: string } {
  return { base: uri('base').fsPath, aligned: uri('aligned').fsPath };
}

/** Runs a command and says what type its answer is meant to have; tests check what they use of it. */
export async function run<T>(command: string, ...args: readonly unknown[]): Promise<T | undefined> {
  return vscode.commands.executeCommand<T | undefined>(command, ...args);
}

/** Runs a command as a program, which gets the error. */
export async function refused(code: ErrorCode, command: string, ...args: readonly unknown[]): Promise<void> {
  // The extension is a bundle with an error class of its own.
  await assert.rejects(run(command, ...args), (thrown: Error & { readonly data?: ErrorData }) => {
    assert.equal(thrown.data?.code, code, String(thrown));
    return thrown.message !== '';
  });
}

/** Only ends a wait for what never comes. */
const PATIENCE_MS = 90_000;
const POLL_MS = 25;

/** Asks again until the answer is not undefined or false: what the extension shows follows its state a moment later. */
export async function eventually<T>(
  what: string,
  look: () => PromiseLike<T | false | undefined> | T | false | undefined,
): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await look();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${String(PATIENCE_MS)} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Diagnostics of ours on a document. */
export function problems(document: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(document).filter(({ source }) => source === 'SPLoRA');
}

/** The text of all hovers at a place. */
export async function hoverText(document: vscode.Uri, position: vscode.Position): Promise<string> {
  const hovers = (await run<vscode.Hover[]>('vscode.executeHoverProvider', document, position)) ?? [];
  return hovers
    .flatMap(({ contents }) => contents)
    .map((part) => (part instanceof vscode.MarkdownString ? part.value : ''))
    .join('\n');
}

/** Where a text first stands in a document. */
export async function find(document: vscode.Uri, text: string): Promise<vscode.Range> {
  const opened = await vscode.workspace.openTextDocument(document);
  const at = opened.getText().indexOf(text);
  assert.ok(at >= 0, `${text} in ${document.toString()}`);
  return new vscode.Range(opened.positionAt(at), opened.positionAt(at + text.length));
}

/** Puts stand-ins into `vscode.window`, `vscode.commands` … while `work` runs. */
export async function withStubs<T>(
  target: object,
  stubs: Readonly<Record<string, unknown>>,
  work: () => T,
): Promise<Awaited<T>> {
  const before = Object.fromEntries(
    Object.keys(stubs).map((name) => [name, Reflect.get(target, name) as unknown]),
  );
  Object.assign(target, stubs);
  try {
    return await work();
  } finally {
    Object.assign(target, before);
  }
}

export interface AskedList {
  readonly title: string;
  readonly placeholder: string;
  readonly labels: readonly string[];
  readonly descriptions: readonly string[];
  readonly details: readonly string[];
  readonly step: number | undefined;
  readonly totalSteps: number | undefined;
  /** The row that Enter would take. */
  readonly active: string | undefined;
}

/**
 * A stand-in for `createQuickPick` whose lists answer themselves.
 * @param answer the label of a row, `back`, or undefined to cancel
 */
export function quickPickStub(answer: (list: AskedList) => string | undefined): () => object {
  type Listener = (value?: unknown) => void;
  return () => {
    const listeners = new Map<string, Set<Listener>>();
    const event = (name: string) => (listener: Listener) => {
      const known = listeners.get(name) ?? new Set();
      listeners.set(name, known.add(listener));
      return { dispose: () => known.delete(listener) };
    };
    const fire = (name: string): void => listeners.get(name)?.forEach((listener) => listener());
    const shown = {
      items: [] as readonly vscode.QuickPickItem[],
      activeItems: [] as readonly vscode.QuickPickItem[],
      title: '',
      placeholder: '',
      step: undefined,
      totalSteps: undefined,
      onDidAccept: event('accept'),
      onDidTriggerButton: event('button'),
      onDidHide: event('hide'),
      dispose: () => undefined,
      show: () => {
        const { title, placeholder, items, activeItems, step, totalSteps } = shown;
        const labels = items.map(({ label }) => label);
        const descriptions = items.map(({ description = '' }) => description);
        const details = items.map(({ detail = '' }) => detail);
        const active = activeItems[0]?.label;
        const picked = answer({
          title,
          placeholder,
          labels,
          descriptions,
          details,
          step,
          totalSteps,
          active,
        });
        const row = items.find(({ label }) => label.replace(/^\$\([a-z-]+\) /, '') === picked);
        shown.activeItems = row === undefined ? [] : [row];
        queueMicrotask(() => fire(picked === 'back' ? 'button' : row === undefined ? 'hide' : 'accept'));
      },
    };
    return shown;
  };
}
