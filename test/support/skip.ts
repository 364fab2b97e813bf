/**
 * Skips the running test, or in a `before` all tests of its suite, by name: the reason stands in each title, in every
 * reporter.
 */
export function skipBecause(context: Mocha.Context, reason: string): never {
  const { test } = context;
  const named = (skipped: Mocha.Runnable): void => void (skipped.title += ` [skipped: ${reason}]`);
  if (test !== undefined && 'type' in test && test.type === 'hook') test.parent?.eachTest(named);
  else if (test !== undefined) named(test);
  return context.skip();
}
