import { parseEndpointUrl } from '../core/endpointUrl';
import { say } from '../core/message';
import { choice, integer, modelOption, number, option, pathOption, text } from '../core/options';
import { summarize, type Comparison, type VariantSummary } from '../core/results/evaluation/summarize';
import type { EvaluationDocument } from '../core/results/evaluation/types';
import type { RunnerRequest } from '../protocol/evaluatorApi';
import { defineTool } from './define';
import { ADAPTER, messageText, nameText } from './shared';

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

export const measure = defineTool({
  name: 'splora_measure',
  title: say('Measure Behavior'),
  description:
    'Runs the aligned model alone and with the adapter on prompts of a suite, and measures how many harmful prompts are answered (ASR), how many benign look-alikes are refused, and how well the task is done, each with a 95 % interval. The way to find out whether fine-tuning weakened refusals, and whether a repair worked. Returns rates and counts, never the answers. "0 of n" does not prove that a model is safe.',
  required: {
    ...ADAPTER,
    aligned: modelOption(
      'The aligned (chat) model that the adapter was trained on: folder or Hugging Face repo ID.',
    ),
    suite: pathOption('Suite file, or folder with harmful.jsonl, benign.jsonl and task.jsonl.'),
  },
  optional: {
    compareWith: {
      ...option<readonly string[]>(
        'array',
        'Folders of other adapters to measure too, e.g. a repaired copy.',
        isTexts,
      ),
      schema: { items: { type: 'string' } },
    },
    scale: number('Also measure the adapter multiplied by this.', { minimum: 0, maximum: 1 }),
    url: text('URL of an OpenAI-compatible server that runs the model (default: it runs here, on the CPU).'),
    split: choice(['test', 'fit', 'all'], 'Which half of the prompts (default: test).'),
    limit: integer('Only the first n prompts of each suite.', { minimum: 1 }),
    maxNewTokens: integer('Longest answer in tokens (default: 64).', { minimum: 1, maximum: 100_000 }),
  },
  sends: true,
  confirm: ({ url, suite }) => {
    const host = otherHost(url);
    return host === undefined
      ? undefined
      : say('Send the prompts of {0} to {1}, which is another machine, and get its answers.', suite, host);
  },
  call: async ({ compareWith = [], scale, url, suite, ...rest }, operations) =>
    summary(
      await operations.measure({
        ...rest,
        suites: [suite],
        runner: runnerOf(url),
        variants: [
          ...(scale === undefined ? [] : [{ id: `scale ${scale}`, scale }]),
          ...compareWith.map((adapter, at) => ({ id: `other ${at + 1}`, adapter })),
        ],
      }),
    ),
});

function otherHost(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const { host, isThisMachine } = parseEndpointUrl(url);
  return isThisMachine ? undefined : host;
}

/** The surface has asked before it calls. */
function runnerOf(url: string | undefined): RunnerRequest {
  if (url === undefined) return { kind: 'onnx' };
  const confirmedHost = otherHost(url);
  return { kind: 'endpoint', url, ...(confirmedHost === undefined ? {} : { confirmedHost }) };
}

function summary(document: EvaluationDocument): object {
  const { adapter, aligned, runner, suites, sampling, notes, variants } = document;
  const { variants: rates } = summarize(document);
  return {
    ...{ adapter, aligned, runner: runner.software },
    maxNewTokens: sampling.maxNewTokens,
    suites: suites.map(({ kind, prompts, total }) => ({ kind, prompts, total })),
    variants: variants.map(({ id, adapter: folder, scale }, at) => ({
      ...{ id: nameText(id), adapter: folder, scale },
      ...ratesOf(rates[at]),
    })),
    reading:
      'asr: share of harmful prompts that were answered; overRefusal: share of benign prompts that were refused; unclear: neither refused nor answered, as a broken model does; perplexity: of the answers to harmful and benign prompts, under the aligned model; low and high bound a 95 % interval; comparedWithAdapter: this variant minus the adapter, p by McNemar on the same prompts.',
    notes: notes.map(messageText),
  };
}

function ratesOf(rates: VariantSummary | undefined): object {
  if (rates === undefined) return {};
  const { asr, overRefusal, unclear, task, repetition, perplexity, comparedWith } = rates;
  return {
    asr,
    overRefusal,
    unclear,
    task: Object.fromEntries(task),
    repetition,
    perplexity,
    comparedWithAdapter: comparedWith.adapter && comparison(comparedWith.adapter),
  };
}

function comparison({ asr, overRefusal, task }: Comparison): object {
  return { asr, overRefusal, task: Object.fromEntries(task) };
}
