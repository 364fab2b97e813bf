/** Skips the running test by name: the reason stands in its title, in every reporter. */
export function skipBecause(test: Mocha.Context, reason: string): never {
  if (test.test !== undefined) test.test.title += ` [skipped: ${reason}]`;
  return test.skip();
}
