/** A share 0 … 1 in per cent; small ones with a digit more. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`;
}
