"""The other side of gates.ts: transformers and PEFT. Requests (see test/interop/serve.py):
  {"what": "make", "folder": F, "tokenizer": T, "adapters": [A, ...]}       as in evaluation.py
  {"what": "load", "folder": F, "adapter": A}
  {"what": "step", "rows": [[id, ...], ...], "targets": N, "careful": bool}
      milliseconds, loss and the gradient by the gates of all modules: the mean negative log-probability of the last N
      tokens of each row; careful: logits are computed of these alone
  {"what": "memory"}                                        resident bytes at their peak
"""

import resource
import time

from models import make
from serve import serve

state = {}


def load(folder, adapter):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    wrapped = PeftModel.from_pretrained(model, adapter).eval()
    for parameter in wrapped.parameters():
        parameter.requires_grad_(False)
    # PEFT multiplies by the scale; a tensor there gets a gradient.
    gates = {}
    for name, module in wrapped.named_modules():
        if hasattr(module, "lora_A"):
            gates[name.removeprefix("base_model.model.")] = torch.ones((), requires_grad=True)
    modules = {name: wrapped.base_model.model.get_submodule(name) for name in gates}
    scales = {name: module.scaling["default"] for name, module in modules.items()}
    state.update(model=wrapped, gates=gates, modules=modules, scales=scales)
    return {"threads": torch.get_num_threads(), "modules": list(gates)}


def step(rows, targets, careful):
    import torch

    model, gates = state["model"], state["gates"]
    started = time.perf_counter()
    for name, gate in gates.items():
        gate.grad = None
        state["modules"][name].scaling["default"] = gate * state["scales"][name]
    ids = torch.tensor(rows)
    if careful:
        logits = model(input_ids=ids, use_cache=False, logits_to_keep=targets + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, -targets:].flatten())
    else:
        labels = ids.clone()
        labels[:, :-targets] = -100
        loss = model(input_ids=ids, labels=labels, use_cache=False).loss
    loss.backward()
    gradient = [gate.grad.item() for gate in gates.values()]
    return {"ms": 1000 * (time.perf_counter() - started), "loss": loss.item(), "gradient": gradient}


def memory():
    return {"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


serve({"make": make, "load": load, "step": step, "memory": memory})
