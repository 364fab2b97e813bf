/** Calls `draw` in the next frame, once for all calls until then. */
export function onceAFrame(draw: () => void): () => void {
  let frame: number | undefined;
  return () => {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      draw();
    });
  };
}
