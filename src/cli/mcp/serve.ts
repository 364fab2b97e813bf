import path from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { AGENT_TOOLS, toolOf } from '../../agentTools';
import { inputSchema } from '../../agentTools/define';
import type { AgentTool, Operations } from '../../agentTools/types';
import { cancelled, failure, formatError, toErrorData } from '../../core/errors';
import { ANALYSIS_OPTIONS } from '../../core/ediem/options';
import { render, say, type Message } from '../../core/message';
import { optionValues } from '../../core/options';
import { TOOL } from '../../core/tool';
import { startEvaluator } from '../../evaluation/client';
import { withEngine, type EngineSession } from '../engineSession';
import { EXIT, fullText, type ExitCode } from '../output';
import { analyzeRequest, modelPair } from '../commands/analyze';

/** Bundled beside `mcp.js`. */
const EVALUATOR_FILE = path.join(__dirname, 'evaluator.js');

/** Runs the server until the client closes standard input, or a signal. */
/** @param allowWrites lets tools write for a client that cannot ask the user */
export async function serveTools(allowWrites: boolean): Promise<ExitCode> {
  try {
    await withEngine((session) => serve(session, allowWrites));
    return EXIT.ok;
  } catch (thrown) {
    if (toErrorData(thrown).code === 'cancelled') return EXIT.interrupted;
    throw thrown;
  }
}

async function serve(session: EngineSession, allowWrites: boolean): Promise<void> {
  const server = toolServer(session, allowWrites);
  const transport = new StdioServerTransport();
  const closed = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    session.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(transport);
  await closed;
  await server.close();
}

function toolServer(session: EngineSession, allowWrites: boolean): McpServer {
  const mcp = new McpServer({ name: TOOL.name, version: TOOL.version });
  mcp.server.registerCapabilities({ tools: {} });
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: AGENT_TOOLS.map(declaration) }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    const report: Report = (done, total) => {
      if (progressToken === undefined) return;
      const method = 'notifications/progress';
      const progress = { progressToken, progress: done, total };
      // The call goes on without: the client may be gone, which ends the call by itself.
      void sendNotification({ method, params: progress }).catch(() => undefined);
    };
    try {
      const tool = toolOf(params.name);
      const input = params.arguments ?? {};
      const question = tool.confirm(input);
      if (question !== undefined) await confirm(mcp, question, tool, allowWrites);
      const result = await tool.call(input, operationsOf(session, signal, report));
      return { content: [{ type: 'text', text: JSON.stringify(result) }] };
    } catch (thrown) {
      return { isError: true, content: [{ type: 'text', text: fullText(formatError(toErrorData(thrown))) }] };
    }
  });
  return mcp;
}

function declaration(tool: AgentTool): Tool {
  const { name, description, writes, sends } = tool;
  const title = render(tool.title);
  return {
    ...{ name, title, description },
    // Made by `inputSchema`: an object schema.
    inputSchema: inputSchema(tool) as Tool['inputSchema'],
    annotations: {
      title,
      readOnlyHint: !writes,
      destructiveHint: false,
      idempotentHint: !writes,
      openWorldHint: sends,
    },
  };
}

/**
 * Lets the client ask the user.
 * @throws SploraError `cancelled` if the user declines, `bad-request` if the client cannot ask
 */
async function confirm(
  { server }: McpServer,
  question: Message,
  { writes }: AgentTool,
  allowWrites: boolean,
): Promise<void> {
  if (server.getClientCapabilities()?.elicitation === undefined) {
    if (writes && allowWrites) return;
    throw failure(
      'bad-request',
      say('This client cannot ask the user to confirm: {0}', question),
      undefined,
      writes
        ? say('Run splora repair on the command line, or start the server with --allow-writes.')
        : say('Run splora measure on the command line, or use an endpoint on this machine.'),
    );
  }
  const { action } = await server.elicitInput({
    // Names in it are as an agent wrote them.
    message: fullText(render(question)),
    requestedSchema: { type: 'object', properties: {} },
  });
  if (action !== 'accept') throw cancelled();
}

/** Of a call that is under way. */
type Report = (done: number, total: number) => void;

function operationsOf({ engine }: EngineSession, signal: AbortSignal, report: Report): Operations {
  return {
    inspect: (request) => engine.call('inspect', request, { signal }),
    analyze: async ({ adapter, ...models }) =>
      engine.call('analyze', analyzeRequest(adapter, { ...optionValues(ANALYSIS_OPTIONS, {}), ...models }), {
        signal,
        onEvent: (event) => {
          if (event.type === 'progress') report(event.modulesDone, event.modulesTotal);
        },
      }),
    models: (models) =>
      Promise.resolve(modelPair(models, (flag) => say('This needs two models: {0} is missing.', flag))),
    check: (request) => engine.call('check', request, { signal }),
    repair: (request) => engine.call('repair', request, { signal }),
    measure: async (request) => {
      const evaluator = startEvaluator(EVALUATOR_FILE, {});
      try {
        return await evaluator.call('measure', request, {
          signal,
          onEvent: (event) => {
            if (event.type === 'progress') report(event.done, event.total);
          },
        });
      } finally {
        await evaluator.dispose();
      }
    },
  };
}
