/** ColorBrewer "Blues", 9 classes (colorbrewer2.org): sequential, readable with every color vision, light to dark. */
const BLUES = '#f7fbff #deebf7 #c6dbef #9ecae1 #6baed6 #4292c6 #2171b5 #08519c #08306b'.split(' ');

export const COLOR_STOPS = BLUES.length;

/** From here on white text has the better contrast (at least 4.5:1 on both sides). */
const WHITE_INK_FROM = 6;

/** The color of a position between 0 (light) and 1 (dark), and a text color that can be read on it. */
export function colorAt(position: number): { readonly fill: string; readonly ink: string } {
  const bounded = Math.min(1, Math.max(0, Number.isFinite(position) ? position : 0));
  const index = Math.round(bounded * (COLOR_STOPS - 1));
  return { fill: BLUES[index] ?? '', ink: index >= WHITE_INK_FROM ? '#ffffff' : '#1f1f1f' };
}
