import { badRequest } from '../../core/errors';
import { say } from '../../core/message';
import { visibleText } from '../../core/report/escape';
import { SUITE_KINDS, type SuiteKind } from '../../core/results/evaluation/types';
import type { EvaluatorApi, FitRequest, SuitesDescription } from '../../protocol/evaluatorApi';
import type { CallContext } from '../../rpc/channel';
import { loadSuites } from './loadSuites';
import type { SuitePrompt } from './types';

/** Of the prompts that both splits have. */
const MAX_EXAMPLES = 3;

/** Errors: those of `loadSuites`; `bad-request` for a prompt of `struck` that is not in the fit split. */
export async function describeSuites(
  { suites: places, skipBrokenLines = false, struck = {} }: Parameters<EvaluatorApi['describeSuites']>[0],
  { signal }: CallContext<never>,
): Promise<SuitesDescription> {
  const { suites } = await loadSuites(places, { skipBrokenLines, signal });
  const prompts = suites.flatMap((suite) => suite.prompts);
  checkStruck(struck, prompts);
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

function checkStruck(struck: NonNullable<FitRequest['struck']>, prompts: readonly SuitePrompt[]): void {
  for (const kind of SUITE_KINDS) {
    const ids = new Set(
      prompts.flatMap((prompt) => (prompt.kind === kind && prompt.split === 'fit' ? [prompt.id] : [])),
    );
    const unknown = struck[kind]?.find((id) => !ids.has(id));
    if (unknown === undefined) continue;
    throw badRequest(
      say('No {0} prompt of the fit split has the id {1}.', kind, JSON.stringify(visibleText(unknown))),
      say('Only prompts that gates are fitted to can be struck out: check the id.'),
    );
  }
}

function shared(prompts: readonly SuitePrompt[]): SuitesDescription['shared'] {
  const keyOf = ({ kind, messages }: SuitePrompt): string =>
    JSON.stringify([kind, messages.map(({ role, content }) => [role, folded(content)])]);
  const fit = new Map<string, SuitePrompt>();
  for (const prompt of prompts) if (prompt.split === 'fit') fit.set(keyOf(prompt), prompt);
  const found = prompts.flatMap((prompt) => {
    const twin = prompt.split === 'test' ? fit.get(keyOf(prompt)) : undefined;
    return twin === undefined ? [] : [{ kind: prompt.kind, fit: twin.id, test: prompt.id }];
  });
  return { count: found.length, examples: found.slice(0, MAX_EXAMPLES) };
}

/** Not the signs of arithmetic and code, which tasks differ in. */
const PUNCTUATION = /[.,;:!?…"'’‘“”„«»¿¡。、！？]+/gu;

/** Without what a model hardly answers differently to: case, spaces, punctuation. */
function folded(text: string): string {
  const plain = text.normalize('NFKC').toLowerCase();
  const words = plain.replace(PUNCTUATION, ' ').replace(/\s+/gu, ' ').trim();
  return words === '' ? plain : words;
}
