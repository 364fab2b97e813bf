"""The other side of evaluation.ts: transformers and PEFT. Requests (see test/interop/serve.py):
  {"what": "make", "folder": F, "tokenizer": T, "adapters": [A, ...]}
       a random model in the shape of SmolLM2-135M, bfloat16, with the tokenizer of T, and random adapters of it
  {"what": "load", "folder": F, "adapters": [A, ...]}
  {"what": "generate", "prompts": [...], "tokens": N}       milliseconds and new tokens: all variants, one after the other
  {"what": "memory"}                                        resident bytes at their peak
"""

import resource
import time

from models import make
from serve import serve

state = {}


def load(folder, adapters):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    started = time.perf_counter()
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    wrapped = PeftModel.from_pretrained(model, adapters[0], adapter_name="0")
    for index, adapter in enumerate(adapters[1:], 1):
        wrapped.load_adapter(adapter, str(index))
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    tokenizer.pad_token_id = 2
    state.update(model=wrapped.eval(), tokenizer=tokenizer, adapters=[str(index) for index in range(len(adapters))])
    return {"ms": 1000 * (time.perf_counter() - started), "threads": torch.get_num_threads()}


def generate(prompts, tokens):
    import torch

    model, tokenizer = state["model"], state["tokenizer"]
    conversations = [[{"role": "user", "content": prompt}] for prompt in prompts]
    started, new = time.perf_counter(), 0
    texts = tokenizer.apply_chat_template(conversations, add_generation_prompt=True, tokenize=False)
    inputs = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False)

    def run():
        with torch.no_grad():
            output = model.generate(**inputs, max_new_tokens=tokens, do_sample=False, pad_token_id=2)
        return (output.shape[1] - inputs["input_ids"].shape[1]) * len(prompts)

    with model.disable_adapter():
        new += run()
    for adapter in state["adapters"]:
        model.set_adapter(adapter)
        new += run()
    read = int(inputs["attention_mask"].sum()) * (1 + len(state["adapters"]))
    return {"ms": 1000 * (time.perf_counter() - started), "tokens": new, "read": read}


def memory():
    return {"peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}


serve({"make": make, "load": load, "generate": generate, "memory": memory})
