import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { SploraError } from '../../src/core/errors';
import { openTemplate } from '../../src/evaluation/chat/template';
import { openTokenizer } from '../../src/evaluation/chat/tokenizer';
import { chatFiles, writeFiles } from '../support/chatFiles';
import { hardStrings } from '../support/hardStrings';
import { projectRoot, sample } from '../support/paths';
import { skipBecause } from '../support/skip';
import { itInFolder } from '../support/temporaryFolder';
import { CONVERSATIONS, TEMPLATES } from './chatTemplates';
import { HANG_MS, startPython, type Python } from './python';
import { smolLM2 } from './smolLM2';

interface Ids {
  readonly rust: readonly (readonly number[])[];
  readonly transformers: readonly (readonly number[])[];
  /** With the special tokens that the tokenizer puts around a text. */
  readonly whole: readonly (readonly number[])[];
  readonly decoded: readonly string[];
}

const KINDS = ['llama3', 'qwen2', 'gpt2', 'llama2', 'gemma', 'unigram', 'words', 'words and marks'] as const;
const DATE = '2026-01-01';
/** The large vocabularies of real models are trained on more; this is enough to merge some thousand pairs. */
const CORPUS = ['README.md', 'CONTRIBUTING.md', 'media/l10n/bundle.l10n.de.json'];

describe('tokenizers and chat templates', function () {
  this.timeout(HANG_MS);
  let python: Python;
  before(async function () {
    const started = await startPython('chat.py');
    if ('missing' in started) skipBecause(this, started.missing);
    python = started;
  });
  after(() => {
    python.dispose();
  });

  for (const kind of KINDS) {
    itInFolder(`ids and decoded texts are those of Python's tokenizers: ${kind}`, async (folder) => {
      const files = CORPUS.map((name) => readFile(join(projectRoot, name), 'utf8'));
      const corpus = [...(await Promise.all(files)), ...hardStrings()];
      const model = join(folder, kind);
      await python.ask({ what: 'train', folder: model, kind, corpus });
      await sameIds(python, model);
    });
  }

  it("ids are those of Python's tokenizers, and template text is transformers': the sample", async () => {
    await sameIds(python, sample('aligned'));
    await sameTexts(python, sample('aligned'));
  });

  it("ids are those of Python's tokenizers, and template text is transformers': SmolLM2", async () => {
    const model = await smolLM2();
    await sameIds(python, model);
    await sameTexts(python, model);
  });

  for (const [name, template] of Object.entries(TEMPLATES)) {
    itInFolder(`template text is transformers': ${name}`, async (folder) => {
      await writeFiles(folder, { ...chatFiles, 'chat_template.jinja': template });
      await sameTexts(python, folder);
    });
  }
});

async function sameIds(python: Python, model: string): Promise<void> {
  const texts = hardStrings();
  const expected = (await python.ask({ what: 'ids', folder: model, texts })) as Ids;
  const tokenizer = await openTokenizer({ adapter: null, model });
  const score = await scores(model);
  for (const [index, text] of texts.entries()) {
    const [rust = [], whole = []] = [expected.rust[index], expected.whole[index]];
    const ids = tokenizer.encode(text);
    assert.deepEqual(expected.transformers[index], rust);
    assert.deepEqual([text, tokenizer.decode(rust)], [text, expected.decoded[index]]);
    if (score !== undefined && !isDeepStrictEqual(ids, rust)) {
      // Of segmentations that are equally probable, rounding decides.
      assert.ok(Math.abs(score(ids) - score(rust)) < 1e-9, text);
      assert.deepEqual([text, tokenizer.decode(ids)], [text, expected.decoded[index]]);
    } else
      assert.deepEqual([text, ids, tokenizer.encode(text, { addSpecialTokens: true })], [text, rust, whole]);
  }
}

/** What the tokens of a Unigram model add up to; undefined for other models. */
async function scores(model: string): Promise<((ids: readonly number[]) => number) | undefined> {
  const json = JSON.parse(await readFile(join(model, 'tokenizer.json'), 'utf8')) as {
    readonly model: { readonly vocab: unknown };
  };
  const { vocab } = json.model;
  if (!Array.isArray(vocab)) return undefined;
  const logs = (vocab as readonly (readonly [string, number])[]).map(([, log]) => log);
  return (ids) => ids.reduce((sum, id) => sum + (logs[id] ?? NaN), 0);
}

/** Where Python raises an error, so does the template here; what is said then is the library's own. */
async function sameTexts(python: Python, model: string): Promise<void> {
  const request = { what: 'render', folder: model, conversations: CONVERSATIONS, date: DATE };
  const { texts } = (await python.ask(request)) as { texts: readonly (string | { raised: string })[] };
  const { specialTokens } = await openTokenizer({ adapter: null, model });
  const template = await openTemplate({ adapter: null, model }, { specialTokens });
  for (const [index, conversation] of CONVERSATIONS.entries()) {
    const expected = texts[index];
    if (typeof expected === 'string') assert.equal(template.render(conversation), expected);
    else assert.throws(() => template.render(conversation), SploraError, expected?.raised);
  }
}
