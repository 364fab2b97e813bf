import { AGENT_TOOLS } from '../../agentTools';
import { render } from '../../core/message';
import type { Define } from '../define';

const HELP = `
Serves the tools that the extension offers to agents in VS Code to any client of the Model Context Protocol, over standard
input and output:

${AGENT_TOOLS.map(({ name, title }) => `  ${name.padEnd(16)} ${render(title)}`).join('\n')}

Relative paths start at the current folder. Before a tool writes files or sends prompts to another machine, the client asks
the user to confirm it (elicitation). A client that cannot ask gets an error; --allow-writes lets it write repaired copies.

Example of a client's configuration:
  {"mcpServers": {"splora": {"command": "splora", "args": ["mcp"]}}}

Exit codes: 0 the client closed standard input, 2 error, 130 interrupted.`;

/** `splora mcp`. */
export const defineMcp: Define = (command, _terminal, done) => {
  command
    .description('Serve tools for agents over the Model Context Protocol (stdio).')
    .option('--allow-writes', 'let tools write repaired copies for a client that cannot ask the user')
    .addHelpText('after', HELP)
    .action(async ({ allowWrites = false }: { readonly allowWrites?: boolean }) => {
      // A bundle of its own: the protocol's library is larger than the rest of the command line.
      const { serveTools } = await import('../mcp/serve');
      done(await serveTools(allowWrites));
    });
};
