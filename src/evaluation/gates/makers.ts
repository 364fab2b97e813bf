import { checkCancelled } from '../../io/ioError';
import { onnxOptions } from '../makers';
import { StageProgress } from '../measureProgress';
import { createOnnxGateRunner } from '../runners/onnx/gateRunner';
import type { OpenGateRunner } from './fitGates';

/** The runner of this version. */
export const openGateRunner: OpenGateRunner = async ({ measured, cut }, { emit, signal }) => {
  const { model, chat, threads } = await onnxOptions(measured);
  checkCancelled(signal);
  const loading = new StageProgress('loading', 1, 0, emit);
  const runner = await createOnnxGateRunner({
    ...{ model, adapter: measured.adapter, chat, threads },
    ...(cut === undefined ? {} : { cut }),
  });
  loading.step();
  return runner;
};
