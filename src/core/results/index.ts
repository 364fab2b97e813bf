import { analysis } from './analysis';
import { evaluation } from './evaluation';
import { fit } from './fit';
import { repair } from './repair';
import type { ResultKind } from './types';

/** Every kind of result. Cache, restore, staleness and exports are generic over it. */
export const RESULT_KINDS = { analysis, evaluation, fit, repair };

export type ResultKindId = keyof typeof RESULT_KINDS;

export type DocumentOf<Id extends ResultKindId> =
  (typeof RESULT_KINDS)[Id] extends ResultKind<infer D> ? D : never;

/** Results of an adapter, at most one of each kind. */
export type Results = { readonly [Id in ResultKindId]?: DocumentOf<Id> };
