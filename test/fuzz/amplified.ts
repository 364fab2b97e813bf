import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Adapter } from '../../src/core/adapter/types';
import { readAdapter } from '../../src/core/adapter/readAdapter';
import { checkLoad } from '../../src/core/check/checkLoad';
import { LOADERS } from '../../src/core/check/types';
import { locateParameter, locateWeight } from '../../src/core/checkpoint/locate';
import { planPrune } from '../../src/methods/prune/plan';
import type { RepairInput } from '../../src/methods/types';
import { guessBaseNames, swappedNotes } from '../../src/core/checkpoint/naming';
import { FACTOR_BYTES_MAX, factorBytes } from '../../src/core/ediem/memory';
import { layOut } from '../../src/core/report/heatLayout';
import { parseHeader } from '../../src/core/safetensors/header';
import { remoteHost } from '../../src/host/models/findModels';
import { checkpointOf } from '../support/checkpointOf';
import { LONG_PIECES, WHOLE_WORDS } from './generators';
import { layOutMatrices, type Matrix } from '../support/sparseFiles';
import { words } from '../support/words';

/** Asks for the first module to be pruned by hand. */
export function pruneFirst(adapter: Adapter): RepairInput {
  return {
    adapter,
    modules: [adapter.modules[0]?.name ?? ''],
    results: {},
  };
}

/** Leaves all whole weights out, which asks for all that `modules_to_save` names. */
export function pruneWhole(adapter: Adapter): void {
  const modules = adapter.replacements.map(({ name }) => name);
  if (modules.length > 0)
    planPrune({ ...pruneFirst(adapter), modules }, { mode: 'remove', bakeScale: false });
}

/** Each tensor is part of one module, replacement or carried tensor, and no two rows have one name. */
export function belongsOnce({ header: { tensors }, modules, replacements, carried }: Adapter): void {
  const paired = new Set(modules.flatMap((module) => module.tensors));
  const whole = [...replacements, ...carried].map(({ tensor }) => tensor);
  const named = [...paired, ...whole.filter((tensor) => !paired.has(tensor))];
  assert.equal(named.length, tensors.size);
  assert.equal(new Set(named).size, tensors.size);
  const rows = new Set([...modules, ...replacements].map(({ name }) => name));
  assert.equal(rows.size, modules.length + replacements.length);
}

/** What is small here and large when it is laid out: the inputs of this target describe files of up to this size. */
const FILE_BYTES_MAX = 900_000;
const MODULES_MAX = 3000;
const ENTRIES_MAX = 100_000;
const PREFIX_MAX = 300;
/** Longer names are refused at once; the other targets have those. */
const NAME_MAX = 4000;
/** Rows, columns and ranks of a layer. */
const SIZE_MAX = 1 << 20;

/** Fields of adapter_config.json that hold names or patterns. */
const FIELDS = [
  'target_modules',
  'exclude_modules',
  'modules_to_save',
  'target_parameters',
  'layers_pattern',
  'rank_pattern',
  'alpha_pattern',
] as const;
const FORMS = ['list', 'keys', 'text'] as const;

/** An adapter of many modules, a config of many entries and a model, each name made of a repeated piece. */
interface Spec {
  readonly piece: string;
  readonly times: number;
  readonly modules: number;
  readonly field: (typeof FIELDS)[number];
  readonly form: (typeof FORMS)[number];
  readonly entry: string;
  readonly entryTimes: number;
  readonly entries: number;
  /** Tensors of the model for the first module that differ in wrapper prefixes alone. */
  readonly namesakes: number;
  readonly rows: number;
  readonly columns: number;
  readonly rank: number;
  readonly hint: string;
  readonly hintTimes: number;
  /** Whole tensors beside the pairs, with this end of their names. */
  readonly whole: number;
  readonly wholeEnd: string;
}

const PIECES = [...words`module. . a. base_model.model. _orig_mod. layers.0. x 9 q_proj. experts.1.`, 'é'];
const ENTRIES = [...words`{ a x{90} .* (a| [^\d\d\d\d]* \. layers (?: q_proj () ^`, 'é'];

const many = (max: number): fc.Arbitrary<number> =>
  fc.oneof(fc.nat(3), fc.nat(100), fc.nat(max), fc.constant(max));

/** A JSON text of a `Spec`. */
export const spec: fc.Arbitrary<string> = fc
  .record({
    piece: fc.constantFrom(...PIECES),
    times: many(FILE_BYTES_MAX),
    modules: many(MODULES_MAX),
    field: fc.constantFrom(...FIELDS),
    form: fc.constantFrom(...FORMS),
    entry: fc.constantFrom(...ENTRIES),
    entryTimes: many(FILE_BYTES_MAX),
    entries: many(ENTRIES_MAX),
    namesakes: many(MODULES_MAX),
    rows: many(SIZE_MAX),
    columns: many(SIZE_MAX),
    rank: many(SIZE_MAX),
    hint: fc.constantFrom(...LONG_PIECES),
    hintTimes: many(FILE_BYTES_MAX),
    whole: many(MODULES_MAX),
    wholeEnd: fc.constantFrom(...WHOLE_WORDS),
  })
  .map((made) => JSON.stringify(made));

export const SPEC_WORDS: readonly string[] = [
  ...[...PIECES, ...ENTRIES].map((piece) => JSON.stringify(piece).slice(1, -1)),
  ...FIELDS,
  ...FORMS,
  ...WHOLE_WORDS,
];

/** Lays a spec out and does with it what inspect, check, analyze and prune do before they read weights. */
export function throughAmplified(text: string): string {
  const laidOut = parseSpec(text);
  if (laidOut === undefined) return 'no spec';
  const { modules, config, namesakes, shape, hint, wholeNames } = laidOut;
  const { json, end } = pairsOf(laidOut);
  takesHint(hint);
  layOut(modules);
  const configText = JSON.stringify(config);
  const adapter = readAdapter({
    weightsFile: '/a/x.safetensors',
    header: parseHeader(json, 8 + json.length + end, '/a/x.safetensors'),
    configFile: '/a/adapter_config.json',
    configText,
  });
  for (const module of adapter.modules)
    assert.ok(module.unsupported !== undefined || factorBytes(module.shape, module.rank) <= FACTOR_BYTES_MAX);
  const prefixes = Array.from(
    { length: namesakes },
    (_, i) => ['module.', '_orig_mod.'][i % 2]?.repeat(1 + i) ?? '',
  );
  const names = [...modules, ...prefixes.map((prefix) => prefix.slice(0, PREFIX_MAX) + (modules[0] ?? ''))];
  for (const name of wholeNames) names.push(name.replace(/\.weight$/, ''));
  const model = checkpointOf(Object.fromEntries(names.map((name) => [`${name}.weight`, shape])));
  for (const module of adapter.modules.slice(0, 500)) locateWeight(model, module, false);
  for (const { name } of adapter.replacements.slice(0, 500)) locateParameter(model, { name, shape }, false);
  belongsOnce(adapter);
  const checks = checkLoad({ adapter, model }, LOADERS);
  planPrune(pruneFirst(adapter), { mode: 'remove', bakeScale: false });
  pruneWhole(adapter);
  return checks.map(({ verdict }) => verdict).join(' ');
}

/** What is done with the name of a model. */
export function takesHint(hint: string): void {
  guessBaseNames(hint);
  remoteHost(hint);
  swappedNotes({ base: hint, aligned: 'org/chat', alignedHint: hint });
}

/** The header of pairs and whole tensors that are as large as may be, and the bytes of their data. */
function pairsOf({ modules, wholeNames, shape, rank }: LaidOut): { json: Buffer; end: number } {
  const [m, n] = shape;
  const pairs = modules.flatMap((module): Matrix[] => [
    { name: `base_model.model.${module}.lora_A.weight`, shape: [rank, n] },
    { name: `base_model.model.${module}.lora_B.weight`, shape: [m, rank] },
  ]);
  return layOutMatrices([
    ...pairs,
    ...wholeNames.map((name) => ({ name: `base_model.model.${name}`, shape })),
  ]);
}

/** The files of a spec: the header of the weights, the bytes of their data, and the config. */
export function layOutSpec(text: string): { json: Buffer; end: number; configText: string } | undefined {
  const laidOut = parseSpec(text);
  return laidOut && { ...pairsOf(laidOut), configText: JSON.stringify(laidOut.config) };
}

interface LaidOut {
  readonly modules: readonly string[];
  readonly config: Readonly<Record<string, unknown>>;
  readonly namesakes: number;
  readonly shape: readonly [number, number];
  readonly rank: number;
  readonly hint: string;
  readonly wholeNames: readonly string[];
}

/** Mutated specs count as far as they are read; numbers are cut to what fits into a file. */
function parseSpec(text: string): LaidOut | undefined {
  const value = parsed(text);
  if (value === undefined) return undefined;
  const count = whole(value.modules, 1, MODULES_MAX);
  const piece = String(value.piece);
  const wholeCount = whole(value.whole, 0, MODULES_MAX);
  const room = FILE_BYTES_MAX / 2 / (count + wholeCount) - 80;
  const timesMax = Math.min(
    room / Math.max(1, Buffer.byteLength(piece)),
    NAME_MAX / Math.max(1, piece.length),
  );
  const prefix = piece.repeat(whole(value.times, 0, Math.floor(timesMax)));
  const modules = Array.from({ length: count }, (_, i) => `${prefix}${String(i)}.q_proj`);
  const entries = whole(value.entries, 1, ENTRIES_MAX);
  const entry = String(value.entry);
  const width = FILE_BYTES_MAX / entries - 10;
  const repeated = entry.repeat(
    whole(value.entryTimes, 0, Math.floor(width / Math.max(1, Buffer.byteLength(entry)))),
  );
  const list = Array.from({ length: entries }, (_, i) => `${repeated}${String(i)}`);
  const config = {
    peft_type: 'LORA',
    r: 2,
    lora_alpha: 2,
    target_modules: ['q_proj'],
    ...(value.field === 'layers_pattern' ? { layers_to_transform: [0, 1] } : {}),
    [String(value.field)]: laidOut(value.form, list),
  };
  const hintPiece = typeof value.hint === 'string' ? value.hint : 'org/chat';
  const hintMax = Math.floor(FILE_BYTES_MAX / Math.max(1, hintPiece.length));
  const hint = hintPiece.repeat(whole(value.hintTimes, 1, hintMax));
  const longest = (modules[0]?.length ?? 0) + PREFIX_MAX;
  return {
    modules,
    config: hint.length > NAME_MAX ? config : { ...config, base_model_name_or_path: hint },
    shape: [whole(value.rows, 1, SIZE_MAX), whole(value.columns, 1, SIZE_MAX)],
    rank: whole(value.rank, 1, SIZE_MAX),
    hint,
    wholeNames: Array.from(
      { length: wholeCount },
      (_, i) => `${prefix}${String(i)}.${String(value.wholeEnd).slice(0, PREFIX_MAX)}`,
    ),
    namesakes: whole(value.namesakes, 0, Math.min(MODULES_MAX, FILE_BYTES_MAX / longest)),
  };
}

function laidOut(form: unknown, list: readonly string[]): unknown {
  if (form === 'text') return list.join('|');
  return form === 'keys' ? Object.fromEntries(list.map((entry) => [entry, 2])) : list;
}

function parsed(text: string): Partial<Record<keyof Spec, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function whole(value: unknown, least: number, most: number): number {
  const number = typeof value === 'number' && Number.isFinite(value) ? Math.floor(value) : least;
  return Math.max(least, Math.min(most, number));
}
