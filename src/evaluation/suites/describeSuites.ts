import type { SuiteKind } from '../../core/results/evaluation/types';
import type { MeasureRequest, SuitesDescription } from '../../protocol/evaluatorApi';
import type { CallContext } from '../../rpc/channel';
import { loadSuites } from './loadSuites';
import type { SuitePrompt } from './types';

/** Of the prompts that both splits have. */
const MAX_EXAMPLES = 3;

/** Errors: those of `loadSuites`. */
export async function describeSuites(
  { suites: places, skipBrokenLines = false }: Pick<MeasureRequest, 'suites' | 'skipBrokenLines'>,
  { signal }: CallContext<never>,
): Promise<SuitesDescription> {
  const { suites } = await loadSuites(places, { skipBrokenLines, signal });
  const prompts = suites.flatMap((suite) => suite.prompts);
  const counts = (kind: SuiteKind): { fit: number; test: number } => {
    const count = { fit: 0, test: 0 };
    for (const prompt of prompts) if (prompt.kind === kind) count[prompt.split]++;
    return count;
  };
  return {
    kinds: { harmful: counts('harmful'), benign: counts('benign'), task: counts('task') },
    shared: shared(prompts),
  };
}

function shared(prompts: readonly SuitePrompt[]): SuitesDescription['shared'] {
  const keyOf = ({ kind, messages }: SuitePrompt): string => JSON.stringify([kind, messages]);
  const fit = new Map<string, SuitePrompt>();
  for (const prompt of prompts) if (prompt.split === 'fit') fit.set(keyOf(prompt), prompt);
  const found = prompts.flatMap((prompt) => {
    const twin = prompt.split === 'test' ? fit.get(keyOf(prompt)) : undefined;
    return twin === undefined ? [] : [{ kind: prompt.kind, fit: twin.id, test: prompt.id }];
  });
  return { count: found.length, examples: found.slice(0, MAX_EXAMPLES) };
}
