import assert from 'node:assert/strict';
import { openChat, type Chat } from '../../../../../src/evaluation/chat/chat';
import { Tokens } from '../../../../../src/evaluation/runners/onnx/tokens';
import type { Question } from '../../../../../src/evaluation/runners/types';
import { say } from '../../../../../src/core/message';
import { writeFiles } from '../../../../support/chatFiles';
import { english } from '../../../../support/english';
import { rejection } from '../../../../support/rejection';
import { itInFolder } from '../../../../support/temporaryFolder';

const decoder = { vocabulary: 16, context: 8 };
const never = new AbortController().signal;
const asked = (content: string, variant = 'aligned'): Question => ({
  key: `["task","1","${variant}"]`,
  label: say('Prompt {0} ({1})', '"1"', 'task'),
  variant,
  messages: [{ role: 'user', content }],
});

const chatIn = async (folder: string): Promise<Chat> =>
  openChat({ adapter: null, model: await writeFiles(folder) });

describe('conversations as tokens', () => {
  itInFolder('are made once for all variants', async (folder) => {
    const chat = await chatIn(folder);
    let made = 0;
    const counted: Chat = {
      ...chat,
      prompt: (messages) => {
        made++;
        return chat.prompt(messages);
      },
    };
    const tokens = new Tokens({ chat: counted, decoder, signal: never });
    const first = await tokens.prompt(asked('how'));
    assert.equal(await tokens.prompt(asked('how', 'adapter')), first);
    assert.deepEqual([first, made], [[1, 3, 5, 4], 1]);
  });

  itInFolder('are refused by the name of the prompt', async (folder) => {
    const chat = await chatIn(folder);
    const tokens = new Tokens({ chat, decoder, signal: never });
    await rejection(
      tokens.prompt(asked('how how how how how')),
      'bad-request',
      /^Prompt "1" \(task\) has 8 tokens, and the model takes at most 7$/,
    );
    const empty = new Tokens({ chat: { ...chat, prompt: () => [] }, decoder, signal: never });
    await rejection(empty.prompt(asked('how')), 'bad-request', /^Prompt "1" \(task\) has no token$/);
  });

  itInFolder('are refused where the model has no row for one', async (folder) => {
    const tokens = new Tokens({
      chat: await chatIn(folder),
      decoder: { ...decoder, vocabulary: 5 },
      signal: never,
    });
    const data = await rejection(tokens.prompt(asked('how')), 'wrong-models', /token id 5, .* only 5 tokens/);
    assert.match(data.file ?? '', /tokenizer\.json$/);
    assert.match(data.advice === undefined ? '' : english(data.advice), /tokenizer\.json/);
  });

  itInFolder('leave out an answer that the model cannot read', async (folder) => {
    const chat = await chatIn(folder);
    const tokens = new Tokens({ chat, decoder, signal: never });
    const text = (answer: string, more: { readonly tokens?: number } = {}) =>
      tokens.answer({ ...asked('how'), text: answer, ...more });
    assert.deepEqual(await text(' sure . sure .'), [12, 11, 12, 11]);
    assert.equal(await text(' sure . sure . sure'), undefined);
    assert.deepEqual(await text(' sure . sure . sure', { tokens: 2 }), [12, 11]);
    const small = new Tokens({ chat, decoder: { ...decoder, vocabulary: 12 }, signal: never });
    assert.equal(await small.answer({ ...asked('how'), text: ' sure' }), undefined);
  });

  itInFolder('let a cancel in between', async (folder) => {
    const chat = await chatIn(folder);
    const slow: Chat = {
      ...chat,
      prompt: (messages) => {
        for (const end = performance.now() + 20; performance.now() < end;);
        return chat.prompt(messages);
      },
    };
    const controller = new AbortController();
    const tokens = new Tokens({ chat: slow, decoder, signal: controller.signal });
    const start = performance.now();
    setTimeout(() => controller.abort(), 10);
    await rejection(async () => {
      for (let at = 0; at < 1000; at++) await tokens.prompt(asked(`how ${'do '.repeat(at % 3)}${at}`));
    }, 'cancelled');
    assert.ok(performance.now() - start < 1000);
  });
});
