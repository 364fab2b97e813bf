/**
 * A number as texts in `language` write it: thousands set apart, at most three decimals; as in English where we have no
 * texts in a language. Not by `Intl`: its first use loads tables and holds the extension host up for 20 to 35 ms, in the
 * midst of the first run.
 */
export function formatNumber(value: number, language: string): string {
  const [thousands, decimals] = /^de\b/.test(language) ? ['.', ','] : [',', '.'];
  const [whole = '', fraction] = String(Math.round(value * 1000) / 1000).split('.');
  const grouped = whole.replace(/\B(?=(?:\d{3}){1,7}$)/g, thousands);
  return fraction === undefined ? grouped : `${grouped}${decimals}${fraction}`;
}
