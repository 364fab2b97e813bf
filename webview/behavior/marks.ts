import type { VariantRole } from '../../src/protocol/behavior';

/** Marks differ in shape, not in color alone. Around the origin. */
export const SHAPES: Readonly<Record<VariantRole, string>> = {
  aligned: 'M0,-7 7,0 0,7 -7,0z',
  adapter: 'M-5.5,-5.5H5.5V5.5H-5.5z',
  other: 'M-5.5,0a5.5,5.5 0 1 0 11,0a5.5,5.5 0 1 0 -11,0z',
};

/** Measures labels before they are drawn. */
export class LabelPen {
  readonly #context = document.createElement('canvas').getContext('2d');

  /** @param box has the font of the labels */
  constructor(private readonly box: HTMLElement) {}

  /** Width in px. */
  measure(label: string): number {
    if (this.#context === null) return 0;
    const { fontSize, fontFamily } = getComputedStyle(this.box);
    this.#context.font = `600 ${fontSize} ${fontFamily}`;
    return this.#context.measureText(label).width;
  }
}
