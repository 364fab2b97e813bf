/** VS Code draws two characters at most, and throws on more. */
const MAX_SHOWN = 99;

/** A count as a file badge. */
export function badgeText(count: number): string {
  return count > MAX_SHOWN ? '9+' : String(count);
}
