import * as path from 'node:path';
import type { OptionTable } from '../../core/options';
import { isRecord } from '../../core/record';
import { findAdapterWeights } from '../../io/adapterFiles';
import { SCHEMES, type ModuleTarget } from '../ids';

/** A program gets results and errors and is asked nothing that has a default; a user is asked and gets messages. */
export type Caller = 'user' | 'program';

/** Something that a command was called with. */
export interface Pointed {
  readonly path: string;
  /** The modules that a row of the tree, a link or a quick fix names; empty: it is about the place itself. */
  readonly modules: readonly string[];
  readonly isRow: boolean;
}

/** The arguments of a command. */
export interface Call {
  readonly caller: Caller;
  /** What was clicked comes first, then the rest of the selection. */
  readonly pointed: readonly Pointed[];
  readonly given: Readonly<Record<string, unknown>> | undefined;
  /**
   * A button of a view handed over nothing: the button of its title, or that of a row which VS Code no longer knew
   * because the tree was being drawn.
   */
  readonly lost: 'row' | 'title' | undefined;
}

/** What a handler gets, besides its target. */
export interface Invocation<O> extends Call {
  readonly options: O;
}

/** A call by a button of this extension, which only a user presses. */
export class ButtonCall implements Call {
  readonly caller = 'user';
  readonly lost = undefined;
  readonly pointed: readonly Pointed[];

  constructor(
    adapter: string | undefined,
    readonly given: Readonly<Record<string, unknown>> | undefined,
  ) {
    this.pointed = adapter === undefined ? [] : [{ path: adapter, modules: [], isRow: true }];
  }
}

/**
 * Arguments come from the Explorer (`uri, uris`), an editor title (`uri, {groupId}`), the tree (`node, nodes`), a link or
 * quick fix (a row), the palette (nothing), a button of this extension, or a program (places, then options). A keybinding hands over
 * its list as one argument.
 * @param root the workspace folder, from which programs may name places
 */
export function parseCall(args: readonly unknown[], root: string | undefined): Call {
  const [only] = args;
  if (only instanceof ButtonCall) return only;
  const all = args.length === 1 && Array.isArray(only) ? (only as readonly unknown[]) : args;
  // The title of the panel hands over a name that VS Code made up for its page.
  const list = all.some(isPage) ? [] : all;
  const [first, second] = list;
  const pointed = list.flat().flatMap((arg) => pointedAt(arg, root));
  const given = list.find((arg) => isRecord(arg) && pathOf(arg) === undefined && !isEditorContext(arg));
  const byProgram = isProgramPlace(first) && !Array.isArray(second) && !isEditorContext(second);
  const isLost = list.length > 0 && first == null && pointed.length === 0 && given === undefined;
  return {
    caller: given !== undefined || byProgram ? 'program' : 'user',
    pointed,
    given: isRecord(given) ? given : undefined,
    lost: isLost ? (list.length > 1 ? 'row' : 'title') : undefined,
  };
}

/** The places that were pointed at, each once. */
export function pathsOf(pointed: readonly Pointed[]): readonly string[] {
  return [...new Set(pointed.map((one) => one.path))];
}

/** The modules that were pointed at: of all that are selected, those of the adapter that was clicked. */
export function modulesOf(pointed: readonly Pointed[]): ModuleTarget | undefined {
  const [first] = pointed;
  if (first === undefined || first.modules.length === 0) return undefined;
  const modules = pointed.filter((one) => one.path === first.path).flatMap((one) => one.modules);
  return { adapter: first.path, modules: [...new Set(modules)] };
}

/** Adapters at or below one of the folders; all if no folder is given. */
export function adaptersIn(adapters: readonly string[], folders: readonly string[]): readonly string[] {
  if (folders.length === 0) return adapters;
  const within = (adapter: string, folder: string): boolean => {
    const relative = path.relative(folder, adapter);
    return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
  };
  return adapters.filter((adapter) => folders.some((folder) => within(adapter, folder)));
}

export type CancelTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'running' | 'idle'; readonly adapter: string }
  /** The button of a row that is gone, and more than one adapter is running. */
  | { readonly kind: 'unclear' };

/**
 * What to cancel. If what was pointed at is not running, nothing else is cancelled for it.
 * @param running keys of the adapters that are being analyzed, measured or repaired
 * @throws SploraError `not-found` if what was pointed at is no adapter
 */
export async function cancelTarget(
  { pointed: [pointed], lost }: Pick<Call, 'pointed' | 'lost'>,
  running: readonly string[],
): Promise<CancelTarget> {
  if (pointed === undefined) return { kind: lost === 'row' && running.length > 1 ? 'unclear' : 'all' };
  // A key needs no lookup: the file may be gone.
  const adapter = running.includes(pointed.path) ? pointed.path : await findAdapterWeights(pointed.path);
  return { kind: running.includes(adapter) ? 'running' : 'idle', adapter };
}

/** Options with Uris as paths, and paths from the workspace folder. */
export function withPaths<O extends object>(
  table: OptionTable<O>,
  given: Readonly<Record<string, unknown>>,
  root: string | undefined,
): Readonly<Record<string, unknown>> {
  const paths = new Map<string, unknown>(Object.entries(table));
  const resolved = Object.entries(given).map(([name, value]) => {
    const option = paths.get(name);
    const place = isRecord(option) && option['names'] === 'path' ? pathOf(value) : undefined;
    return [name, place === undefined ? value : fromRoot(place, root)] as const;
  });
  return Object.fromEntries(resolved);
}

function fromRoot(place: string, root: string | undefined): string {
  return root === undefined ? place : path.resolve(root, place);
}

function pointedAt(value: unknown, root: string | undefined): readonly Pointed[] {
  const place = pathOf(value);
  if (place === undefined) return [];
  const isRow = isRecord(value) && typeof value['fsPath'] !== 'string';
  return [{ path: fromRoot(place, root), modules: isRow ? moduleNames(value) : [], isRow }];
}

function moduleNames({ module, modules }: Readonly<Record<string, unknown>>): readonly string[] {
  if (Array.isArray(modules))
    return (modules as readonly unknown[]).filter((name) => typeof name === 'string');
  return typeof module === 'string' ? [module] : [];
}

function pathOf(value: unknown): string | undefined {
  if (typeof value === 'string' && value !== '') return value;
  if (!isRecord(value)) return undefined;
  // The path of a layer listing is its title; its query is the adapter.
  if (value['scheme'] === SCHEMES.layers && typeof value['query'] === 'string') return value['query'];
  if (typeof value['fsPath'] === 'string') return value['fsPath'];
  return typeof value['adapter'] === 'string' ? value['adapter'] : undefined;
}

function isPage(value: unknown): boolean {
  return isRecord(value) && value['scheme'] === 'webview-panel';
}

/** Rows of the tree have a `kind`; programs name modules as `{adapter, modules}`. */
function isProgramPlace(value: unknown): boolean {
  return pathOf(value) !== undefined && !(isRecord(value) && typeof value['kind'] === 'string');
}

function isEditorContext(value: unknown): boolean {
  return isRecord(value) && ('groupId' in value || 'editorIndex' in value);
}
