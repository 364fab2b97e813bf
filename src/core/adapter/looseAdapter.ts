import { SploraError } from '../errors';
import { parseConfigText } from './configText';
import { invalidMlxFields } from './mlxConfig';
import { groupTensors, isPair, mlxModule, peftModule, type ModuleTensors } from './modules';
import { naturalCompare } from './names';
import { invalidPeftFields } from './peftConfig';
import { readWithConfig, type AdapterInput } from './readAdapter';
import type { Adapter } from './types';
import type { Message } from '../message';
import type { SafetensorsHeader, TensorInfo } from '../safetensors/types';
import { isRecord } from '../record';

/** A module whose tensors are no pair: one is missing, or A and B do not fit. Loaders differ in what they do with it. */
export interface ModuleFault {
  readonly module: string;
  readonly tensors: readonly TensorInfo[];
  /** `a` or `b`: only that factor is there. `shape`: both are, and do not fit. `stacked`: factors of several experts. */
  readonly kind: 'a' | 'b' | 'shape' | 'stacked';
  readonly isEmbedding: boolean;
  readonly message: Message;
}

/** An adapter as loaders meet it: what is wrong with it is data, as long as they would read past it. */
export interface LooseAdapter {
  /** Without the modules of `faults`; `config` and `header` are those of the files. */
  readonly adapter: Adapter;
  readonly faults: readonly ModuleFault[];
  /** Fields with a value of another type; they count as absent in `adapter.modules`. */
  readonly invalidFields: readonly string[];
}

/**
 * Reads an adapter for the load check: no tensors, half pairs and config fields of another type are no errors here.
 * Errors: those of `readAdapter` for files that are no LoRA adapter, or hold several.
 */
export function readLooseAdapter(input: AdapterInput): LooseAdapter {
  const { header, weightsFile, configFile, configText } = input;
  const config = configText === undefined ? {} : parseConfigText(configText, configFile);
  const isMlx = 'lora_parameters' in config || 'fine_tune_type' in config;
  const grouped = groupTensors(header, weightsFile);
  const pairs = grouped.groups.filter(isPair);
  const faults = pairs.flatMap((group) => faultOf(group, weightsFile) ?? []);
  const faulty = new Set(faults.flatMap(({ tensors }) => tensors));
  const rest = faulty.size === 0 ? header : without(header, faulty);
  const fieldsOf = pairs.some(({ parts }) => parts.has('mlxA') || parts.has('mlxB'))
    ? invalidMlxFields
    : invalidPeftFields;
  const invalidFields = fieldsOf(config);
  const isEmpty = pairs.length === faults.length && (header.tensors.size === 0 || faults.length > 0);
  const adapter = isEmpty
    ? emptyAdapter(input, isMlx)
    : readWithConfig({ ...input, header: rest }, withoutFields(config, invalidFields), {
        sorted: rest === header ? grouped : undefined,
        keepsStacks: true,
      });
  return { adapter: { ...adapter, header, config }, faults, invalidFields };
}

const emptyAdapter = (input: AdapterInput, isMlx: boolean): Adapter => ({
  ...input,
  family: isMlx ? 'mlx' : 'peft',
  config: {},
  modules: [],
  replacements: [],
  carried: [],
  fanInFanOut: false,
  notes: [],
});

const FACTORS = [
  ['a', 'b', peftModule],
  ['embeddingA', 'embeddingB', peftModule],
  ['mlxA', 'mlxB', mlxModule],
] as const;

function faultOf(group: ModuleTensors, file: string): ModuleFault | undefined {
  const { name, parts } = group;
  for (const [a, b, read] of FACTORS) {
    const [hasA, hasB] = [parts.has(a), parts.has(b)];
    if (!hasA && !hasB) continue;
    try {
      read(group, file, { scale: 1 });
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof SploraError)) throw thrown;
      const tensors = [...parts.values()].sort((x, y) => naturalCompare(x.name, y.name));
      const isStacked = tensors.some(({ shape }) => shape.length === 3) || name.includes('.experts.');
      const kind = hasA && hasB ? (isStacked ? 'stacked' : 'shape') : hasA ? 'a' : 'b';
      return { module: name, tensors, kind, isEmbedding: a === 'embeddingA', message: thrown.data.message };
    }
  }
  return undefined;
}

const without = (header: SafetensorsHeader, dropped: ReadonlySet<TensorInfo>): SafetensorsHeader => ({
  ...header,
  tensors: new Map([...header.tensors].filter(([, tensor]) => !dropped.has(tensor))),
});

/** @param fields names, or `outer.inner` */
function withoutFields(
  config: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  const top = new Set(fields);
  const entries = Object.entries(config).flatMap(([key, value]) => {
    if (top.has(key)) return [];
    if (!isRecord(value)) return [[key, value] as const];
    return [
      [
        key,
        Object.fromEntries(Object.entries(value).filter(([inner]) => !top.has(`${key}.${inner}`))),
      ] as const,
    ];
  });
  return Object.fromEntries(entries);
}
