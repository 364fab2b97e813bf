import * as vscode from 'vscode';
import type { Input } from '../../agentTools/types';
import { isRecord } from '../../core/record';
import { Disposable } from '../disposable';
import type { Services } from '../services';

/** The tools of package.json, whose code is loaded when an agent calls one. */
export class LanguageModelTools extends Disposable {
  constructor(services: Services) {
    super();
    for (const name of contributedNames(services.context.extension)) {
      const tool: vscode.LanguageModelTool<Input> = {
        prepareInvocation: async ({ input }) => (await import('./callTool')).prepareTool(name, input),
        invoke: async ({ input }, token) =>
          (await import('./callTool')).callTool(services, name, input, token),
      };
      this._register(vscode.lm.registerTool(name, tool));
    }
  }
}

/** They were made of `AGENT_TOOLS`, which is too much code for the activation. */
function contributedNames({ packageJSON }: vscode.Extension<unknown>): readonly string[] {
  const { contributes } = packageJSON as { readonly contributes: { readonly languageModelTools: unknown } };
  const tools = contributes.languageModelTools;
  return Array.isArray(tools)
    ? (tools as readonly unknown[]).flatMap((tool) =>
        isRecord(tool) && typeof tool['name'] === 'string' ? [tool['name']] : [],
      )
    : [];
}
