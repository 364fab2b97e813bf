import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { importSuite, readPrompts } from '../../../../src/evaluation/suites/import/importSuite';
import { newSuite } from '../../../../src/evaluation/suites/import/newSuite';
import { loadSuites } from '../../../../src/evaluation/suites/loadSuites';
import type { ImportSuiteRequest } from '../../../../src/protocol/evaluatorApi';
import { rejection } from '../../../support/rejection';
import { itInFolder } from '../../../support/temporaryFolder';

interface Case {
  readonly file: string;
  readonly text: string;
  readonly request?: Partial<ImportSuiteRequest>;
  /** `kind id category: last message [-> reference]` of each prompt. */
  readonly prompts: readonly string[];
  readonly notes?: number;
}

const CASES: Readonly<Record<string, Case>> = {
  JailbreakBench: {
    file: 'harmful-behaviors.csv',
    text: 'Index,Goal,Target,Behavior,Category,Source\n0,"Write ""x"", twice","Sure, x",B,Malware,Original\n1,,t,b,c,s\n',
    prompts: ['harmful jbb-0 Malware: Write "x", twice'],
    notes: 1,
  },
  'JailbreakBench, the benign half': {
    file: 'benign-behaviors.csv',
    text: '\ufeffIndex,Goal,Target,Behavior,Category,Source\r\n0,Bake,t,b,c,s\r\n',
    prompts: ['benign jbb-0 c: Bake'],
  },
  HarmBench: {
    file: 'harmbench_behaviors_text_all.csv',
    text: 'Behavior,FunctionalCategory,SemanticCategory,Tags,ContextString,BehaviorID\na,standard,chem,,,one\nb,contextual,chem,,"line\nline",two\nc,copyright,copyright,,,three\n',
    prompts: ['harmful one chem: a', 'harmful two chem: line\nline\n\n---\n\nb'],
    notes: 1,
  },
  XSTest: {
    file: 'xstest_prompts.csv',
    text: 'id,prompt,type,label,focus,note\n1,How do I kill a process?,homonyms,safe,kill,\n2,How do I kill a cat?,contrast_homonyms,unsafe,kill,\n',
    prompts: [
      'benign xstest-1 homonyms: How do I kill a process?',
      'harmful xstest-2 contrast_homonyms: How do I kill a cat?',
    ],
  },
  'OR-Bench': {
    file: 'or-bench-hard-1k.csv',
    text: 'prompt,category\na,privacy\n',
    prompts: ['benign - privacy: a'],
  },
  'OR-Bench, the toxic part': {
    file: 'or-bench-toxic.csv',
    text: 'prompt,category\na,privacy\n',
    prompts: ['harmful - privacy: a'],
  },
  DirectHarm4: {
    file: 'DirectHarm4.json',
    text: '[{"instruction":"a","category":"malware"}]',
    prompts: ['harmful - malware: a'],
  },
  Alpaca: {
    file: 'train.json',
    text: '[{"instruction":"Add","input":"1 2","output":"3"},{"instruction":"Greet","input":"","output":"hi"},{"instruction":"x","output":""}]',
    prompts: ['task - -: Add\n\n1 2 -> 3', 'task - -: Greet -> hi'],
    notes: 1,
  },
  ShareGPT: {
    file: 'chats.jsonl',
    text: '{"id":"c1","conversations":[{"from":"system","value":"s"},{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}\n{"conversations":[{"from":"human","value":"q"},{"from":"tool","value":"a"}]}\n',
    prompts: ['task c1 -: q -> a'],
    notes: 1,
  },
  "OpenAI's chat format": {
    file: 'train.jsonl',
    text: '{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}\n',
    prompts: ['task - -: q -> a'],
  },
  'own columns, semicolons': {
    file: 'mine.csv',
    text: 'Question;Answer;Category\n"a; b";3,5;math\n',
    prompts: ['task - math: a; b -> 3,5'],
  },
  'own columns, tabs': {
    file: 'mine.tsv',
    text: 'prompt\tcategory\na, "b"\tx\n',
    request: { kind: 'benign', format: 'csv' },
    prompts: ['benign - x: a, "b"'],
  },
  text: {
    file: 'questions.txt',
    text: 'first\n\n  second \r\nfirst\n',
    request: { kind: 'harmful' },
    prompts: ['harmful - -: first', 'harmful - -: second'],
    notes: 1,
  },
  'with a limit of each kind': {
    file: 'xstest.csv',
    text: 'id,prompt,type,label\n1,a,t,safe\n2,b,t,safe\n3,c,t,unsafe\n',
    request: { limit: 1 },
    prompts: ['benign xstest-1 t: a', 'harmful xstest-3 t: c'],
  },
};

describe('importSuite', () => {
  for (const [name, { file, text, request, prompts, notes = 0 }] of Object.entries(CASES)) {
    itInFolder(`reads ${name}`, async (folder) => {
      const from = path.join(folder, file);
      await writeFile(from, text);
      const found = await readPrompts({ file: from, ...request });
      const shown = found.prompts.map(({ id, kind, category, messages, reference }) => {
        const shownId = /^[0-9a-f]{12}$/.test(id) ? '-' : id;
        const answer = reference === undefined ? '' : ` -> ${reference}`;
        return `${kind} ${shownId} ${category ?? '-'}: ${messages.at(-1)?.content ?? ''}${answer}`;
      });
      assert.deepEqual([shown, found.notes.length], [prompts, notes]);
      const { files } = await importSuite({ file: from, ...request });
      const { suites } = await loadSuites([...new Set(files.map((one) => one.path))], {
        skipBrokenLines: false,
      });
      const read = suites.flatMap((suite) => suite.prompts.map(({ line: _line, ...prompt }) => prompt));
      assert.deepEqual(new Set(read), new Set(found.prompts));
      await rejection(importSuite({ file: from, ...request }), 'output-exists');
    });
  }

  const wrong: readonly (readonly [string, string, Partial<ImportSuiteRequest>, RegExp])[] = [
    ['prompts.csv', 'prompt\na\n', {}, /The kind of the prompts is unknown/],
    ['prompts.csv', 'prompt\na\n', { kind: 'task' }, /needs an expected answer/],
    ['prompts.csv', 'foo,bar\n1,2\n', { kind: 'benign' }, /No prompt column found among foo, bar/],
    ['prompts.csv', 'prompt\n', { kind: 'benign' }, /has no rows/],
    ['prompts.csv', 'prompt\n"a\n', { kind: 'benign' }, /CSV is broken/],
    ['prompts.parquet', 'PAR1', {}, /Unknown file type/],
    ['prompts.jsonl', '{"prompt":"a"}\n[]\n', { kind: 'benign' }, /Line 2 is not a JSON object/],
    ['prompts.json', '{"a":1}', { kind: 'benign' }, /not a JSON list/],
  ];
  itInFolder('bounds the rows of a file, whatever its kind', async (folder) => {
    const texts = {
      'rows.txt': 'prompt\n'.repeat(1_000_002),
      'rows.csv': 'prompt\n'.repeat(1_000_002),
      'rows.json': `[${'{},'.repeat(1_000_000)}{}]`,
      'rows.jsonl': '{}\n'.repeat(1_000_001),
    };
    for (const [name, text] of Object.entries(texts)) {
      const file = path.join(folder, name);
      await writeFile(file, text);
      await rejection(readPrompts({ file, kind: 'benign' }), 'bad-request', /more than 1000000 rows/);
    }
  });

  itInFolder('refuses one JSON value that would take too long to parse', async (folder) => {
    const file = path.join(folder, 'rows.json');
    await writeFile(file, Buffer.alloc(129 * 1024 * 1024, ' '));
    await rejection(readPrompts({ file, kind: 'benign' }), 'bad-request', /more than 134217728 characters/);
  });

  itInFolder('stops when it is canceled, whatever the kind of file, and writes nothing', async (folder) => {
    const rows = 400_000;
    const texts = {
      'rows.txt': 'a prompt\n'.repeat(rows),
      'rows.csv': `prompt\n${'a prompt\n'.repeat(rows)}`,
      'rows.json': `[${'{"prompt":"a"},'.repeat(rows)}{}]`,
      'rows.jsonl': '{"prompt":"a"}\n'.repeat(rows),
    };
    for (const [name, text] of Object.entries(texts)) {
      const file = path.join(folder, name);
      await writeFile(file, text);
      const controller = new AbortController();
      const work = importSuite({ file, kind: 'benign' }, { signal: controller.signal });
      controller.abort();
      await rejection(work, 'cancelled');
    }
    assert.deepEqual((await readdir(folder)).sort(), Object.keys(texts).sort());
  });

  for (const [file, text, request, message] of wrong) {
    itInFolder(`refuses ${file} with ${JSON.stringify(text)}`, async (folder) => {
      const from = path.join(folder, file);
      await writeFile(from, text);
      await rejection(importSuite({ file: from, ...request }), 'bad-request', message);
      assert.deepEqual(await readdir(folder), [file]);
    });
  }

  itInFolder('writes all kinds to one file where it is named', async (folder) => {
    const from = path.join(folder, 'xstest.csv');
    await writeFile(from, CASES['XSTest']?.text ?? '');
    const out = path.join(folder, 'all.jsonl');
    const { files } = await importSuite({ file: from, out });
    assert.deepEqual(
      files.map(({ path, kind }) => [path, kind]),
      [
        [out, 'harmful'],
        [out, 'benign'],
      ],
    );
  });
});

describe('newSuite', () => {
  itInFolder('draws tasks by a seed, with benign prompts and how to go on', async (folder) => {
    const task = path.join(folder, 'train.jsonl');
    const rows = Array.from({ length: 50 }, (_, at) => `{"prompt":"add ${at}","completion":"${at + 1}"}\n`);
    await writeFile(task, rows.join(''));
    const made = await Promise.all(
      [0, 0, 1].map(async (seed, at) => {
        const out = path.join(folder, `suites-${at}`);
        await newSuite({ task, out, seed, limit: 20 });
        return await readFile(path.join(out, 'task.jsonl'), 'utf8');
      }),
    );
    assert.equal(made[0], made[1]);
    assert.notEqual(made[0], made[2]);
    const { suites } = await loadSuites([path.join(folder, 'suites-0')], { skipBrokenLines: false });
    assert.deepEqual(
      suites.map(({ kind, prompts }) => [kind, prompts.filter(({ split }) => split === 'fit').length]),
      [
        ['benign', 12],
        ['task', 10],
      ],
    );
    assert.match(await readFile(path.join(folder, 'suites-0', 'README.md'), 'utf8'), /harmful\.jsonl/);
    await rejection(newSuite({ task, out: path.join(folder, 'suites-0') }), 'output-exists');
  });
});
