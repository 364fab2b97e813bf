import { badRequest } from '../core/errors';
import { say } from '../core/message';
import { optionValues } from '../core/options';
import { cut } from './cut';
import { prune } from './prune';
import { scale } from './scale';
import type { Method, RepairMethod } from './types';

/** Every repair method, in the order of menus and help. Adding one takes its folder and a line here. */
export const METHODS: readonly RepairMethod[] = [define(prune), define(scale), define(cut)];

/** Which models a method reads. */
export const modelNeeds = ({ needs }: RepairMethod): readonly ('base' | 'aligned')[] =>
  (['base', 'aligned'] as const).filter((need) => needs.includes(need));

/** @throws SploraError `bad-request` for an unknown id */
export function methodOf(id: string): RepairMethod {
  const method = METHODS.find((one) => one.id === id);
  if (method !== undefined) return method;
  throw badRequest(
    say('Unknown method {0}.', JSON.stringify(id)),
    say('Allowed: {0}.', METHODS.map((one) => one.id).join(', ')),
  );
}

function define<O extends object>(method: Method<O>): RepairMethod {
  const { id, title, summary, needs, options } = method;
  return {
    id,
    title,
    summary,
    needs,
    options,
    plan: async (input, given) => method.plan(input, optionValues(options, given)),
  };
}
