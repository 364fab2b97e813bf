import * as path from 'node:path';
import { isRecord } from '../../core/record';
import { SCHEMES, type ModuleTarget } from '../ids';

/**
 * What a command was called with, whoever called it: the Explorer (`uri, uris`), an editor title (`uri, {groupId}`),
 * the tree (`node, nodes`), a link or another extension (`uri` or a path, then options), or the palette (nothing).
 * Structural, so that it needs no VS Code.
 */
export type CommandArguments = readonly unknown[];

/**
 * Arguments as they were meant: a keybinding hands over its list as one argument, and names places from the workspace
 * folder, as do tasks.
 * @param root path of the workspace folder; undefined where there is none
 */
export function meantArguments(args: CommandArguments, root: string | undefined): CommandArguments {
  const [first] = args;
  const list = args.length === 1 && Array.isArray(first) ? (first as readonly unknown[]) : args;
  const place = (value: string): string => (root === undefined ? value : path.resolve(root, value));
  return list.map((arg) => {
    if (typeof arg === 'string' && arg !== '') return place(arg);
    if (!isRecord(arg) || isUriOrPath(arg)) return arg;
    const { adapter } = arg;
    // Rows of the tree hold absolute paths, and are handed on as they are.
    const isRelative = typeof adapter === 'string' && !path.isAbsolute(adapter);
    const out = pathOf(arg['out']);
    if (!isRelative && out === undefined) return arg;
    return {
      ...arg,
      ...(isRelative ? { adapter: place(adapter) } : {}),
      ...(out === undefined ? {} : { out: place(out) }),
    };
  });
}

/** Paths of the files that a command was pointed at: all that were selected, the clicked one first. Never guessed. */
export function pointedPaths(args: CommandArguments): readonly string[] {
  const [first, second] = args;
  const all = [
    first,
    ...(Array.isArray(second) ? (second as readonly unknown[]) : isPlace(second) ? [second] : []),
  ];
  return [...new Set(all.map(pathOf).filter((place) => place !== undefined))];
}

/** Options that a caller gave after the place: an object that is neither a place nor what VS Code adds itself. */
export function givenOptions(args: CommandArguments): Readonly<Record<string, unknown>> | undefined {
  const last = args.slice(1).find((arg) => isRecord(arg) && !isPlace(arg) && !isEditorContext(arg));
  return isRecord(last) ? last : undefined;
}

/**
 * True when a program called: with a Uri or path alone, or with options. It is asked nothing that has a default.
 * Menus always add a second argument of their own.
 */
export function isScripted(args: CommandArguments): boolean {
  if (givenOptions(args) !== undefined) return true;
  const [first, second] = args;
  return isUriOrPath(first) && !Array.isArray(second) && !isEditorContext(second);
}

/**
 * True when a button of a view called and VS Code no longer knew the row that it stood in: while a tree is being drawn
 * anew, what it hands over is undefined. The palette hands over nothing at all, a program something.
 */
export function hasLostTarget(args: CommandArguments): boolean {
  return args.length > 0 && args[0] == null && pointedPaths(args).length === 0 && !isScripted(args);
}

/** Modules that a tree item, quick fix or link names; with several tree items selected, all of theirs. */
export function pointedModules(args: CommandArguments): ModuleTarget | undefined {
  const [first, second] = args;
  const target = targetOf(first);
  if (target === undefined || !Array.isArray(second)) return target;
  const all = (second as readonly unknown[]).map(targetOf).filter((one) => one?.adapter === target.adapter);
  const modules = new Set([...target.modules, ...all.flatMap((one) => one?.modules ?? [])]);
  return { adapter: target.adapter, modules: [...modules] };
}

function targetOf(value: unknown): ModuleTarget | undefined {
  if (!isRecord(value) || typeof value['adapter'] !== 'string') return undefined;
  const { adapter, module, modules } = value;
  if (Array.isArray(modules)) {
    const names = (modules as readonly unknown[]).filter((name) => typeof name === 'string');
    return names.length === 0 ? undefined : { adapter, modules: names };
  }
  return typeof module === 'string' ? { adapter, modules: [module] } : undefined;
}

function pathOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  if (!isRecord(value)) return undefined;
  // The path of a listing is its title; the adapter stands behind it.
  if (value['scheme'] === SCHEMES.layers && typeof value['query'] === 'string') return value['query'];
  if (typeof value['fsPath'] === 'string') return value['fsPath'];
  return typeof value['adapter'] === 'string' ? value['adapter'] : undefined;
}

/** What names a place by itself, as rows of a tree do not. */
export function isUriOrPath(value: unknown): boolean {
  return (
    (typeof value === 'string' && value !== '') || (isRecord(value) && typeof value['fsPath'] === 'string')
  );
}

function isPlace(value: unknown): boolean {
  return pathOf(value) !== undefined;
}

function isEditorContext(value: unknown): boolean {
  return isRecord(value) && ('groupId' in value || 'editorIndex' in value);
}
