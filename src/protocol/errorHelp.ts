import type { ErrorData } from '../core/errors';

/** Whether other models may help: where that is so, a notification and the panel offer to choose them. */
export function concernsModels(error: Pick<ErrorData, 'code'>): boolean {
  return refusesModels(error) || error.code === 'incomplete-checkpoint';
}

/** Whether these models will not do, whatever happens to their files: a choice of them is not taken again unasked. */
export function refusesModels({ code }: Pick<ErrorData, 'code'>): boolean {
  return code === 'wrong-models' || code === 'unsupported-checkpoint';
}
