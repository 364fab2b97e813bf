import { checkCancelled } from '../../io/ioError';
import type { GateVector } from '../runners/gates';
import { meanOf } from '../scorers/reliability';
import type { AnswerRow, ComplianceRow, FitParts, HarmfulRow } from './targets';

/** Mean log-probability of how the refusal begins minus that of the compliance, in nats, of each row that has both. */
export async function marginsOf(
  parts: FitParts,
  harmful: readonly HarmfulRow[],
  gates: GateVector,
): Promise<readonly number[]> {
  const rows = harmful.filter(hasCompliance);
  const refusals = await meansOf(
    parts,
    rows.map(({ prompt, refusal }) => ({ prompt, targets: refusal })),
    gates,
  );
  const compliances = await meansOf(
    parts,
    rows.map(({ prompt, compliance }) => ({ prompt, targets: compliance })),
    gates,
  );
  return refusals.map((mean, at) => mean - (compliances[at] ?? 0));
}

export const hasCompliance = (row: HarmfulRow): row is ComplianceRow => row.compliance !== undefined;

async function meansOf(
  { runner, context: { signal } }: FitParts,
  rows: readonly AnswerRow[],
  gates: GateVector,
): Promise<readonly number[]> {
  const means: number[] = [];
  const asked = rows.map((row, at) => ({ key: String(at), gates, targets: row.targets, ...row.prompt }));
  await runner.score(asked, { signal }, ({ key, logProbabilities }) => {
    means[Number(key)] = meanOf(logProbabilities) ?? 0;
  });
  checkCancelled(signal);
  return means;
}
