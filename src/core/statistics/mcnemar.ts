/** Two-sided p-values of the hypothesis that both variants do equally well. */
export interface McNemar {
  /** Never below its nominal level, and conservative. */
  readonly exact: number;
  /** Closer to its nominal level with few prompts. */
  readonly midP: number;
}

/**
 * McNemar's test of the prompts on which two variants differ.
 * Source: Fagerland, Lydersen and Laake 2013, BMC Medical Research Methodology 13, 91.
 * @param onlyFirst prompts on which only the first did it
 * @param onlySecond prompts on which only the second did it
 */
export function mcnemar(onlyFirst: number, onlySecond: number): McNemar {
  const n = onlyFirst + onlySecond;
  if (n === 0) return { exact: 1, midP: 1 };
  const smaller = Math.min(onlyFirst, onlySecond);
  const logHalf = n * Math.LN2;
  let logChoose = 0;
  let tail = 0;
  let last = 0;
  for (let k = 0; k <= smaller; k++) {
    if (k > 0) logChoose += Math.log((n - k + 1) / k);
    last = Math.exp(logChoose - logHalf);
    tail += last;
  }
  const exact = Math.min(1, 2 * tail);
  return { exact, midP: onlyFirst === onlySecond ? 1 - last / 2 : exact - last };
}
