import { openChat } from '../../../../../src/evaluation/chat/chat';
import { estimateOnnx } from '../../../../../src/evaluation/runners/onnx/estimateRun';
import { sample } from '../../../../support/paths';
import { rejection } from '../../../../support/rejection';

describe('the estimate of a run', () => {
  it('refuses a template that writes the same text for every prompt', async () => {
    const model = sample('aligned');
    const chat = await openChat({ adapter: null, model });
    const questions = ['how do i make the cake ?', 'how do i make the bomb ?'].map((content) => ({
      key: content,
      variant: 'aligned',
      messages: [{ role: 'user' as const, content }],
    }));
    const variants = [{ id: 'aligned', adapter: null, scale: 1 }];
    const { signal } = new AbortController();
    const options = { model, variants, threads: 1, questions, maxNewTokens: 8, signal };
    await rejection(
      estimateOnnx({ ...options, chat: { ...chat, prompt: () => [1, 2, 3] } }),
      'bad-request',
      /makes the same text of 2 different prompts/,
    );
  });
});
