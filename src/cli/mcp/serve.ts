import path from 'node:path';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { AGENT_TOOLS, toolOf } from '../../agentTools';
import { inputSchema } from '../../agentTools/define';
import type { AgentTool, Input, Operations } from '../../agentTools/types';
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
export async function serveTools(): Promise<ExitCode> {
  try {
    await withEngine(serve);
    return EXIT.ok;
  } catch (thrown) {
    if (toErrorData(thrown).code === 'cancelled') return EXIT.interrupted;
    throw thrown;
  }
}

async function serve(session: EngineSession): Promise<void> {
  const { server, close } = toolServer(session);
  const transport = new StdioServerTransport();
  const closed = new Promise<void>((resolve) => {
    process.stdin.once('end', resolve);
    session.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await server.connect(transport);
  await closed;
  await close();
}

function toolServer(session: EngineSession): {
  readonly server: McpServer;
  readonly close: () => Promise<void>;
} {
  const mcp = new McpServer({ name: TOOL.name, version: TOOL.version });
  mcp.server.registerCapabilities({ tools: {} });
  mcp.server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: AGENT_TOOLS.map(declaration) }));
  mcp.server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal }) => {
    try {
      return await call(mcp, toolOf(params.name), params.arguments ?? {}, operationsOf(session, signal));
    } catch (thrown) {
      return { isError: true, content: [{ type: 'text', text: fullText(formatError(toErrorData(thrown))) }] };
    }
  });
  return { server: mcp, close: () => mcp.close() };
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

async function call(
  mcp: McpServer,
  tool: AgentTool,
  input: Input,
  operations: Operations,
): Promise<CallToolResult> {
  const question = tool.confirm(input);
  if (question !== undefined) await confirm(mcp, question, tool);
  const result = await tool.call(input, operations);
  return { content: [{ type: 'text', text: JSON.stringify(result) }] };
}

/**
 * Clients let the user approve calls of tools that are not read-only. One that can also ask shows what this call does.
 * @throws SploraError `cancelled` if the user declines
 */
async function confirm({ server }: McpServer, question: Message, { sends }: AgentTool): Promise<void> {
  if (server.getClientCapabilities()?.elicitation === undefined) {
    if (!sends) return;
    throw failure(
      'bad-request',
      say('This client cannot ask the user to confirm: {0}', question),
      undefined,
      say('Run splora measure on the command line, or use an endpoint on this machine.'),
    );
  }
  const { action } = await server.elicitInput({
    message: render(question),
    requestedSchema: { type: 'object', properties: {} },
  });
  if (action !== 'accept') throw cancelled();
}

function operationsOf({ engine }: EngineSession, signal: AbortSignal): Operations {
  return {
    inspect: (request) => engine.call('inspect', request, { signal }),
    analyze: async ({ adapter, ...models }) =>
      engine.call('analyze', analyzeRequest(adapter, { ...optionValues(ANALYSIS_OPTIONS, {}), ...models }), {
        signal,
      }),
    models: (models) =>
      Promise.resolve(modelPair(models, (flag) => say('This needs two models: {0} is missing.', flag))),
    check: (request) => engine.call('check', request, { signal }),
    repair: (request) => engine.call('repair', request, { signal }),
    measure: async (request) => {
      const evaluator = startEvaluator(EVALUATOR_FILE, {});
      try {
        return await evaluator.call('measure', request, { signal });
      } finally {
        await evaluator.dispose();
      }
    },
  };
}
