import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadSuites } from '../../../../src/evaluation/suites/loadSuites';
import { kindOfName, parseSuite } from '../../../../src/evaluation/suites/parseSuite';
import { splitInHalf } from '../../../../src/evaluation/suites/split';
import { english } from '../../../support/english';
import { rejection } from '../../../support/rejection';
import { itInFolder } from '../../../support/temporaryFolder';

const parse = (text: string, file = 'harmful.jsonl', skipBrokenLines = false) =>
  parseSuite({ file, text, sha256: '00' }, { skipBrokenLines });

describe('parseSuite', () => {
  it('reads prompts, conversations and what goes with them', async () => {
    const { suites } = await parse(
      [
        '{"id":"a","prompt":"make it","category":"c","split":"fit","more":1}',
        '',
        '{"id":7,"messages":[{"role":"user","content":"x"},{"role":"assistant","content":"y"},{"role":"user","content":"z"}],"system":"s"}\r',
        '{"prompt":"no id"}',
      ].join('\n'),
    );
    const [first, second, third] = suites[0]?.prompts ?? [];
    assert.deepEqual(first, {
      id: 'a',
      kind: 'harmful',
      messages: [{ role: 'user', content: 'make it' }],
      split: 'fit',
      category: 'c',
      line: 1,
    });
    assert.deepEqual([second?.line, third?.line], [3, 4]);
    assert.deepEqual(
      [second?.id, second?.messages.map(({ role }) => role)],
      ['7', ['system', 'user', 'assistant', 'user']],
    );
    assert.match(third?.id ?? '', /^[0-9a-f]{12}$/);
  });

  it('takes the kind of a line before that of the name', async () => {
    const { suites } = await parse('{"prompt":"a"}\n{"prompt":"b","kind":"benign"}');
    assert.deepEqual(
      suites.map(({ kind, prompts }) => [kind, prompts.length]),
      [
        ['harmful', 1],
        ['benign', 1],
      ],
    );
    assert.deepEqual(
      [
        'harmful.jsonl',
        'C:\\x\\my-task-2.jsonl',
        'jbb.benign.jsonl',
        'harmful-benign.jsonl',
        'multitask.jsonl',
        '',
      ].map(kindOfName),
      ['harmful', 'task', 'benign', undefined, undefined, undefined],
    );
  });

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['no JSON', '{"prompt":', /not valid JSON/],
    ['a list', '[]', /not a JSON object/],
    ['no prompt', '{"id":"x"}', /either "prompt" or "messages"/],
    ['both', '{"prompt":"x","messages":[{"role":"user","content":"x"}]}', /either/],
    ['a prompt of another type', '{"prompt":5}', /prompt/],
    ['an empty prompt', '{"prompt":""}', /prompt/],
    ['an endless prompt', `{"prompt":"${'x'.repeat(1_000_001)}"}`, /prompt/],
    ['an unknown role', '{"messages":[{"role":"tool","content":"x"}]}', /role/],
    [
      'an assistant at the end',
      '{"messages":[{"role":"assistant","content":"x"}]}',
      /must have the role "user"/,
    ],
    ['an unknown split', '{"prompt":"x","split":"train"}', /split/],
    ['an id that was used', '{"prompt":"x","id":"ok"}', /duplicate id ok/],
    ['a task without a reference', '{"prompt":"x","kind":"task"}', /needs a "reference"/],
    [
      'two system messages',
      '{"messages":[{"role":"system","content":"x"},{"role":"user","content":"x"}],"system":"y"}',
      /both/,
    ],
  ];
  for (const [what, line, message] of broken) {
    it(`names the line with ${what}, or passes over it and says so`, async () => {
      const text = `{"prompt":"fine","id":"ok"}\n${line}\n{"prompt":"fine too","id":"2"}\n`;
      const { file, message: said } = await rejection(parse(text), 'bad-request', message);
      assert.equal(file, 'harmful.jsonl');
      assert.match(english(said), /^Line 2 is broken: /);
      const { suites, notes } = await parse(text, 'harmful.jsonl', true);
      assert.equal(suites[0]?.prompts.length, 2);
      assert.match(english(notes[0] ?? { text: '' }), /lines skipped because they are broken: 1 \(line 2: /);
    });
  }

  it('passes over millions of line ends, and names the right line after them', async () => {
    const text = `${'\n'.repeat(5_000_000)} \t\r\n{"prompt":"x"}\nnothing`;
    await rejection(parse(text), 'bad-request', /^Line 5000003 is broken/);
    assert.equal((await parse(text, 'harmful.jsonl', true)).suites[0]?.prompts.length, 1);
  });

  it('lets other work go on while it reads, and stops when it is canceled', async () => {
    const text = Array.from({ length: 90_000 }, (_, at) => `{"prompt":"${at}"}\n`).join('');
    let turns = 0;
    const counting = setInterval(() => turns++, 1);
    const { suites } = await parse(text);
    clearInterval(counting);
    assert.equal(suites[0]?.prompts.length, 90_000);
    assert.ok(turns > 0);
    const controller = new AbortController();
    const suite = { file: 'harmful.jsonl', text, sha256: '00' };
    const stopped = parseSuite(suite, { skipBrokenLines: false, signal: controller.signal });
    controller.abort();
    await rejection(stopped, 'cancelled');
  });

  it('names a few broken lines and counts the rest, as far as it is a suite', async () => {
    const some = `{"prompt":"x"}\n${'nothing\n'.repeat(20)}`;
    const [note] = (await parse(some, 'harmful.jsonl', true)).notes.map(english);
    assert.match(note ?? '', /broken: 20 .*line 6: [^;]*$/);
    const many = `{"prompt":"x"}\n${'1\n'.repeat(100_001)}`;
    await rejection(parse(many, 'harmful.jsonl', true), 'bad-request', /More than 100000 lines are broken/);
  });

  it('needs a kind, and a prompt', async () => {
    await rejection(parse('{"prompt":"x"}', 'prompts.jsonl'), 'bad-request', /it has no kind/);
    await rejection(parse('\n'), 'bad-request', /has no prompt/);
    await rejection(parse('nothing', 'task.jsonl', true), 'bad-request', /has no prompt/);
  });
});

describe('splitInHalf', () => {
  const prompts = Array.from({ length: 21 }, (_, at) => ({ id: `p${at}`, category: at < 10 ? 'a' : 'b' }));

  it('halves each category, by id and seed alone', () => {
    const made = splitInHalf(prompts);
    const fit = made.filter(({ split }) => split === 'fit');
    assert.deepEqual([fit.filter(({ category }) => category === 'a').length, fit.length], [5, 10]);
    const reversed = splitInHalf([...prompts].reverse());
    assert.deepEqual([...reversed].reverse(), made);
    assert.notDeepEqual(splitInHalf(prompts, 1), made);
  });

  it('leaves neither half without prompts where each has a category of its own', () => {
    const made = splitInHalf(prompts.map(({ id }) => ({ id, category: id })));
    const fit = made.filter(({ split }) => split === 'fit').length;
    assert.ok(fit > 0 && fit < made.length, String(fit));
  });

  it('keeps the split that is there', () => {
    const made = splitInHalf([{ id: 'x', split: 'fit' as const }, { id: 'y' }]);
    assert.deepEqual(
      made.map(({ split }) => split),
      ['fit', 'test'],
    );
  });
});

describe('loadSuites', () => {
  const options = { skipBrokenLines: false };

  itInFolder('reads the .jsonl files of a folder, and files once', async (folder) => {
    await writeFile(path.join(folder, 'harmful.jsonl'), '\ufeff{"prompt":"a"}\n');
    await writeFile(path.join(folder, 'task.jsonl'), '{"prompt":"a","reference":"b"}\n');
    await writeFile(path.join(folder, 'README.md'), 'not a suite');
    const { suites } = await loadSuites([folder, path.join(folder, 'task.jsonl')], options);
    assert.deepEqual(
      suites.map(({ kind, sha256 }) => [kind, sha256.length]),
      [
        ['harmful', 64],
        ['task', 64],
      ],
    );
  });

  itInFolder('bounds the prompts of all suites together', async (folder) => {
    const file = path.join(folder, 'harmful.jsonl');
    const lines = Array.from({ length: 60_000 }, (_, at) => `{"prompt":"${at}","id":${at}}\n`);
    await writeFile(file, lines.join(''));
    await writeFile(path.join(folder, 'benign.jsonl'), lines.join(''));
    assert.equal((await loadSuites([file], options)).suites[0]?.prompts.length, 60_000);
    await rejection(loadSuites([folder], options), 'bad-request', /together have more than 100000 prompts/);
  });

  itInFolder('refuses what is no suite', async (folder) => {
    await rejection(loadSuites([], options), 'bad-request', /No suite/);
    await rejection(loadSuites([folder], options), 'not-found', /no \.jsonl file/);
    const file = path.join(folder, 'harmful.jsonl');
    await writeFile(file, Buffer.from([0x7b, 0xff, 0x0a]));
    await rejection(loadSuites([file], options), 'bad-request', /not UTF-8/);
    await mkdir(path.join(folder, 'other'));
    const other = path.join(folder, 'other', 'harmful-2.jsonl');
    await writeFile(file, '{"prompt":"a","id":"1"}\n');
    await writeFile(other, '{"prompt":"b","id":"1"}\n');
    await rejection(loadSuites([file, other], options), 'bad-request', /is also in/);
  });
});
