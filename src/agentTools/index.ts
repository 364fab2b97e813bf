import { analyze } from './analyze';
import { check } from './check';
import { inspect } from './inspect';
import { measure } from './measure';
import { repair } from './repair';
import { failure } from '../core/errors';
import { say } from '../core/message';
import type { AgentTool } from './types';

/** Tools that agents may call, in the window and over `splora mcp`. */
export const AGENT_TOOLS: readonly AgentTool[] = [inspect, analyze, measure, repair, check];

/** @throws SploraError `bad-request` for an unknown name */
export function toolOf(name: string): AgentTool {
  const tool = AGENT_TOOLS.find((one) => one.name === name);
  if (tool !== undefined) return tool;
  const names = AGENT_TOOLS.map((one) => one.name).join(', ');
  throw failure(
    'bad-request',
    say('Unknown tool {0}.', JSON.stringify(name)),
    undefined,
    say('Allowed: {0}.', names),
  );
}
