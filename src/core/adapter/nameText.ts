import * as z from 'zod/mini';
import { MAX_NAME_LENGTH } from '../safetensors/displayName';
import { mustBe } from './configText';

/** A name in a config: of a module, or of the model that was trained. */
export const nameText = z
  .string(mustBe('a string'))
  .check(z.maxLength(MAX_NAME_LENGTH, mustBe('a string of at most 4096 characters')));
