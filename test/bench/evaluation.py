"""The other side of evaluation.ts: transformers and PEFT. Requests (see test/interop/serve.py):
  {"what": "make", "folder": F, "tokenizer": T, "adapters": [A, ...]}
       a random model in the shape of SmolLM2-135M, bfloat16, with the tokenizer of T, and random adapters of it
  {"what": "load", "folder": F, "adapters": [A, ...]}
  {"what": "generate", "prompts": [...], "tokens": N}       milliseconds and new tokens: all variants, one after the other
  {"what": "memory"}                                        resident bytes at their peak
"""

import json
import resource
import shutil
import time
from pathlib import Path

from serve import serve

state = {}


def make(folder, tokenizer, adapters):
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=2,
    )
    model = LlamaForCausalLM(config)
    model.to(torch.bfloat16).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        shutil.copyfile(Path(tokenizer, name), Path(folder, name))
    # An end token among random ones would make answers of any length.
    for name in ("config.json", "generation_config.json"):
        text = json.loads(Path(folder, name).read_text())
        Path(folder, name).write_text(json.dumps({**text, "eos_token_id": 0}))
    for index, adapter in enumerate(adapters):
        own = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32)
        wrapped = get_peft_model(own, LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM"))
        torch.manual_seed(2 + index)
        with torch.no_grad():
            for name, parameter in wrapped.named_parameters():
                if "lora_B" in name:
                    parameter.normal_(0, 0.02)
        wrapped.save_pretrained(adapter)
    return {"bytes": Path(folder, "model.safetensors").stat().st_size}


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
