import * as vscode from 'vscode';
import type { RepairMethod } from '../../methods/types';
import type { Caller } from '../commands/call';
import type { Services } from '../services';
import { pickAdapter } from './pickAdapter';

/**
 * The second adapter, if one of the methods needs one; a program is not asked, and the engine says what is missing.
 * @param given by the caller
 * @returns undefined: the user canceled
 */
export async function askSafety(
  services: Services,
  { adapter, methods }: { readonly adapter: string; readonly methods: readonly RepairMethod[] },
  { safety: given, caller }: { readonly safety: string | undefined; readonly caller: Caller },
): Promise<{ readonly safety?: string } | undefined> {
  if (!methods.some(({ needs }) => needs.includes('safety'))) return {};
  if (given !== undefined) return { safety: given };
  if (caller === 'program') return {};
  const safety = await pickAdapter(
    services,
    { pointed: [], lost: undefined },
    {
      title: vscode.l10n.t('Choose the Safety Adapter, Trained to Refuse'),
      filter: (state) => state.adapter !== adapter,
      always: true,
    },
  );
  return safety === undefined ? undefined : { safety };
}
