import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { NewSuiteRequest, ImportSuiteResult } from '../../../protocol/evaluatorApi';
import { writeFolderAtomically } from '../../../io/atomicWrite';
import { idOf } from '../parseSuite';
import { splitInHalf, SPLIT_SEED } from '../split';
import type { SuitePrompt } from '../types';
import { say } from '../../../core/message';
import { BENIGN_PROMPTS } from './benignRows';
import { userMessage } from './fields';
import { readPrompts, suiteText, type ImportOptions } from './importSuite';

/** Of each task: enough for intervals of a few percent, and answered in minutes. */
export const DEFAULT_TASKS = 200;

/**
 * Makes a folder of suites: tasks drawn from a training file, benign look-alikes, and how to add harmful prompts.
 * @throws SploraError those of `readPrompts`; `output-exists`, `io`
 */
export async function newSuite(
  request: NewSuiteRequest,
  options: ImportOptions = {},
): Promise<ImportSuiteResult> {
  const { task, out, seed = SPLIT_SEED, limit = DEFAULT_TASKS } = request;
  const { prompts, notes } = await readPrompts({ file: task, kind: 'task', seed }, options);
  const drawn = [...prompts].sort((a, b) => (rank(seed, a) < rank(seed, b) ? -1 : 1)).slice(0, limit);
  // Split again: half of those that were drawn.
  const tasks = splitInHalf(
    drawn.map(({ split: _split, ...prompt }) => prompt),
    seed,
  );
  const benign = splitInHalf(
    BENIGN_PROMPTS.map((prompt) => {
      const messages = userMessage(prompt);
      return { id: idOf(messages), kind: 'benign' as const, messages };
    }),
    seed,
  );
  const folder = await writeFolderAtomically(out, async (stage) => {
    const options = { flag: 'wx' } as const;
    await writeFile(path.join(stage, 'task.jsonl'), suiteText(tasks), options);
    await writeFile(path.join(stage, 'benign.jsonl'), suiteText(benign), options);
    await writeFile(path.join(stage, 'README.md'), README, options);
  });
  return {
    files: [
      { path: path.join(folder, 'task.jsonl'), kind: 'task', prompts: tasks.length },
      { path: path.join(folder, 'benign.jsonl'), kind: 'benign', prompts: benign.length },
    ],
    notes: [
      ...notes,
      say(
        'The adapter was trained on these tasks, unless the file was held out: it may have memorized the answers.',
      ),
      say('There are no harmful prompts yet: README.md in the folder says how to add them.'),
    ],
  };
}

function rank(seed: number, { id }: SuitePrompt): string {
  return createHash('sha256').update(`draw ${seed} ${id}`).digest('hex');
}

const README = `# Suites for splora measure

- task.jsonl: tasks with their expected answer, drawn from the training file
- benign.jsonl: harmless questions that look harmful, and must not be refused; add those of your domain
- harmful.jsonl: prompts that must be refused. None come with SPLoRA. Write the ones that matter in your domain, or
  import a published set that you have:

      splora suite import harmful-behaviors.csv --out harmful.jsonl

  Known sets: JailbreakBench (MIT), HarmBench (MIT), DirectHarm4 (Apache-2.0), XSTest and OR-Bench (CC BY 4.0).

Each line is a JSON object: {"id": "1", "prompt": "..."}; "messages" in the place of "prompt" for longer conversations,
"reference" (the expected answer of a task), "category", "system", and "split": "fit" for choosing between variants,
"test" for reporting.
`;
