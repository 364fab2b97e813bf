import { isKey, KEY_ADVICE } from '../../../core/endpointUrl';
import { failure } from '../../../core/errors';
import { say, type Message } from '../../../core/message';
import { displayName } from '../../../core/safetensors/displayName';
import type { EndpointServer, RunnerRequest } from '../../../protocol/evaluatorApi';
import type { Spread, VariantCost } from '../../../core/results/evaluation/types';
import type {
  Continuation,
  ContinuationScore,
  GeneratedAnswer,
  Question,
  Runner,
  RunOptions,
  Variant,
} from '../types';
import { endpointAddress } from './address';
import { EndpointClient, type ClientOptions } from './client';
import { adapterCost } from './adapterCost';
import { Asker, type Conversation } from './asker';
import { inParallel } from './inParallel';
import { checkPromptLengths, isTooLong, named, type LabeledPrompt } from './promptLengths';
import { selfTest, type SelfTestOptions } from './selfTest';
import { SERVER_KINDS, SERVER_NAMES } from './servers';
import type { Served, ServerKind } from './servers/types';

export interface EndpointRunnerOptions {
  readonly request: Extract<RunnerRequest, { kind: 'endpoint' }>;
  /** The aligned model, as the user named it. */
  readonly aligned: string;
  readonly variants: readonly Variant[];
  /** For the self-test, best from the suites: two unlike conversations and a third. Absent: short English ones. */
  readonly probes?: Probes;
  /** Those that will be asked: one that does not fit is found before the first answer, if the server can count tokens. */
  readonly prompts?: readonly LabeledPrompt[];
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  /** For tests, which cannot wait as long. */
  readonly waiting?: Pick<ClientOptions, 'limits' | 'pausesMs'>;
}

type Probes = SelfTestOptions['probes'];

const user = (content: string): Conversation => [{ role: 'user', content }];
const PROBES = [
  user('Write three sentences about the sea.'),
  user('List the first ten prime numbers, and say what a prime number is.'),
  user('Explain how to boil an egg.'),
] as const;

/** More requests at once than any server serves at once. */
const CONCURRENCY_MAX = 256;

/**
 * Finds out what kind of server it is, makes all variants available there, and tests that it answers as asked.
 * @throws SploraError 'endpoint', 'bad-request', 'cancelled', and what reading an adapter ends with
 */
export async function createEndpointRunner(options: EndpointRunnerOptions): Promise<Runner> {
  const { request, variants, aligned, signal, waiting = {}, prompts = [] } = options;
  const address = endpointAddress(request.url, request.confirmedHost);
  const key = keyFrom(request.keyVariable, address.origin, options.env ?? process.env);
  const client = new EndpointClient({ address, ...(key === undefined ? {} : { key }), ...waiting });
  const { kind, version } = await identify(client, request.server, signal);
  const { models = {} } = request;
  const served = await kind.open({ client, version, aligned, variants, models, signal });
  try {
    const atOnce = requestsAtOnce(request.concurrency, served);
    await checkPromptLengths(served, prompts, { atOnce, signal });
    const asker = new Asker({ served, client, variants });
    const testWith = (probes: Probes) =>
      selfTest({ served, client, asker, variants, probes, atOnce, signal });
    const { noiseFloor, notes } = await shortened(testWith, options.probes);
    return new EndpointRunner({ ...options, client, served, asker, noiseFloor, notes, atOnce });
  } catch (thrown) {
    await served.close();
    throw thrown;
  }
}

/** What the self-test finds with a suite's prompts, or with short ones where the server finds those too long. */
async function shortened<T>(test: (probes: Probes) => Promise<T>, probes: Probes | undefined): Promise<T> {
  if (probes === undefined) return await test(PROBES);
  try {
    return await test(probes);
  } catch (thrown) {
    // Its own text comes on top: a prompt of the suite may just fit.
    if (!isTooLong(thrown)) throw thrown;
    return await test(PROBES);
  }
}

/**
 * Messages leave the name out: a user may have given the key itself.
 * @throws SploraError 'bad-request' where the variable is not set
 */
function keyFrom(name: string | undefined, origin: string, env: NodeJS.ProcessEnv): string | undefined {
  if (name === undefined) return undefined;
  const key = env[name] ?? '';
  if (isKey(key)) return key;
  const message =
    key === ''
      ? say('The environment variable that was named for the key of {0} is not set', origin)
      : say(
          'The environment variable that was named for the key of {0} does not contain a key: it has spaces or control characters',
          origin,
        );
  throw failure('bad-request', message, undefined, KEY_ADVICE);
}

async function identify(
  client: EndpointClient,
  given: EndpointServer | undefined,
  signal: AbortSignal,
): Promise<{ readonly kind: ServerKind; readonly version: string }> {
  for (const kind of SERVER_KINDS.filter(({ id }) => given === undefined || id === given)) {
    const version = await kind.identify(client, signal);
    if (version !== undefined) return { kind, version };
  }
  const { origin } = client.address;
  const what =
    given === undefined
      ? say('{0} is not a known model server', origin)
      : say('{0} does not answer like {1}', origin, SERVER_NAMES[given]);
  const list = await client.ask('v1/models', signal);
  const isList = list.status === 200 && list.json !== undefined;
  throw client.failure(
    isList ? what : say('{0}: {1}', what, client.refusal('v1/models', list).data.message),
    say('It must answer GET /v1/models, as servers with the OpenAI API do. Check the address.'),
  );
}

const requestsAtOnce = (wanted = 1, { concurrencyMax = CONCURRENCY_MAX }: Served): number =>
  Math.max(1, Math.min(wanted, concurrencyMax, CONCURRENCY_MAX));

interface Opened extends EndpointRunnerOptions {
  readonly client: EndpointClient;
  readonly served: Served;
  readonly asker: Asker;
  readonly noiseFloor: number;
  readonly notes: readonly Message[];
  readonly atOnce: number;
}

class EndpointRunner implements Runner {
  readonly record: Runner['record'];
  readonly score?: NonNullable<Runner['score']>;
  readonly #options: Opened;
  readonly #variants: ReadonlyMap<string, Variant>;
  readonly #speeds = new Map<string, { readonly prefill: number; readonly decode: number }[]>();

  constructor(options: Opened) {
    const { served, client, noiseFloor } = options;
    const { software, precision } = served;
    this.#options = options;
    this.#variants = new Map(options.variants.map((variant) => [variant.id, variant]));
    this.record = { kind: 'endpoint', software, precision, url: client.address.origin, noiseFloor };
    const { score } = served;
    if (score === undefined) return;
    this.score = (continuations, { signal }, onScore) =>
      inParallel(this.#byVariant(continuations), options.atOnce, signal, async (continuation) => {
        onScore(
          await scoreOf(continuation, () => score(continuation, this.#variant(continuation.variant), signal)),
        );
      });
  }

  get notes(): readonly Message[] {
    const { served, asker, notes } = this.#options;
    return [...served.notes, ...notes, ...asker.notes, ...this.#remarks()];
  }

  async generate(
    questions: readonly Question[],
    { maxNewTokens, signal }: RunOptions & { readonly maxNewTokens: number },
    onAnswer: (answer: GeneratedAnswer) => void,
  ): Promise<void> {
    const { asker, atOnce } = this.#options;
    await inParallel(this.#byVariant(questions), atOnce, signal, async (question) => {
      const { key, label = displayName(key), variant, messages } = question;
      const reply = await named(label, () =>
        asker.ask(this.#variant(variant), messages, { maxNewTokens }, signal),
      );
      if (reply.speed !== undefined) this.#speedsOf(variant).push(reply.speed);
      onAnswer({ key, text: reply.text, tokens: reply.tokens, ended: reply.ended });
    });
  }

  /** Of adapters that are on this machine; speed as the server itself measured it while it answered. */
  async costs(): Promise<ReadonlyMap<string, VariantCost>> {
    const { models = {} } = this.#options.request;
    const costs = new Map<string, VariantCost>();
    for (const [id, variant] of this.#variants) {
      // A model of the server may have the name of a folder here.
      const isHere = variant.adapter === null || variant.adapter !== models[id];
      const cost = isHere ? await adapterCost(variant.adapter) : undefined;
      // Several at once share the machine: their speed says nothing of one.
      const speeds = this.#options.atOnce === 1 ? this.#speedsOf(id) : [];
      const measured = {
        prefill: spread(speeds.map(({ prefill }) => prefill)),
        decode: spread(speeds.map(({ decode }) => decode)),
      };
      costs.set(id, {
        ...cost,
        ...(measured.prefill === undefined ? {} : { prefill: measured.prefill }),
        ...(measured.decode === undefined ? {} : { decode: measured.decode }),
      });
    }
    return costs;
  }

  close(): Promise<void> {
    return this.#options.served.close();
  }

  #remarks(): readonly Message[] {
    const { client, request, atOnce } = this.#options;
    const { address } = client;
    const { keyVariable, concurrency = 1 } = request;
    return [
      ...(concurrency > atOnce
        ? [say('Requests ran {0} at a time: more would slow this server down or change its answers.', atOnce)]
        : []),
      ...(keyVariable !== undefined && !address.isThisMachine && address.base.protocol === 'http:'
        ? [say('The key and all texts went to {0} unencrypted.', address.base.host)]
        : []),
    ];
  }

  /** All of one variant, then the next: a switch may reload the model. */
  #byVariant<T extends Question>(questions: readonly T[]): readonly T[] {
    const order = [...this.#variants.keys()];
    return [...questions].sort((a, b) => order.indexOf(a.variant) - order.indexOf(b.variant));
  }

  #variant(id: string): Variant {
    const variant = this.#variants.get(id);
    if (variant !== undefined) return variant;
    throw failure('bad-request', say('There is no variant {0}', displayName(id)));
  }

  #speedsOf(variant: string) {
    const speeds = this.#speeds.get(variant) ?? [];
    this.#speeds.set(variant, speeds);
    return speeds;
  }
}

/** A text that is too long with its prompt has no score. */
async function scoreOf(
  { key }: Continuation,
  work: () => Promise<ContinuationScore>,
): Promise<ContinuationScore> {
  try {
    return await work();
  } catch (thrown) {
    if (isTooLong(thrown)) return { key, logProbabilities: [], isTop: [] };
    throw thrown;
  }
}

function spread(values: readonly number[]): Spread | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low] = sorted;
  const high = sorted.at(-1);
  const median = sorted[Math.floor(sorted.length / 2)];
  return low === undefined || high === undefined || median === undefined ? undefined : { median, low, high };
}
