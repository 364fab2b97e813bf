/** Part of a long list that is on screen: `[first, end)`. */
export interface Range {
  readonly first: number;
  readonly end: number;
}

/**
 * Which of `count` items of `size` px are within a viewport, with `overscan` more on either side, so that a fast
 * scroll shows no gaps.
 */
export function visibleRange(
  scroll: number,
  viewport: number,
  size: number,
  count: number,
  overscan: number,
): Range {
  const first = Math.floor(Math.max(0, scroll) / size) - overscan;
  const end = Math.ceil((Math.max(0, scroll) + viewport) / size) + overscan;
  return { first: Math.min(Math.max(0, first), count), end: Math.min(Math.max(0, end), count) };
}

/** The nearest scroll position at which an item is fully in view; `scroll` itself if it is. */
export function scrollToShow(scroll: number, viewport: number, size: number, index: number): number {
  const top = index * size;
  if (top < scroll) return top;
  if (top + size > scroll + viewport) return Math.max(0, top - Math.max(0, viewport - size));
  return scroll;
}
