import type { Decoder } from '../decoder';
import type { ConfigReader } from './config';

/** A kind of model, by the `model_type` of its config.json. */
export interface Family {
  /** As a user knows it. */
  readonly title: string;
  readonly modelTypes: readonly string[];
  /**
   * What the model computes.
   * @param tied whether the head is the embedding
   * @throws SploraError 'bad-config' (with the field) or 'unsupported-checkpoint' (what is not known)
   */
  decoder(config: ConfigReader, tied: boolean): DecoderOfFamily;
}

export type DecoderOfFamily = Omit<Decoder, 'family'>;
