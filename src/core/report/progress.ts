/** Bytes a second, or null when too little time has passed to tell. */
export function speed(bytes: number, elapsedMs: number): number | null {
  return elapsedMs >= 200 && bytes > 0 ? (bytes / elapsedMs) * 1000 : null;
}

/** Seconds left at the speed so far; null while unknown. */
export function secondsLeft(bytesDone: number, bytesTotal: number, elapsedMs: number): number | null {
  const perSecond = speed(bytesDone, elapsedMs);
  if (perSecond === null || bytesTotal < bytesDone) return null;
  return (bytesTotal - bytesDone) / perSecond;
}

/** Seconds as `8 s`, `3 min 20 s` or `2 h 5 min`; a part of a second counts as one. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
