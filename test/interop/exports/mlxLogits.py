"""Says what mlx-lm computes with an adapter.

Requests (see serve.py):
  {"what": "version"}
  {"what": "run", "model": M, "adapter": A, "prompts": [[token, ...], ...]}
"""

from pathlib import Path

from serve import serve


def version():
    import mlx.core
    import mlx_lm

    return f"{mlx_lm.__version__} (mlx {mlx.core.__version__})"


def run(model, adapter, prompts):
    import mlx.core as mx
    from mlx_lm.tuner.utils import load_adapters
    from mlx_lm.utils import load_model

    loaded, _ = load_model(Path(model))
    loaded = load_adapters(loaded, adapter)
    loaded.eval()
    answers = []
    for tokens in prompts:
        logits = loaded(mx.array([tokens]))[0, -1].astype(mx.float32)
        answers.append((logits - mx.logsumexp(logits)).tolist())
    return {"logProbabilities": answers}


serve({"version": version, "run": run})
