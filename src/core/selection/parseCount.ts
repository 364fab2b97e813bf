/** A count with grouped digits, by any country's mark; not a fraction such as 0.125. */
const GROUPED = /^[1-9]\d{0,2}([.,'\u2019\s])\d{3}(?:\1\d{3})*$/;

/** The whole number that a user typed, or undefined; `1,000` is not 1. */
export function parseCount(typed: string): number | undefined {
  const text = typed.trim();
  const digits = GROUPED.test(text) ? text.replace(/\D/g, '') : text;
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}
