import { CHECKPOINT_CASES } from './checkpoints';
import { FIELD_CASES } from './fields';
import { LAYOUT_CASES } from './layouts';
import { REAL_ADAPTERS, WHOLE_MODELS } from './real';
import type { MatrixCase } from './types';

export const MATRIX: readonly MatrixCase[] = [
  ...REAL_ADAPTERS,
  ...WHOLE_MODELS,
  ...LAYOUT_CASES,
  ...FIELD_CASES,
  ...CHECKPOINT_CASES,
];
