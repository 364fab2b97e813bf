/** A count whose digits are grouped, as people of different countries do: by one mark, and no share such as 0.125. */
const GROUPED = /^[1-9]\d{0,2}([.,'\u2019\s])\d{3}(?:\1\d{3})*$/;

/** The whole number that a person typed, or undefined; `1,000` is no 1. */
export function parseCount(typed: string): number | undefined {
  const text = typed.trim();
  const digits = GROUPED.test(text) ? text.replace(/\D/g, '') : text;
  return /^\d+$/.test(digits) ? Number(digits) : undefined;
}
