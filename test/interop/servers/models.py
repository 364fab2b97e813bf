"""The tiny trained family in the forms that some servers need, with the same answers.

  models.py gguf MODEL OUT ADAPTER...     OUT/model.gguf and OUT/ADAPTER.gguf, float32, for llama.cpp
  models.py padded MODEL OUT ADAPTER...   OUT/model and OUT/ADAPTER, float32, with heads of 32 instead of 24 dimensions:
                                          vLLM's attention for CPUs takes multiples of 32 only

Tokens of llama.cpp are made of pieces, so GGUF also gets every beginning of a word; nothing ever answers with one.
"""

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np

HEAD, WIDE = 24, 32
SPACE = "\u2581"


def read(path):
    """Tensors of a safetensors file in BF16, F16 or F32, as float32."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    return {name: tensor(data[8 + length :], **info) for name, info in header.items()}


def tensor(data, dtype, shape, data_offsets):
    raw = data[slice(*data_offsets)]
    if dtype == "BF16":
        wide = np.frombuffer(raw, "<u2").astype(np.uint32) << 16
        return wide.view(np.float32).reshape(shape)
    return np.frombuffer(raw, {"F16": "<f2", "F32": "<f4"}[dtype]).astype(np.float32).reshape(shape)


def write(path, tensors):
    header, chunks, at = {}, [], 0
    for name, value in tensors.items():
        raw = np.ascontiguousarray(value, "<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [at, at + len(raw)]}
        chunks.append(raw)
        at += len(raw)
    text = json.dumps({**header, "__metadata__": {"format": "pt"}}).encode()
    text += b" " * (-len(text) % 8)
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def config_of(folder, name="config.json"):
    return json.loads((Path(folder) / name).read_text())


def padded(model, out, *adapters):
    config = config_of(model)
    folder = Path(out) / "model"
    shutil.copytree(model, folder)
    tensors = {name: wide(name, value) for name, value in read(folder / "model.safetensors").items()}
    write(folder / "model.safetensors", tensors)
    # The angle of pair i is theta ** (-2 i / head): the same for another head with another theta.
    theta = config["rope_theta"] ** (WIDE / HEAD)
    changed = {"head_dim": WIDE, "rope_theta": theta, "torch_dtype": "float32"}
    (folder / "config.json").write_text(json.dumps({**config, **changed}))
    for adapter in adapters:
        folder = Path(out) / Path(adapter).name
        shutil.copytree(adapter, folder)
        file = folder / "adapter_model.safetensors"
        write(file, {name: wide_lora(name, value) for name, value in read(file).items()})


def wide(name, value):
    if ".q_proj." in name:
        # Attention divides by the root of the head's size.
        return wide_rows(value) * np.sqrt(WIDE / HEAD).astype(np.float32)
    if ".k_proj." in name or ".v_proj." in name:
        return wide_rows(value)
    return wide_rows(value.T).T if ".o_proj." in name else value


def wide_lora(name, value):
    if ".lora_A." in name:
        return wide(name, value) if ".o_proj." in name else value
    return value if ".o_proj." in name else wide(name, value)


def wide_rows(value):
    """Halves of a head stay halves: rotation pairs row i with row i + half."""
    heads = value.reshape(-1, 2, HEAD // 2, value.shape[1])
    more = np.zeros((heads.shape[0], 2, (WIDE - HEAD) // 2, value.shape[1]), np.float32)
    return np.concatenate([heads, more], axis=2).reshape(-1, value.shape[1])


NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(module):
    if module in TOP:
        return TOP[module]
    _, _, layer, rest = module.split(".", 3)
    return f"blk.{layer}.{NAMES[rest]}"


def gguf_rows(module, value, heads):
    """llama.cpp rotates neighbours instead of halves: the rows of q and k change places."""
    if not module.endswith(("q_proj", "k_proj")):
        return value
    split = value.reshape(heads, 2, -1, value.shape[1])
    return np.ascontiguousarray(split.swapaxes(1, 2)).reshape(value.shape)


def gguf(model, out, *adapters):
    import gguf as library

    Path(out).mkdir(parents=True, exist_ok=True)
    config = config_of(model)
    heads = config["num_attention_heads"]
    file = library.GGUFWriter(str(Path(out) / "model.gguf"), "llama")
    file.add_file_type(library.LlamaFileType.ALL_F32)
    file.add_context_length(config["max_position_embeddings"])
    file.add_embedding_length(config["hidden_size"])
    file.add_block_count(config["num_hidden_layers"])
    file.add_feed_forward_length(config["intermediate_size"])
    file.add_head_count(heads)
    file.add_head_count_kv(config["num_key_value_heads"])
    file.add_layer_norm_rms_eps(config["rms_norm_eps"])
    head = config.get("head_dim", config["hidden_size"] // heads)
    file.add_key_length(head)
    file.add_value_length(head)
    file.add_rope_dimension_count(head)
    file.add_rope_freq_base(config["rope_theta"])
    more = add_tokenizer(file, library, model)
    for name, value in read(Path(model) / "model.safetensors").items():
        module = name.removesuffix(".weight")
        if module in ("model.embed_tokens", "lm_head"):
            value = np.concatenate([value, np.zeros((more, value.shape[1]), np.float32)])
        if value.ndim == 2:
            value = gguf_rows(module, value, heads)
        file.add_tensor(f"{gguf_name(module)}.weight", value)
    finish(file)
    for adapter in adapters:
        add_adapter(library, adapter, Path(out) / f"{Path(adapter).name}.gguf", heads)


def add_tokenizer(file, library, model):
    """Returns how many tokens were added to those of the model."""
    known = config_of(model, "tokenizer.json")["model"]["vocab"]
    special = {"<pad>", "<bos>", "<eos>", "<usr>", "<bot>"}
    words = [word if word in special else SPACE + word for word in sorted(known, key=known.get)]
    kinds = [library.TokenType.CONTROL if word in special else library.TokenType.NORMAL for word in words]
    pieces = {word[:end] for word in words if word not in special for end in range(1, len(word))}
    pieces |= {letter for word in words if word not in special for letter in word}
    pieces = sorted(pieces - set(words), key=lambda piece: (len(piece), piece))
    octets = [f"<0x{octet:02X}>" for octet in range(256)]
    tokens = words + pieces + octets
    file.add_tokenizer_model("llama")
    file.add_token_list(tokens)
    file.add_token_scores([-float(index) for index in range(len(tokens))])
    file.add_token_types(
        kinds + [library.TokenType.NORMAL] * len(pieces) + [library.TokenType.BYTE] * len(octets)
    )
    file.add_bos_token_id(known["<bos>"])
    file.add_eos_token_id(known["<eos>"])
    file.add_unk_token_id(known["<pad>"])
    file.add_add_bos_token(False)
    file.add_add_space_prefix(False)
    file.add_chat_template(
        "{{ bos_token }}{% for m in messages %}"
        "{% if m['role'] == 'user' %}{{ '<usr> ' + m['content'] }}"
        "{% elif m['role'] == 'assistant' %}{{ '<bot> ' + m['content'] + eos_token }}{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<bot>' }}{% endif %}"
    )
    return len(tokens) - len(words)


def add_adapter(library, adapter, path, heads):
    config = config_of(adapter, "adapter_config.json")
    file = library.GGUFWriter(str(path), "llama")
    file.add_type(library.GGUFType.ADAPTER)
    file.add_string(library.Keys.Adapter.TYPE, "lora")
    file.add_float32(library.Keys.Adapter.LORA_ALPHA, float(config["lora_alpha"]))
    for name, value in read(Path(adapter) / "adapter_model.safetensors").items():
        module, side = name.removeprefix("base_model.model.").removesuffix(".weight").rsplit(".", 1)
        if side == "lora_B":
            value = gguf_rows(module, value, heads)
        file.add_tensor(f"{gguf_name(module)}.weight.{side.lower()}", value)
    finish(file)


def finish(file):
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()


if __name__ == "__main__":
    {"gguf": gguf, "padded": padded}[sys.argv[1]](*sys.argv[2:])
