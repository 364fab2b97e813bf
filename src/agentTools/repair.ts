import { FOR_OPTION } from '../core/export/targets';
import { say } from '../core/message';
import { choice, option, pathOption } from '../core/options';
import type { Provenance } from '../core/provenance';
import { defined, isRecord } from '../core/record';
import { select } from '../core/selection/select';
import type { SelectionOptions } from '../core/selection/types';
import { METHODS, methodOf, modelNeeds } from '../methods';
import type { RepairMethod } from '../methods/types';
import { SELECTION, selectionOf } from './analyze';
import { defineTool } from './define';
import { ADAPTER, listed, messageText, MODELS, nameText } from './shared';
import type { ModelRequest, Operations } from './types';

const METHOD_LIST = METHODS.map(({ id, summary }) => `${id}: ${summary}`).join(' ');

export const repair = defineTool({
  name: 'splora_repair',
  title: say('Repair Adapter'),
  description: `Writes a repaired copy of an adapter beside the original, which is never changed or overwritten. Methods: ${METHOD_LIST} Measure before and after with splora_measure: only that shows whether the model refuses again and still does its task.`,
  required: {
    ...ADAPTER,
    method: choice(
      METHODS.map(({ id }) => id),
      'How to repair it.',
    ),
  },
  optional: {
    ...MODELS,
    ...SELECTION,
    options: option<Readonly<Record<string, unknown>>>(
      'object',
      `Options of the method. ${METHODS.map(optionList).join(' ')}`,
      isRecord,
    ),
    safety: pathOption('For methods that need one: adapter that was trained on the same model to refuse.'),
    for: FOR_OPTION,
    out: pathOption('Folder to write to; it must not exist (default: beside the adapter).'),
  },
  writes: true,
  confirm: ({ adapter, out }) =>
    out === undefined
      ? say('Write a repaired copy beside {0}. The original is not changed.', adapter)
      : say('Write a repaired copy of {0} to {1}. The original is not changed.', adapter, out),
  call: async (
    { method: id, options = {}, out, safety, top, rankBy, for: target, ...models },
    operations,
  ) => {
    const method = methodOf(id);
    const selection = selectionOf({
      ...(top === undefined ? {} : { top }),
      ...(rankBy === undefined ? {} : { rankBy }),
    });
    const chosen = method.needs.includes('selection')
      ? await choose(models, selection, operations)
      : { modules: [] };
    const needs = modelNeeds(method);
    const pair = needs.length === 0 ? undefined : await operations.models(models);
    const result = await operations.repair({
      ...{ adapter: models.adapter, method: id, options, copyRest: false, ...chosen },
      ...Object.fromEntries(needs.map((need) => [need, pair?.[need]])),
      ...defined({ out, safety, target, model: pair?.aligned ?? models.aligned }),
    });
    return {
      out: result.out,
      method: id,
      effect: messageText(result.effect),
      changed: listed(result.changed, nameText),
      kept: result.kept.length,
      bytes: { before: result.bytesBefore, after: result.bytesAfter },
      notes: result.notes.map(messageText),
    };
  },
});

function optionList({ id, options }: RepairMethod): string {
  const each = Object.entries(options).map(([name, { description = '' }]) => `${name} (${description})`);
  return each.length === 0 ? `${id}: none.` : `${id}: ${each.join(', ')}.`;
}

async function choose(
  models: ModelRequest,
  selection: SelectionOptions,
  operations: Operations,
): Promise<{ readonly modules: readonly string[]; readonly provenance: Provenance }> {
  const { modules, options, base, aligned } = await operations.analyze(models);
  return {
    modules: select(modules, selection)
      .filter(({ verdict }) => verdict === 'prune')
      .map(({ module }) => module),
    provenance: { by: 'rule', selection, options, base, aligned },
  };
}
