/** Bytes a second, or null when too little time has passed to tell. */
export function speed(bytes: number, elapsedMs: number): number | null {
  return elapsedMs >= 200 && bytes > 0 ? (bytes / elapsedMs) * 1000 : null;
}

/** Seconds that the rest will take at the speed so far; null while it cannot be told. */
export function secondsLeft(bytesDone: number, bytesTotal: number, elapsedMs: number): number | null {
  const perSecond = speed(bytesDone, elapsedMs);
  if (perSecond === null || bytesTotal < bytesDone) return null;
  return (bytesTotal - bytesDone) / perSecond;
}

/** `8 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${String(whole)} s`;
  if (whole < 3600) return `${String(Math.floor(whole / 60))} min ${String(whole % 60)} s`;
  return `${String(Math.floor(whole / 3600))} h ${String(Math.floor((whole % 3600) / 60))} min`;
}

/** A share 0 … 1 in per cent; small ones with a digit more. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${percent.toFixed(percent === 0 || percent >= 10 ? 0 : 1)} %`;
}
