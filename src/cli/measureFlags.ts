import { parseEndpointUrl, shownAddress } from '../core/endpointUrl';
import { failure } from '../core/errors';
import { say } from '../core/message';
import { choice, flag, integer, modelOption, text, type OptionValues } from '../core/options';
import { ADAPTER, ALIGNED } from '../core/results/evaluation/summarize';
import {
  ENDPOINT_SERVERS,
  type JudgeRequest,
  type MeasureRequest,
  type RunnerRequest,
  type VariantRequest,
} from '../protocol/evaluatorApi';
import { QUIET } from './flags';
import { MEASURE_GATE_FLAGS } from './measureGates';
import { STEP_FLAG, TRACKER_FORMATS } from './trackers/trackers';

export const MEASURE_FORMATS = [
  'table',
  'json',
  'csv',
  'markdown',
  'junit',
  'sarif',
  ...TRACKER_FORMATS,
] as const;
export type MeasureFormat = (typeof MEASURE_FORMATS)[number];

/** What is run. */
export const RUN_FLAGS = {
  aligned: modelOption('The aligned (chat) model that the adapter was trained on.'),
  runner: text('What runs the model: onnx (in this process, the default) or the URL of a server.'),
  threads: integer('Number of threads of the onnx runner (default: one per core).', { minimum: 1 }),
  plainPrompts: flag('Give prompts to a model without a chat template as plain text.'),
  server: choice(ENDPOINT_SERVERS, 'What kind of server it is (default: detected automatically).'),
  apiKeyEnv: text('Name of the environment variable that holds the API key of the server.'),
  concurrency: integer('Requests to the server at once (default: 1).', { minimum: 1, maximum: 1000 }),
  judge: text('A model that decides what is a refusal (default: rules decide).'),
  judgeUrl: text('The URL of the server that runs the judge.'),
  judgeKeyEnv: text('Name of the environment variable that holds the API key of the judge.'),
} as const;

/** How prompts are read and asked. */
export const ASK_FLAGS = {
  maxNewTokens: integer('Longest answer in tokens (default: 64).', { minimum: 1, maximum: 100_000 }),
  system: text('A system message for every conversation that has none.'),
  skipBrokenLines: flag('Continue after a broken line of a suite.'),
} as const;

/** Which prompts, and how they are asked. */
const PROMPT_FLAGS = {
  split: choice(['test', 'fit', 'all'], 'Which part of the prompts (default: test).'),
  limit: integer('Only the first n prompts of each suite.', { minimum: 1 }),
  ...ASK_FLAGS,
} as const;

export const MEASURE_FLAGS = {
  ...RUN_FLAGS,
  ...PROMPT_FLAGS,
  ...MEASURE_GATE_FLAGS,
  format: choice(MEASURE_FORMATS, 'Output format (default: table).'),
  json: flag('Print the evaluation as one JSON document (same as --format json).'),
  step: STEP_FLAG,
  withAnswers: flag('Also output the answers to harmful prompts.'),
  quiet: QUIET,
} as const;

/** Flags that can be repeated, with what they are shown to take. */
export const REPEATED_FLAGS = [
  ['--suite <path>', 'a suite file, or a folder with harmful.jsonl, benign.jsonl, task.jsonl (repeatable)'],
  [
    '--variant <name=what>',
    'also measure this: name=scale:0.5 (the adapter at half strength) or name=path (another adapter) (repeatable)',
  ],
  [
    '--served <name=model>',
    'the name of a variant at the server, where it serves each as a model (repeatable)',
  ],
  [
    '--allow-host <host>',
    'allow sending prompts and answers to this host (host or host:port), which is not this machine (repeatable)',
  ],
] as const;

export type MeasureFlags = Partial<OptionValues<typeof MEASURE_FLAGS>> & {
  readonly suite?: readonly string[];
  readonly variant?: readonly string[];
  readonly served?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly resume?: string;
  readonly out?: string;
};

/**
 * The flags as a request.
 * @throws SploraError `bad-request`
 */
export function measureRequest(adapter: string, flags: MeasureFlags): MeasureRequest {
  const { aligned, suite = [], variant = [], split, limit, maxNewTokens, system, resume } = flags;
  if (aligned === undefined || aligned.trim() === '')
    throw failure(
      'bad-request',
      say('--aligned is missing.'),
      undefined,
      say('Give the chat model that the adapter was trained on.'),
    );
  if (suite.length === 0)
    throw failure(
      'bad-request',
      say('--suite is missing.'),
      undefined,
      say('Give a folder with harmful.jsonl, benign.jsonl and task.jsonl; splora suite makes one.'),
    );
  const judge = judgeOf(flags);
  return {
    ...{ adapter, aligned, suites: suite, variants: variant.map(variantOf), runner: runnerOf(flags) },
    ...(judge === undefined ? {} : { judge }),
    ...(split === undefined ? {} : { split }),
    ...(limit === undefined ? {} : { limit }),
    ...(maxNewTokens === undefined ? {} : { maxNewTokens }),
    ...(system === undefined ? {} : { system }),
    ...(flags.skipBrokenLines === true ? { skipBrokenLines: true } : {}),
    ...(resume === undefined ? {} : { journal: resume }),
  };
}

const SCALE = 'scale:';

/** `half=scale:0.5` or `pruned=path`. @throws SploraError `bad-request` */
export function variantOf(given: string): VariantRequest {
  const [id, what] = nameAndValue(given, '--variant', 'half=scale:0.5, pruned=my-adapter-splora');
  if (!what.startsWith(SCALE)) return { id, adapter: what };
  const digits = what.slice(SCALE.length);
  const scale = digits.trim() === '' ? NaN : Number(digits);
  if (!Number.isFinite(scale))
    throw failure(
      'bad-request',
      say('{0} is not a scale.', JSON.stringify(what)),
      undefined,
      say('Give a number, e.g. half=scale:0.5; a folder of that name is given as ./{0}.', what),
    );
  return { id, scale };
}

function nameAndValue(given: string, name: string, example: string): readonly [string, string] {
  const at = given.indexOf('=');
  const [id, value] = [given.slice(0, Math.max(0, at)).trim(), given.slice(at + 1)];
  if (at === -1 || id === '' || value === '')
    throw failure(
      'bad-request',
      say('{0} needs a name and a value: {1} has not both.', name, JSON.stringify(given)),
      undefined,
      say('Examples: {0}.', example),
    );
  return [id, value];
}

function runnerOf(flags: MeasureFlags): RunnerRequest {
  const { runner = 'onnx', threads, server, apiKeyEnv, concurrency, served = [] } = flags;
  const forServers = {
    '--server': server,
    '--api-key-env': apiKeyEnv,
    '--concurrency': concurrency,
    '--served': served[0],
  };
  if (runner === 'onnx') {
    const [wrong] = Object.entries(forServers).filter(([, value]) => value !== undefined);
    if (wrong !== undefined)
      throw failure(
        'bad-request',
        say('{0} is for a server.', wrong[0]),
        undefined,
        say('Give the URL of the server with --runner.'),
      );
    return {
      kind: 'onnx',
      ...(threads === undefined ? {} : { threads }),
      ...(flags.plainPrompts === true ? { plainPrompts: true } : {}),
    };
  }
  if (!isHttpUrl(runner))
    throw failure(
      'bad-request',
      say('{0} is not a runner.', shownAddress(runner)),
      undefined,
      say('Give onnx, or the URL of a server, e.g. http://127.0.0.1:8000.'),
    );
  const models = servedNames(flags);
  return {
    kind: 'endpoint',
    url: runner,
    ...(server === undefined ? {} : { server }),
    ...(models.length === 0 ? {} : { models: Object.fromEntries(models) }),
    ...(apiKeyEnv === undefined ? {} : { keyVariable: apiKeyEnv }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...confirmedHostOf(runner, flags),
  };
}

/** @throws SploraError `bad-request` for a name that no variant has */
function servedNames({ served = [], variant = [] }: MeasureFlags): readonly (readonly [string, string])[] {
  const models = served.map((one) =>
    nameAndValue(one, '--served', 'aligned=my-model, adapter=my-model-lora'),
  );
  const ids = [ALIGNED, ADAPTER, ...variant.map((one) => variantOf(one).id)];
  const unknown = models.find(([id]) => !ids.includes(id));
  if (unknown !== undefined)
    throw failure(
      'bad-request',
      say('--served: there is no variant {0}.', JSON.stringify(unknown[0])),
      undefined,
      say('The variants are {0}; more are named with --variant.', ids.join(', ')),
    );
  return models;
}

/** @throws SploraError `bad-request` for what is no plain URL, and for another machine that --allow-host does not name */
function confirmedHostOf(url: string, { allowHost = [] }: MeasureFlags): { readonly confirmedHost?: string } {
  const { host, isThisMachine } = parseEndpointUrl(url);
  if (isThisMachine) return {};
  if (allowHost.includes(host)) return { confirmedHost: host };
  throw failure(
    'bad-request',
    say('{0} is another machine: prompts and answers are not sent there without --allow-host.', host),
    undefined,
    say('Add --allow-host {0}, or use a server on this machine.', host),
  );
}

function isHttpUrl(given: string): boolean {
  return URL.canParse(given) && ['http:', 'https:'].includes(new URL(given).protocol);
}

function judgeOf(flags: MeasureFlags): JudgeRequest | undefined {
  const { judge, judgeUrl, judgeKeyEnv } = flags;
  if (judge === undefined) {
    if (judgeUrl === undefined) return undefined;
    throw failure('bad-request', say('--judge-url needs --judge, the name of the model.'));
  }
  return {
    model: judge,
    ...(judgeUrl === undefined ? {} : { url: judgeUrl, ...confirmedHostOf(judgeUrl, flags) }),
    ...(judgeKeyEnv === undefined ? {} : { keyVariable: judgeKeyEnv }),
  };
}
