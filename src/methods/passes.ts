import { badRequest } from '../core/errors';
import { say } from '../core/message';
import type { RepairInput } from './types';

/** @throws SploraError `bad-request` where nothing was recorded */
export function requirePasses({ adapter, hasPasses = false }: RepairInput): void {
  if (hasPasses) return;
  throw badRequest(
    say('The method needs passes of prompts through the model, which only a repair by measurement makes'),
    say('Measure it in this process: splora repair --suite, without --endpoint.'),
    adapter.weightsFile,
  );
}
