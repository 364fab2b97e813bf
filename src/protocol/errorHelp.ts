import type { ErrorData } from '../core/errors';

/** Whether other models may help: where that is so, a notification and the panel offer to choose them. */
export function concernsModels({ code }: ErrorData): boolean {
  return code === 'wrong-models' || code === 'unsupported-checkpoint';
}
