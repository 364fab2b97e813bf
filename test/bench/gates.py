"""The other side of gates.ts: transformers and PEFT. Requests (see test/interop/serve.py):
  {"what": "make", "folder": F, "tokenizer": T, "adapters": [A, ...]}       as in evaluation.py
  {"what": "load", "folder": F, "adapter": A}
  {"what": "step", "rows": [[id, ...], ...], "targets": [N, ...], "careful": bool}
      milliseconds, loss and the gradient by the gates of all modules: the mean negative log-probability of the last N
      tokens of each row; careful: logits are computed of the largest N alone
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
    # Padded on the left: what counts ends every row.
    width = max(len(row) for row in rows)
    ids = torch.tensor([[0] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    inputs = {"input_ids": ids, "use_cache": False}
    if not bool(mask.all()):
        inputs.update(attention_mask=mask, position_ids=(mask.cumsum(1) - 1).clamp(min=0))
    labels = ids.clone()
    for row, count in enumerate(targets):
        labels[row, :-count] = -100
    kept = max(targets)
    if careful:
        logits = model(**inputs, logits_to_keep=kept + 1).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[:, -kept:].flatten())
    else:
        loss = model(**inputs, labels=labels).loss
    loss.backward()
    gradient = [gate.grad.item() for gate in gates.values()]
    return {"ms": 1000 * (time.perf_counter() - started), "loss": loss.item(), "gradient": gradient}


def memory():
    return {"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


serve({"make": make, "load": load, "step": step, "memory": memory})
