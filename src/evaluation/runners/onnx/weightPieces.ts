import type { ExternalData } from '../../../core/onnx/graph';
import { computedParameters, type Decoder } from './decoder';

/** As float32 these are 4 MB: what is converted is read again from the processor's cache. */
const PIECE_WEIGHTS = 1024 * 1024;
/** Of a whole model. ONNX Runtime takes 6 s to load so many, and ten times as long for four times as many. */
const PIECES_MAX = 2048;

/** The rows of a stored matrix in pieces that are converted to float32 one after the other. */
export function piecesOf(place: ExternalData, decoder: Decoder): ExternalData[] {
  const [rows = 0, columns = 0] = place.shape;
  const weights = Math.max(PIECE_WEIGHTS, computedParameters(decoder) / PIECES_MAX);
  const most = Math.max(1, Math.floor(weights / columns));
  const rowBytes = place.length / rows;
  return Array.from({ length: Math.ceil(rows / most) }, (_, at) => {
    const from = at * most;
    const count = Math.min(most, rows - from);
    return {
      ...place,
      shape: [count, columns],
      offset: place.offset + from * rowBytes,
      length: count * rowBytes,
    };
  });
}
