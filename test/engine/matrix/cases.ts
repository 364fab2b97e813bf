import { CHECKPOINT_CASES } from './checkpoints';
import { FIELD_CASES, FOREIGN_CASES, MLX_CASES } from './fields';
import { LAYOUT_CASES } from './layouts';
import { PART_CASES } from './parts';
import { REAL_ADAPTERS, WHOLE_MODELS } from './real';
import type { MatrixCase } from './types';

export const MATRIX: readonly MatrixCase[] = [
  ...REAL_ADAPTERS,
  ...WHOLE_MODELS,
  ...LAYOUT_CASES,
  ...PART_CASES,
  ...FIELD_CASES,
  ...MLX_CASES,
  ...FOREIGN_CASES,
  ...CHECKPOINT_CASES,
];
