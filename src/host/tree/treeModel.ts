import { lastOfName } from '../../core/lastPart';
import { standingOut } from '../../core/evidence/evidence';
import type { StandsOut } from '../../core/evidence/types';
import type { AnalysisDocument, ModuleResult } from '../../core/report/analysis';
import { splitModuleName } from '../../core/report/moduleName';
import type { ModuleVerdict } from '../../core/selection/types';
import { TREE_ITEMS } from '../ids';
import { groupByRun, type Run } from '../state/runSteps';
import type { AdapterState } from '../state/types';

/** Nodes are what commands get from the tree: `adapter` and `modules` make each a `ModuleTarget`. */
interface NodeHead {
  readonly adapter: string;
  /** Stable over reloads, unique in the tree. */
  readonly id: string;
}

export interface AdapterNode extends NodeHead {
  readonly kind: 'adapter';
}

/** The checkpoints of a training run, and the adapter at its end. Commands get its folder as `adapter`. */
export interface RunNode extends NodeHead {
  readonly kind: 'run';
  /** Keys, in the order of the steps. */
  readonly adapters: readonly string[];
}

export interface BlockNode extends NodeHead {
  readonly kind: 'block';
  /** e.g. `layers.8`; null for modules outside blocks. */
  readonly name: string | null;
  readonly modules: readonly string[];
}

export interface ModuleNode extends NodeHead {
  readonly kind: 'module';
  readonly module: string;
  readonly modules: readonly [string];
  readonly label: string;
}

export type TreeNode = RunNode | AdapterNode | BlockNode | ModuleNode;

export interface TreeOptions {
  /** `name`: the order of the model; `score`: the order in which modules go. */
  readonly sort: 'name' | 'score';
  /** Only modules that stand out or are selected. */
  readonly markedOnly: boolean;
}

export interface ModuleView {
  readonly result: ModuleResult;
  readonly verdict: ModuleVerdict;
  /** Why it stands out; null: it does not. */
  readonly standsOut: StandsOut | null;
}

export function adapterNode(adapter: string): AdapterNode {
  return { kind: 'adapter', adapter, id: adapter };
}

/** The top of the tree: runs, and adapters that belong to none. */
export function rootNodes(adapters: readonly string[]): readonly (RunNode | AdapterNode)[] {
  return groupByRun(adapters).map((one) => (typeof one === 'string' ? adapterNode(one) : runNode(one)));
}

function runNode({ folder, adapters }: Run): RunNode {
  return { kind: 'run', adapter: folder, adapters, id: `run\n${folder}` };
}

/** Whether there are answers: of a measurement, or of a repair by one. */
export function isMeasured({ evaluation, repair }: AdapterState['results']): boolean {
  return evaluation !== undefined || repair !== undefined;
}

/** Module name -> result, verdict and evidence. Built once for each selection. */
export function moduleViews(state: AdapterState): ReadonlyMap<string, ModuleView> {
  const cached = views.get(state.verdicts);
  if (cached !== undefined) return cached;
  const verdicts = new Map(state.verdicts.map((verdict) => [verdict.module, verdict]));
  const made = new Map<string, ModuleView>();
  const evidence = state.document === null ? undefined : standingOut(state.document);
  for (const result of state.document?.modules ?? []) {
    const verdict = verdicts.get(result.module);
    if (verdict !== undefined)
      made.set(result.module, { result, verdict, standsOut: evidence?.get(result.module) ?? null });
  }
  views.set(state.verdicts, made);
  return made;
}

const views = new WeakMap<readonly ModuleVerdict[], ReadonlyMap<string, ModuleView>>();

/** `viewItem` of a block or module: what is pinned, wholly or in part, can be unpinned. */
export function pinContext(state: AdapterState, node: BlockNode | ModuleNode): string {
  const views = moduleViews(state);
  const pinned = node.modules.some((name) => views.get(name)?.verdict.by === 'pin');
  if (node.kind === 'block') return pinned ? TREE_ITEMS.blockPinned : TREE_ITEMS.block;
  return pinned ? TREE_ITEMS.modulePinned : TREE_ITEMS.module;
}

/** The blocks of an adapter, without those that the filter empties. */
export function blockNodes(state: AdapterState, options: TreeOptions): readonly BlockNode[] {
  if (state.document === null) return [];
  const modules = moduleViews(state);
  const blocks = blocksOf(state.document).filter((block) => shownModules(block, modules, options).length > 0);
  if (options.sort === 'name') return blocks;
  const place = new Map(
    blocks.map((block) => [
      block,
      block.modules.reduce((first, name) => Math.min(first, rankOrder(modules.get(name)?.verdict)), Infinity),
    ]),
  );
  return [...blocks].sort((x, y) => (place.get(x) ?? 0) - (place.get(y) ?? 0));
}

export function moduleNodes(
  state: AdapterState,
  block: BlockNode,
  options: TreeOptions,
): readonly ModuleNode[] {
  const modules = moduleViews(state);
  const shown = [...shownModules(block, modules, options)];
  if (options.sort === 'score')
    shown.sort((x, y) => rankOrder(modules.get(x)?.verdict) - rankOrder(modules.get(y)?.verdict));
  return shown.map((module) => moduleNode(block, module));
}

/** The block that holds a module, for revealing it. */
export function blockOf(state: AdapterState, module: string): BlockNode | undefined {
  if (state.document === null) return undefined;
  return blocksOf(state.document).find((block) => block.modules.includes(module));
}

function moduleNode(block: BlockNode, module: string): ModuleNode {
  const parts = splitModuleName(module);
  const prefix = parts.block === null ? '' : `${parts.blockPrefix}.${String(parts.block)}.`;
  return {
    kind: 'module',
    adapter: block.adapter,
    module,
    modules: [module],
    label: module.startsWith(prefix) ? module.slice(prefix.length) : module,
    id: `${block.id}\n${module}`,
  };
}

function shownModules(
  block: BlockNode,
  modules: ReadonlyMap<string, ModuleView>,
  options: TreeOptions,
): readonly string[] {
  if (!options.markedOnly) return block.modules;
  return block.modules.filter((name) => {
    const view = modules.get(name);
    return view !== undefined && (view.standsOut !== null || view.verdict.verdict === 'prune');
  });
}

/** The order in which modules go; those without a place come last. */
export function rankOrder(verdict: ModuleVerdict | undefined): number {
  return verdict?.rankPosition ?? Number.MAX_SAFE_INTEGER;
}

/** Groups by block, in the order of the document; nodes stay the same objects as long as the document does. */
function blocksOf(document: AnalysisDocument): readonly BlockNode[] {
  const cached = blocks.get(document);
  if (cached !== undefined) return cached;
  const groups = new Map<string, { prefix: string; block: number | null; modules: string[] }>();
  const prefixes = new Set<string>();
  for (const { module } of document.modules) {
    const { block, blockPrefix: prefix } = splitModuleName(module);
    const key = block === null ? '' : `${prefix}.${String(block)}`;
    if (block !== null) prefixes.add(prefix);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { prefix, block, modules: [module] });
    else group.modules.push(module);
  }
  const made = [...groups].map(([key, { prefix, block, modules }]): BlockNode => ({
    kind: 'block',
    adapter: document.adapter,
    // `encoder.block` and `decoder.block` must differ; a lone `model.layers` needs no prefix.
    name: block === null ? null : prefixes.size > 1 ? key : `${lastOfName(prefix)}.${String(block)}`,
    modules,
    id: `${document.adapter}\n${key}`,
  }));
  blocks.set(document, made);
  return made;
}

const blocks = new WeakMap<AnalysisDocument, readonly BlockNode[]>();
