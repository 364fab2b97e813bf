/** Which distances a module's distance is measured against. */
export type PopulationKind = 'shape' | 'all' | 'type';
/** `effective` scores `s B A`; `none` scores `B A`, as the published loop does. */
export type ScaleMode = 'effective' | 'none';

/** Which module, and how large. */
export interface MeasuredModule {
  /** Of a replacement the parameter of the model, e.g. `lm_head.weight`. */
  readonly module: string;
  /**
   * A whole weight of the file that loaders put in the place of the model's, `dW = W_file - W_aligned`; absent: a LoRA
   * pair.
   */
  readonly kind?: 'replacement';
  /** `[m, n]`, out x in. Of a replacement with other than two axes: the first, and the product of the others. */
  readonly shape: readonly [number, number];
  /** Of a replacement the smaller side. */
  readonly rank: number;
  /** Of a replacement 1. */
  readonly scale: number;
}

/**
 * What is measured of one module, from weights alone, with the scale `s` included.
 * Independent of population and scale mode, so that other options need no weights again.
 */
export interface ModuleMeasure extends MeasuredModule {
  /** `‖V‖_F`. */
  readonly vNorm: number;
  /** `‖dW‖_F`. */
  readonly updateNorm: number;
  /** `‖P‖_F`. */
  readonly projectedNorm: number;
  /** `d = ‖P - dW‖_F`. */
  readonly distance: number;
  /** `<P, dW> / (‖P‖ ‖dW‖)`. */
  readonly cosine: number;
  /** `-<dW, V> / ‖V‖`. */
  readonly reversal: number;
  /** 25 % quantile of the entries of `P` and of `dW`. */
  readonly q1Projected: number;
  readonly q1Update: number;
}

/** The population a score was computed in; `pooled` is the fallback of dimension-free distances `d / sqrt(m n)`. */
export interface PopulationUsed {
  readonly kind: PopulationKind | 'pooled';
  readonly size: number;
}

/** Measures that are scores as well. */
type MeasuredScores = Omit<ModuleMeasure, keyof MeasuredModule>;

/** Every score of a module, in the chosen scale mode. */
export interface ModuleScores extends MeasuredScores {
  /** `d / ‖dW‖`. */
  readonly relativeDistance: number;
  /** `‖P‖ / ‖dW‖`. */
  readonly retained: number;
  /** `-<dW, V> / (‖dW‖ ‖V‖)`. */
  readonly reversalCosine: number;
  readonly ediemIqr: number;
  readonly ediemStd: number;
  readonly diemTheoretical: number;
}

export type ScoreName = keyof ModuleScores;
