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
    'Tells whether a model with the adapter loaded by PEFT, transformers, vLLM, mlx-lm or llama.cpp has the effect that the file holds (same, other, nothing, refused, unknown), and which modules or settings each would silently ignore or change.',
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
      differences: result.differences.map(({ message }) => messageText(message)),
      loaders: result.loaders.map(
        ({ loader: id, version, verdict, attached, altered, silent, unsure, findings }) => ({
          loader: LOADER_NAMES[id],
          version,
          verdict,
          attached: attached.length,
          appliedDifferently: listed(altered, reasoned),
          ignored: listed(silent, reasoned),
          undetermined: listed(unsure, reasoned),
          findings: findings.map(({ severity, message }) => ({ severity, message: messageText(message) })),
        }),
      ),
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
