import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { ErrorCode, ErrorData } from '../../../../src/core/errors';
import { english } from '../../../support/english';
import { openTemplate, type ChatTemplate } from '../../../../src/evaluation/chat/template';
import type { ChatMessage } from '../../../../src/evaluation/runners/types';
import { chatFiles, TEMPLATE, TOKENIZER_CONFIG, writeFiles } from '../../../support/chatFiles';
import { rejection, thrownData } from '../../../support/rejection';
import { itInFolder } from '../../../support/temporaryFolder';

const specialTokens = new Map([['bos_token', '<s>']]);
const user = (content: string): ChatMessage => ({ role: 'user', content });

async function opened(folder: string, files: Readonly<Record<string, unknown>>): Promise<ChatTemplate> {
  return openTemplate({ adapter: null, model: await writeFiles(folder, files) }, { specialTokens });
}
const withTemplate = (folder: string, template: string): Promise<ChatTemplate> =>
  opened(folder, { 'chat_template.jinja': template });
const failed = (
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  code: ErrorCode,
  said?: RegExp,
): ErrorData => thrownData(() => template.render(messages), code, said);

describe('openTemplate', () => {
  itInFolder('renders a conversation up to the next answer', async (folder) => {
    const template = await opened(folder, chatFiles);
    assert.equal(template.render([user('hi'), user('there')]), '<s> <user> hi <user> there <bot>');
    assert.equal(template.record?.date, undefined);
  });

  itInFolder('finds the template in each of its places, in this order', async (folder) => {
    const named = [
      { name: 'rag', template: 'no' },
      { name: 'default', template: 'list' },
    ];
    const places: readonly (readonly [string, unknown, string])[] = [
      ['chat_template.json', { chat_template: 'json' }, 'json'],
      ['tokenizer_config.json', { ...TOKENIZER_CONFIG, chat_template: named }, 'list'],
      ['tokenizer_config.json', { ...TOKENIZER_CONFIG, chat_template: 'config' }, 'config'],
      ['chat_template.jinja', 'jinja', 'jinja'],
    ];
    for (const [name, content, expected] of places) {
      const template = await opened(folder, { [name]: content });
      assert.equal(template.render([user('hi')]), expected);
      assert.equal(template.record?.file, join(folder, name));
    }
  });

  itInFolder("uses the adapter's, and says so where it differs", async (folder) => {
    const model = await writeFiles(join(folder, 'model'));
    const adapter = await writeFiles(join(folder, 'adapter'), { 'chat_template.jinja': TEMPLATE });
    const same = await openTemplate({ adapter, model }, { specialTokens });
    assert.deepEqual(same.notes, []);
    await writeFiles(adapter, { 'chat_template.jinja': 'own' });
    const own = await openTemplate({ adapter, model }, { specialTokens });
    assert.equal(own.render([user('hi')]), 'own');
    assert.match(own.notes.map(english).join(), /adapter's own chat template/);
  });

  itInFolder('ends what takes too long to parse', async (folder) => {
    const files = { 'chat_template.jinja': '{{ a }}'.repeat(100_000) };
    const model = await writeFiles(folder, { ...chatFiles, ...files });
    const { file } = await rejection(
      () => openTemplate({ adapter: null, model }, { specialTokens, deadlineMs: 1 }),
      'bad-config',
      /reading it takes longer than 0\.001 seconds/,
    );
    assert.equal(file, join(model, 'chat_template.jinja'));
  });

  itInFolder('reads line ends as Jinja does', async (folder) => {
    const template = await withTemplate(folder, '{% if true %}\r\n  a\r\n{% endif %}\r\nb\r\n');
    assert.equal(template.render([user('hi')]), '  a\nb');
  });

  itInFolder('gives a date that is always the same, and records it', async (folder) => {
    const template = await withTemplate(folder, "{{ strftime_now('%d %B %Y, %A %-d %y %q') }}");
    assert.equal(template.render([user('hi')]), '01 January 2026, Thursday 1 26 %q');
    assert.equal(template.record?.date, '2026-01-01');
  });

  itInFolder('says what a template says against a conversation', async (folder) => {
    const template = await withTemplate(folder, "{{ raise_exception('No system role\u202e!') }}");
    const said = /rejects this conversation: No system role\\u\{202e\}!/;
    const { file } = failed(template, [user('hi')], 'bad-request', said);
    assert.equal(file, join(folder, 'chat_template.jinja'));
  });

  itInFolder('names the file of a template that fails', async (folder) => {
    const failing = ['{{ range(1000000000000) }}', '{{ messages[0].content | odd }}', '{{ 1 + none }}'];
    for (const text of failing) {
      const template = await withTemplate(folder, text);
      const { file } = failed(template, [user('hi')], 'bad-config', /the chat template failed \(.+\)/);
      assert.equal(file, join(folder, 'chat_template.jinja'), text);
    }
    const nested = '{% if true %}'.repeat(80_000);
    for (const text of ['{% if %}', '{{ "', nested])
      await rejection(withTemplate(folder, text), 'bad-config');
  });

  itInFolder('refuses prompts of absurd size', async (folder) => {
    const template = await withTemplate(
      folder,
      "{% set ns = namespace(x='0123456789') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}{{ ns.x }}",
    );
    failed(template, [user('hi')], 'bad-config');
    const long = await withTemplate(
      folder,
      '{% for i in range(100000) %}{{ messages[0].content }}{% endfor %}',
    );
    failed(long, [user('a'.repeat(1000))], 'bad-config', /longer than 16777216/);
  });

  itInFolder('takes only text as contents', async (folder) => {
    const template = await opened(folder, chatFiles);
    for (const content of [1, true, null, undefined, [{ type: 'text', text: 'hi' }], {}])
      failed(template, [{ role: 'user', content } as ChatMessage], 'bad-request');
    failed(template, [], 'bad-request');
  });

  itInFolder('declines a model without a template unless plain prompts are wanted', async (folder) => {
    const files = { 'tokenizer_config.json': TOKENIZER_CONFIG };
    assert.equal((await rejection(opened(folder, files), 'not-found')).file, folder);
    const plain = await openTemplate({ adapter: null, model: folder }, { specialTokens, plainPrompts: true });
    assert.equal(plain.render([{ role: 'system', content: 'be nice' }, user('hi')]), 'be nice\n\nhi');
    assert.deepEqual([plain.record, plain.notes.length], [undefined, 1]);
  });

  itInFolder('refuses what is no template', async (folder) => {
    for (const chat_template of [1, [], [{ name: 'rag', template: 'x' }], {}, 'x'.repeat(2 * 1024 * 1024)]) {
      const files = { 'tokenizer_config.json': { chat_template } };
      await rejection(opened(folder, files), 'bad-config', /"chat_template" is not a template/);
    }
  });
});
