import { SploraError } from '../../../core/errors';
import { say } from '../../../core/message';
import type { KnownModel } from './model';
import { OrtSession, type SessionOptions } from './ort';

/** Loads a graph with the weights of a model. @throws SploraError 'io' where ONNX Runtime does not, e.g. for lack of memory */
export async function openSession(
  graph: Uint8Array,
  { places, checkpoint }: Pick<KnownModel, 'places' | 'checkpoint'>,
  options: Omit<SessionOptions, 'root'>,
): Promise<OrtSession> {
  try {
    return await OrtSession.create(graph, { ...options, root: places.root });
  } catch (thrown) {
    const why = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n', 1)[0] ?? '';
    throw new SploraError(
      {
        code: 'io',
        message: say('ONNX Runtime cannot load the model: {0}', why),
        file: checkpoint.path,
        advice: say('Close other programs to free memory, or measure using a server.'),
      },
      { cause: thrown },
    );
  }
}
