"""Makes the adapters that are exported, and says what PEFT computes with an adapter.

Requests (see serve.py):
  {"what": "version"}
  {"what": "kinds", "plain": A, "folder": F}                       F/rslora and F/patterns, made of A
  {"what": "run", "model": M, "adapter": A or null, "prompts": [[token, ...], ...]}
"""

import json
import shutil
from pathlib import Path

from serve import serve


def version():
    import peft
    import transformers

    return f"{peft.__version__} (transformers {transformers.__version__})"


def kinds(plain, folder):
    from safetensors.torch import load_file, save_file

    def write(name, tensors, **changed):
        out = Path(folder) / name
        shutil.copytree(plain, out)
        save_file(tensors, out / "adapter_model.safetensors", metadata={"format": "pt"})
        config = json.loads((out / "adapter_config.json").read_text())
        (out / "adapter_config.json").write_text(json.dumps({**config, **changed}))

    tensors = load_file(f"{plain}/adapter_model.safetensors")
    write("rslora", tensors, use_rslora=True)
    smaller = {
        name: value[:2].contiguous() if "v_proj.lora_A" in name else value[:, :2].contiguous() if "v_proj.lora_B" in name else value
        for name, value in tensors.items()
    }
    write("patterns", smaller, rank_pattern={"v_proj": 2}, alpha_pattern={"v_proj": 6, "model.layers.1.mlp.up_proj": 3})
    return {}


def run(model, adapter, prompts):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    # Gemma 2 caps the logits of attention in the eager implementation only.
    options = dict(dtype=torch.float32, attn_implementation="eager")
    loaded = AutoModelForCausalLM.from_pretrained(model, **options).eval()
    if adapter is not None:
        loaded = PeftModel.from_pretrained(loaded, adapter).eval()
    with torch.no_grad():
        logits = [loaded(torch.tensor([tokens])).logits[0, -1] for tokens in prompts]
    return {"logProbabilities": [torch.log_softmax(one, -1).tolist() for one in logits]}


if __name__ == "__main__":
    serve({"version": version, "kinds": kinds, "run": run})
