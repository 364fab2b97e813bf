import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { statIfThere } from '../../../io/ioError';
import { openCheckpoint } from '../../../io/openCheckpoint';
import type { JudgeRequest } from '../../../protocol/evaluatorApi';
import { openChat } from '../../chat/chat';
import { createEndpointRunner } from '../../runners/endpoint';
import { createOnnxRunner } from '../../runners/onnx/runner';
import type { Runner } from '../../runners/types';
import { judgeFormat } from './formats';
import { JUDGE, openModelJudge } from './modelJudge';
import type { OpenJudge } from './types';

/** A judge at an endpoint, or in this process from a folder. Errors: those of its runner and of `openModelJudge`. */
export const openJudge: OpenJudge = async (request, _plan, { signal }) => {
  const { model, prompt } = request;
  const format = judgeFormat(model, prompt);
  const runner = await openRunner(request, signal);
  try {
    return await openModelJudge({ runner, model, format, signal });
  } catch (thrown) {
    await runner.close();
    throw thrown;
  }
};

async function openRunner(request: JudgeRequest, signal: AbortSignal): Promise<Runner> {
  const { model, url, keyVariable, confirmedHost } = request;
  const variants = [{ id: JUDGE, adapter: null, scale: 1 }];
  if (url === undefined) {
    const { path } = await openCheckpoint(model);
    const isFolder = (await statIfThere(path))?.isDirectory() === true;
    const chat = await openChat({ adapter: null, model: isFolder ? path : dirname(path) });
    return await createOnnxRunner({ model, variants, chat, threads: availableParallelism() });
  }
  return await createEndpointRunner({
    request: {
      kind: 'endpoint',
      url,
      models: { [JUDGE]: model },
      ...(keyVariable === undefined ? {} : { keyVariable }),
      ...(confirmedHost === undefined ? {} : { confirmedHost }),
    },
    aligned: model,
    variants,
    signal,
  });
}
