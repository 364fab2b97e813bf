import { say } from '../core/message';
import { LOADERS } from '../core/check/types';
import { choice, modelOption } from '../core/options';
import { LOADER_NAMES } from '../core/report/loaders';
import { defineTool } from './define';
import { ADAPTER, listed, messageText, nameText } from './shared';

export const check = defineTool({
  name: 'splora_check',
  title: say('Check Loading'),
  description:
    'Tells whether PEFT, vLLM or mlx-lm would load an adapter, and which modules or settings each would silently ignore.',
  required: ADAPTER,
  optional: {
    model: modelOption(
      'The model to load it onto: folder or Hugging Face repo ID. Without it, names and shapes are not compared.',
    ),
    loader: choice(LOADERS, 'Only this loader (default: those of the format of the adapter).'),
  },
  call: async ({ adapter, model, loader }, operations) => {
    const result = await operations.check({
      adapter,
      ...(model === undefined ? {} : { model }),
      ...(loader === undefined ? {} : { loaders: [loader] }),
    });
    return {
      adapter: result.adapter,
      model: result.model,
      modules: result.modules,
      loaders: result.loaders.map(({ loader: id, verdict, attached, silent, unsure, findings }) => ({
        loader: LOADER_NAMES[id],
        verdict,
        attached: attached.length,
        ignored: listed(silent, reasoned),
        undetermined: listed(unsure, reasoned),
        findings: findings.map(({ severity, message }) => ({ severity, message: messageText(message) })),
      })),
    };
  },
});

function reasoned({
  module,
  reason,
}: {
  readonly module: string;
  readonly reason: Parameters<typeof messageText>[0];
}): object {
  return { module: nameText(module), reason: messageText(reason) };
}
