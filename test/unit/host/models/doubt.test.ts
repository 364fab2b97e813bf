import assert from 'node:assert/strict';
import { doubtOf, modelName, type NamedModel } from '../../../../src/host/models/doubt';

const at = (path: string, name = path): NamedModel => ({ path, name });
const base = at('/models/base');
const aligned = at('/models/aligned');

describe('doubt about base and aligned model', () => {
  it('is none where names and adapter agree, or say nothing', () => {
    const hint = { name: '../aligned', path: '/models/aligned' };
    assert.equal(doubtOf(base, aligned, hint), undefined);
    assert.equal(doubtOf(base, aligned, undefined), undefined);
    assert.equal(doubtOf(at('/a/mine'), at('/a/yours'), undefined), undefined);
  });

  it('is there when the adapter was trained on what is given as base, by place', () => {
    const hint = { name: 'some/other-name', path: '/a/mine' };
    assert.equal(doubtOf(at('/a/mine'), at('/a/yours'), hint), 'base-is-named');
  });

  it('and by name, where the model that the adapter names is not on this machine', () => {
    const hint = { name: 'org/Mine-7B', path: undefined };
    assert.equal(doubtOf(at('/a/mine-7b'), at('/a/yours'), hint), 'base-is-named');
    assert.equal(doubtOf(at('/a/yours'), at('/a/mine-7b'), hint), undefined);
  });

  it('is not about an adapter of the base when both are the same: the engine refuses that with its own reason', () => {
    assert.equal(doubtOf(base, base, { name: 'base', path: base.path }), undefined);
  });

  it('is there when publishers call the base like that', () => {
    assert.equal(doubtOf(aligned, base, undefined), 'names-exchanged');
    const [chat, plain] = [at('/cache/1', 'org/Llama-2-7b-chat-hf'), at('/cache/2', 'org/Llama-2-7b-hf')];
    assert.equal(doubtOf(chat, plain, undefined), 'names-exchanged');
    assert.equal(doubtOf(plain, chat, undefined), undefined);
  });
});

describe('the name of a model', () => {
  it('is the repo of a snapshot in the cache, also where its path was written', () => {
    const snapshot = '/home/me/.cache/huggingface/hub/models--org--Chat-7B/snapshots/0a1b2c';
    assert.equal(modelName(snapshot, snapshot), 'org/Chat-7B');
    assert.equal(modelName('org/Chat-7B', snapshot), 'org/Chat-7B');
    assert.equal(modelName('x', 'C:\\hub\\models--org--a--b\\snapshots\\0a\\'), 'org/a--b');
  });

  it('is what was written where the folder is called so, else the folder', () => {
    assert.equal(modelName('org/Chat-7B', '/models/org/Chat-7B'), 'org/Chat-7B');
    assert.equal(modelName('.', '/models/chat'), '/models/chat');
    assert.equal(modelName('../link', '/models/link'), '../link');
  });
});
