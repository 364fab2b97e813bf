import { parseArgs } from 'node:util';
import { describeReport, fuzz } from './fuzz';

/** `npm run fuzz -- --minutes 10 [--seed N]` */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '1' }, seed: { type: 'string' } },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  process.stdout.write(`fuzzing for ${values.minutes} minutes from seed ${seed}\n`);
  const report = await fuzz(Number(values.minutes) * 60, seed);
  process.stdout.write(`${describeReport(report)}\n`);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

void main();
