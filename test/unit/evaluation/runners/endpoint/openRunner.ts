import {
  createEndpointRunner,
  type EndpointRunnerOptions,
} from '../../../../../src/evaluation/runners/endpoint';
import type { GeneratedAnswer, Question, Runner, Variant } from '../../../../../src/evaluation/runners/types';
import { sample } from '../../../../support/paths';
import type { FakeServer } from './fakeServer';

export const { signal } = new AbortController();
export const BASE: Variant = { id: 'aligned', adapter: null, scale: 1 };
export const ADAPTER: Variant = { id: 'adapter', adapter: sample('adapter-mixed'), scale: 1 };
const MODELS = { aligned: 'plain', adapter: 'tuned' };

interface More extends Partial<EndpointRunnerOptions> {
  readonly ask?: Partial<EndpointRunnerOptions['request']>;
}

/** The aligned model and one adapter at a server; by default each is a model of its own there. */
export function open({ url }: Pick<FakeServer, 'url'>, { ask, ...more }: More = {}): Promise<Runner> {
  return createEndpointRunner({
    request: { kind: 'endpoint', url, models: MODELS, ...ask },
    aligned: 'plain',
    variants: [BASE, ADAPTER],
    signal,
    waiting: { pausesMs: [1] },
    ...more,
  });
}

export const question = (variant: string, content: string): Question => ({
  key: `${variant} ${content}`,
  variant,
  messages: [{ role: 'user', content }],
});

export async function answersOf(
  runner: Runner,
  questions: readonly Question[],
): Promise<Map<string, GeneratedAnswer>> {
  const answers = new Map<string, GeneratedAnswer>();
  await runner.generate(questions, { maxNewTokens: 8, signal }, (answer) => answers.set(answer.key, answer));
  return answers;
}
