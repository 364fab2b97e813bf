import * as vscode from 'vscode';
import { toErrorData } from '../../core/errors';
import type { RunnerRequest } from '../../protocol/evaluatorApi';
import type { OptionsOf } from '../commandTable';
import type { Invocation } from '../commands/call';
import { showError } from '../errors/showError';
import type { Services } from '../services';
import { Endpoints, parseEndpoint, type Endpoint } from './endpoints';
import { askKey, askRunner, confirmEndpoint } from './questions';

type MeasureCall = Invocation<OptionsOf<'measure'>>;

/** Environment variable in which the evaluator finds the key of an endpoint. */
const KEY_VARIABLE = 'SPLORA_ENDPOINT_KEY';

/** Where the model runs. */
export interface Place {
  readonly runner: RunnerRequest;
  /** Absent: on this machine. */
  readonly endpoint?: Endpoint;
  /** Added to the environment of the evaluator. */
  readonly env: Readonly<Record<string, string>>;
}

const HERE: Place = { runner: { kind: 'onnx' }, env: {} };

const endpointsOf = ({ context }: Services): Endpoints => new Endpoints(context.globalState, context.secrets);

/** The place that the options name, else the one that the user chooses; a program's is this machine. Undefined: canceled. */
export async function placeOf(
  services: Services,
  adapter: string,
  {
    options,
    caller,
  }: {
    readonly options: Pick<MeasureCall['options'], 'runner' | 'models'>;
    readonly caller: MeasureCall['caller'];
  },
): Promise<Place | undefined> {
  const endpoints = endpointsOf(services);
  const asked =
    options.runner !== undefined
      ? parseEndpoint(options.runner)
      : caller === 'program'
        ? 'here'
        : await askRunner(adapter, endpoints);
  if (asked === undefined) return undefined;
  if (asked === 'here') return HERE;
  if (!endpoints.isConfirmed(asked) && !(await confirmEndpoint(asked))) return undefined;
  const key = await keyOf(endpoints, asked, caller);
  if (key === undefined) return undefined;
  await endpoints.keep(asked);
  const { url, host, isThisMachine } = asked;
  const runner = {
    kind: 'endpoint' as const,
    url,
    ...(isThisMachine ? {} : { confirmedHost: host }),
    ...(options.models === undefined ? {} : { models: options.models }),
  };
  return withKey({ runner, endpoint: asked, env: {} }, key);
}

/** Where a runner was, with the key that is known by now. */
export async function placeAgain(
  services: Services,
  adapter: string,
  runner: RunnerRequest,
): Promise<Place | undefined> {
  if (runner.kind === 'onnx') return { ...HERE, runner };
  const { keyVariable: _key, ...rest } = runner;
  const place = await placeOf(services, adapter, { caller: 'user', options: { runner: runner.url } });
  return place === undefined ? undefined : { ...place, runner: { ...rest, ...place.runner } };
}

/** Runs at a place. Where its server refuses the key, the user can type another one, and it runs again. */
export async function withOtherKey<T>(
  services: Services,
  place: Place,
  run: (place: Place) => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await run(place);
  } catch (thrown) {
    const { endpoint } = place;
    if (endpoint === undefined || toErrorData(thrown).code !== 'endpoint-key') throw thrown;
    const change = async (): Promise<void> => {
      const key = await askKey(endpointsOf(services), endpoint);
      if (key !== undefined) await withOtherKey(services, withKey(place, key), run);
    };
    showError(services.log, thrown, [{ label: vscode.l10n.t('Change Key…'), run: change }]);
    return undefined;
  }
}

/** @param key empty: none */
function withKey(place: Place, key: string): Place {
  const { runner } = place;
  if (runner.kind === 'onnx') return place;
  const { keyVariable: _key, ...rest } = runner;
  if (key === '') return { ...place, runner: rest, env: {} };
  return { ...place, runner: { ...rest, keyVariable: KEY_VARIABLE }, env: { [KEY_VARIABLE]: key } };
}

/** The key that is kept, else what the user types for a new server; empty: none. Undefined: the user canceled. */
async function keyOf(
  endpoints: Endpoints,
  endpoint: Endpoint,
  caller: MeasureCall['caller'],
): Promise<string | undefined> {
  const kept = await endpoints.key(endpoint);
  if (kept !== undefined || caller === 'program' || endpoints.isKnown(endpoint)) return kept ?? '';
  return askKey(endpoints, endpoint);
}
