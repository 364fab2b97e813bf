/** What the process says to the shell that started it. */
export const EXIT = {
  ok: 0,
  /** A gate (`--fail-above`, `--max-flagged`) did not hold, or a loader would not load the adapter whole (`check`). */
  gate: 1,
  error: 2,
  /** 128 + SIGINT, as shells expect. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
