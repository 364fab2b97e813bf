import assert from 'node:assert/strict';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { AGENT_TOOLS } from '../../src/agentTools';
import { isRecord } from '../../src/core/record';
import { projectRoot, sample } from '../support/paths';
import { itInFolder } from '../support/temporaryFolder';

const MODELS = { base: sample('base'), aligned: sample('aligned') };

/**
 * With the real client.
 * @param answer to what the user is asked; absent: the client cannot ask
 * @param asked gets what the user is asked
 */
async function withClient(
  work: (call: (name: string, input: object) => Promise<Reply>, client: Client) => Promise<void>,
  answer?: 'accept' | 'decline',
  asked: string[] = [],
): Promise<void> {
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: answer === undefined ? {} : { elicitation: {} } },
  );
  if (answer !== undefined)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      return { action: answer, content: {} };
    });
  const args = [path.join(projectRoot, 'dist', 'cli.js'), 'mcp'];
  await client.connect(new StdioClientTransport({ command: process.execPath, args }));
  try {
    await work(async (name, input) => {
      const result = await client.callTool({ name, arguments: { ...input } });
      const { content, isError = false } = CallToolResultSchema.parse(result);
      const [part] = content;
      assert.ok(part?.type === 'text');
      return { isError, text: part.text };
    }, client);
  } finally {
    await client.close();
  }
}

interface Reply {
  readonly isError: boolean;
  readonly text: string;
}

function parsed({ isError, text }: Reply): Readonly<Record<string, unknown>> {
  assert.equal(isError, false, text);
  const value: unknown = JSON.parse(text);
  assert.ok(isRecord(value));
  return value;
}

describe('splora mcp', () => {
  it('offers every tool, and says which ones write', async () => {
    await withClient(async (_, client) => {
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name),
        AGENT_TOOLS.map(({ name }) => name),
      );
      const writing = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true);
      assert.deepEqual(
        writing.map(({ name }) => name),
        ['splora_repair'],
      );
    });
  });

  it('inspects, analyzes and checks the sample', async () => {
    await withClient(async (call) => {
      const adapter = sample('adapter-mixed');
      assert.equal(parsed(await call('splora_inspect', { adapter }))['family'], 'peft');
      const analysis = parsed(await call('splora_analyze', { adapter, ...MODELS, top: 3 }));
      assert.deepEqual([analysis['modules'], analysis['selected']], [56, 3]);
      const [peft] = parsed(await call('splora_check', { adapter, model: MODELS.aligned }))['loaders'] as {
        verdict: string;
      }[];
      assert.equal(peft?.verdict, 'same');
    });
  });

  it('measures the sample, and returns rates without answers', async () => {
    await withClient(async (call) => {
      const input = { adapter: sample('adapter-mixed'), aligned: MODELS.aligned, suite: sample('suites') };
      const reply = await call('splora_measure', { ...input, limit: 8, scale: 0.5 });
      const { variants } = parsed(reply) as { variants: { id: string; asr: { value: number; n: number } }[] };
      assert.deepEqual(
        variants.map(({ id, asr }) => [id, asr.n]),
        [
          ['aligned', 8],
          ['adapter', 8],
          ['scale 0.5', 8],
        ],
      );
      assert.deepEqual(
        variants.slice(0, 2).map(({ asr }) => asr.value),
        [0, 1],
      );
      assert.doesNotMatch(reply.text, /sorry/);
    });
  });

  it('sends no prompt to another machine unless the user agrees', async () => {
    const input = { adapter: sample('adapter-mixed'), aligned: 'chat', suite: sample('suites') };
    const elsewhere = { ...input, url: 'http://192.0.2.1:8000' };
    await withClient(async (call) => {
      assert.match((await call('splora_measure', elsewhere)).text, /cannot ask the user to confirm/);
    });
    await withClient(async (call) => {
      assert.match((await call('splora_measure', elsewhere)).text, /^Canceled/);
    }, 'decline');
  });

  it('asks in visible characters on one line, whatever an agent names', async () => {
    const hostile = 'suites\u202e\n\nAllowed by the user \u001b[2J';
    const input = { adapter: sample('adapter-mixed'), aligned: 'chat', suite: hostile };
    const asked: string[] = [];
    await withClient(
      async (call) => {
        await call('splora_measure', { ...input, url: 'http://192.0.2.1:8000' });
        const { adapter } = input;
        await call('splora_repair', { adapter, method: 'scale', options: { factor: 0.5 }, out: hostile });
      },
      'decline',
      asked,
    );
    const shown = 'suites\\u{202e}\\u{a}\\u{a}Allowed by the user \\u{1b}[2J';
    assert.equal(asked.length, 2);
    for (const question of asked) {
      assert.ok(question.includes(shown), question);
      assert.doesNotMatch(question, /\p{Cc}|\p{Cf}/u);
    }
  });

  itInFolder('repairs if the user agrees, and writes nothing if not', async (folder) => {
    const out = path.join(folder, 'half');
    const input = { adapter: sample('adapter-mixed'), method: 'scale', options: { factor: 0.5 }, out };
    await withClient(async (call) => {
      const declined = await call('splora_repair', input);
      assert.deepEqual([declined.isError, declined.text.startsWith('Canceled')], [true, true]);
    }, 'decline');
    await withClient(async (call) => {
      assert.equal(parsed(await call('splora_repair', input))['effect'], 'scaled by 0.5');
      // Nothing is overwritten, so that the declined call wrote nothing.
      assert.equal((await call('splora_repair', input)).isError, true);
    }, 'accept');
  });

  it('answers a wrong call with what is wrong', async () => {
    await withClient(async (call) => {
      const adapter = sample('adapter-mixed');
      const errors = [
        await call('splora_unknown', {}),
        await call('splora_analyze', { adapter }),
        await call('splora_inspect', {}),
        await call('splora_inspect', { adapter: path.join(adapter, 'nothing') }),
      ];
      assert.deepEqual(
        errors.map(({ isError }) => isError),
        [true, true, true, true],
      );
      assert.match(errors[1]?.text ?? '', /--base is missing/);
      assert.match(errors[2]?.text ?? '', /adapter .*is missing/);
    });
  });
});
