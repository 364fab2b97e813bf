import { say } from '../core/message';
import { defineTool } from './define';
import { ADAPTER, listed, messageText, nameText } from './shared';

export const inspect = defineTool({
  name: 'splora_inspect',
  title: say('Inspect Adapter'),
  description:
    'Shows what a LoRA adapter contains: modules with rank, scale and shape, whole weights that it replaces, and tensors that loaders may ignore. Reads one file; needs no model.',
  required: ADAPTER,
  optional: {},
  call: async ({ adapter: path }, operations) => {
    const { path: file, fileSize, tensors, adapter, declined } = await operations.inspect({ path });
    const head = { file, bytes: fileSize, tensors: tensors.length };
    if (adapter === null)
      return { ...head, adapter: null, reason: declined && messageText(declined.message) };
    const { family, alignedHint, modules, replacements, carried, notes } = adapter;
    return {
      ...head,
      family,
      trainedOn: alignedHint === null ? null : nameText(alignedHint),
      modules: listed(modules, ({ module, shape, rank, scale }) => ({
        module: nameText(module),
        ...{ shape, rank, scale },
      })),
      replacements: listed(replacements, ({ module }) => nameText(module)),
      carried: listed(carried, ({ tensor, reason }) => ({
        tensor: nameText(tensor),
        reason: messageText(reason),
      })),
      notes: notes.map(messageText),
    };
  },
});
