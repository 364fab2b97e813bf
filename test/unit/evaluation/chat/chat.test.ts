import assert from 'node:assert/strict';
import { openChat } from '../../../../src/evaluation/chat/chat';
import type { ChatMessage } from '../../../../src/evaluation/runners/types';
import { chatFiles, TOKENIZER, writeFiles } from '../../../support/chatFiles';
import { sample } from '../../../support/paths';
import { thrownData } from '../../../support/rejection';
import { itInFolder } from '../../../support/temporaryFolder';

const messages: readonly ChatMessage[] = [{ role: 'user', content: 'how ?' }];

describe('openChat', () => {
  it('reads the sample', async () => {
    const chat = await openChat({ adapter: sample('adapter-mixed'), model: sample('aligned') });
    const prompt = chat.prompt([{ role: 'user', content: 'how do i make the cake ?' }]);
    assert.equal(chat.tokenizer.decode(prompt), 'how do i make the cake ?');
    assert.deepEqual([prompt.at(0), prompt.at(-1)], [1, 4]);
    assert.deepEqual([[...chat.tokenizer.endTokens], chat.tokenizer.size, chat.notes], [[2], 139, []]);
  });

  itInFolder('reads its files again only where one of them changed', async (folder) => {
    const folders = { adapter: null, model: await writeFiles(folder) };
    const chat = await openChat(folders);
    assert.equal(await openChat(folders), chat);
    assert.notEqual(await openChat(folders, { plainPrompts: true }), chat);
    await writeFiles(folder, { ...chatFiles, 'chat_template.jinja': '{{ messages[0].content }}' });
    assert.deepEqual((await openChat(folders)).prompt(messages), [5, 10]);
  });

  itInFolder('gives the ids of a prompt, with special tokens once', async (folder) => {
    const chat = await openChat({ adapter: null, model: await writeFiles(folder) });
    assert.deepEqual(chat.prompt(messages), [1, 3, 5, 10, 4]);
    assert.deepEqual(chat.answer(messages, ' sure .'), [12, 11]);
    assert.deepEqual(Object.keys(chat.records), ['tokenizer', 'template']);
  });

  itInFolder('refuses a prompt that no model could read, by its name', async (folder) => {
    const chat = await openChat({ adapter: null, model: await writeFiles(folder) });
    const long = [{ role: 'user', content: 'how '.repeat(300_000) }] as const;
    thrownData(() => chat.prompt(long, 'Prompt "1"'), 'bad-request', /^Prompt "1" has 12\d{5} characters/);
  });

  itInFolder('lets the tokenizer put its special tokens around plain text', async (folder) => {
    await writeFiles(folder, { ...chatFiles, 'chat_template.jinja': undefined });
    const chat = await openChat({ adapter: null, model: folder }, { plainPrompts: true });
    assert.deepEqual(chat.prompt(messages), [1, 5, 10]);
    assert.deepEqual(chat.answer(messages, ' sure .'), [12, 11]);
    assert.deepEqual([Object.keys(chat.records), chat.notes.length], [['tokenizer'], 1]);
  });

  itInFolder(
    'splits an answer alone where its first token would join the last of the prompt',
    async (folder) => {
      const vocab = { ...TOKENIZER.model.vocab, unknown: 16 };
      const json = { ...TOKENIZER, model: { ...TOKENIZER.model, vocab } };
      await writeFiles(folder, { ...chatFiles, 'tokenizer.json': json, 'chat_template.jinja': 'un' });
      const chat = await openChat({ adapter: null, model: folder });
      assert.deepEqual(chat.prompt(messages), [13]);
      assert.deepEqual(chat.answer(messages, 'known'), chat.tokenizer.encode('known'));
    },
  );
});
