import * as path from 'node:path';
import * as vscode from 'vscode';
import { toolOf } from '../../agentTools';
import type { Input, ModelRequest, Operations } from '../../agentTools/types';
import { cancelled, SploraError, toErrorData } from '../../core/errors';
import { findAdapterWeights } from '../../io/adapterFiles';
import { runMeasurement } from '../behavior/measure';
import { analyze, modelsFor } from '../commands/analyze';
import { withPaths } from '../commands/call';
import { refuseUntrusted } from '../commands/trust';
import { logError } from '../errors/showError';
import { errorText, messageText } from '../format';
import type { Services } from '../services';
import type { ModelPair } from '../settingDefinitions';

/** What the user is asked before the call. Input that the tool does not take is refused by the call itself. */
export function prepareTool(name: string, input: Input): vscode.PreparedToolInvocation {
  const tool = toolOf(name);
  const invocationMessage = `SPLoRA: ${messageText(tool.title)}`;
  const question = questionOf(name, input);
  if (question === undefined) return { invocationMessage };
  return {
    invocationMessage,
    confirmationMessages: { title: messageText(tool.title), message: literal(question) },
  };
}

function questionOf(name: string, input: Input): string | undefined {
  try {
    const question = toolOf(name).confirm(input);
    return question === undefined ? undefined : messageText(question);
  } catch (thrown) {
    if (thrown instanceof SploraError) return undefined;
    throw thrown;
  }
}

/** A path in it is no Markdown. */
function literal(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendText(text);
}

/** @throws an error whose message the model gets */
export async function callTool(
  services: Services,
  name: string,
  input: Input,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const abort = new AbortController();
  const listener = token.onCancellationRequested(() => abort.abort());
  try {
    const tool = toolOf(name);
    // Settings of the workspace can name files elsewhere; inspecting reads only what it is given.
    if (tool.name !== 'splora_inspect') refuseUntrusted();
    const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const result = await tool.call(
      withPaths(tool.options, input, root),
      operationsOf(services, abort.signal),
    );
    return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(result))]);
  } catch (thrown) {
    const error = toErrorData(thrown);
    logError(services.log, thrown, error.code);
    throw new Error(errorText(error), { cause: thrown });
  } finally {
    listener.dispose();
  }
}

/** The weights file of the adapter, and the models that are given or known. */
async function knownModels(
  services: Services,
  { adapter: given, ...options }: ModelRequest,
): Promise<{ readonly adapter: string; readonly models: ModelPair }> {
  const adapter = await findAdapterWeights(given);
  const models = await modelsFor(services, adapter, { options, caller: 'program' });
  if (models === undefined) throw cancelled();
  return { adapter, models };
}

/** Results of the engine are shown in the window too. */
function operationsOf(services: Services, signal: AbortSignal): Operations {
  const { engine, library } = services;
  return {
    inspect: (request) => engine.call('inspect', request, { signal }),
    check: (request) => engine.call('check', request, { signal }),
    models: async (request) => (await knownModels(services, request)).models,
    analyze: async (request) => {
      const { adapter, models } = await knownModels(services, request);
      return await analyze(services, adapter, models, {});
    },
    repair: async (request) => {
      const result = await engine.call('repair', request, { signal });
      await library.open(path.join(result.out, path.basename(await findAdapterWeights(request.adapter))));
      return result;
    },
    measure: async (request) => {
      const adapter = await findAdapterWeights(request.adapter);
      const cancel = (): void => void services.measurements.cancel(adapter);
      signal.addEventListener('abort', cancel, { once: true });
      try {
        const confirm = (): Promise<boolean> => Promise.resolve(true);
        const document = await runMeasurement(services, { request: { ...request, adapter }, confirm });
        if (document === undefined) throw cancelled();
        return document;
      } finally {
        signal.removeEventListener('abort', cancel);
      }
    },
  };
}
