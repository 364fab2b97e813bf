"""What the real tokenizers library and transformers make of texts and conversations. Requests (see serve.py):
  {"what": "train", "folder": F, "kind": K, "corpus": [text, ...]}   a small tokenizer of a family, trained
  {"what": "ids", "folder": F, "texts": [...]}        of Rust's tokenizers and of transformers, and what they decode to
  {"what": "render", "folder": F, "conversations": [...], "date": "2026-01-01"}    texts, or null where it raises
"""

import datetime
import json
from pathlib import Path

from serve import serve

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
VOCABULARY = 1200


def parts(kind):
    """The empty tokenizer of a family, its trainer, and its special tokens."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

    bpe = dict(vocab_size=VOCABULARY, show_progress=False)
    if kind in ("llama3", "qwen2", "gpt2"):
        tokenizer = Tokenizer(models.BPE(ignore_merges=kind == "llama3"))
        if kind == "gpt2":
            tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        else:
            split = pre_tokenizers.Split(Regex(LLAMA3 if kind == "llama3" else QWEN2), "isolated")
            level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
            tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, level])
        if kind == "qwen2":
            tokenizer.normalizer = normalizers.NFC()
        tokenizer.decoder = decoders.ByteLevel()
        special = ["<|begin|>", "<|end|>", "<|im_start|>", "<|im_end|>"]
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(special_tokens=special, initial_alphabet=alphabet, **bpe)
        after = ("<|begin|> $A", [("<|begin|>", 0)]) if kind == "llama3" else None
    elif kind in ("llama2", "gemma"):
        tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
        to_bar = normalizers.Replace(" ", "▁")
        start = [normalizers.Prepend("▁")] if kind == "llama2" else []
        tokenizer.normalizer = normalizers.Sequence([*start, to_bar])
        if kind == "gemma":
            tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
        chain = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
        tokenizer.decoder = decoders.Sequence(chain + ([decoders.Strip(" ", 1, 0)] if kind == "llama2" else []))
        special = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>"]
        bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
        trainer = trainers.BpeTrainer(special_tokens=special + bytes_, max_token_length=16, **bpe)
        after = ("<s> $A", [("<s>", 1)])
    elif kind == "unigram":
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.normalizer = normalizers.NFKC()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
        special = ["<unk>", "<s>", "</s>"]
        trainer = trainers.UnigramTrainer(
            vocab_size=VOCABULARY, special_tokens=special, unk_token="<unk>", show_progress=False
        )
        after = ("$A </s>", [("</s>", 2)])
    else:
        tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.NFKC()
        words = {"words": pre_tokenizers.WhitespaceSplit, "words and marks": pre_tokenizers.Whitespace}
        tokenizer.pre_tokenizer = words[kind]()
        tokenizer.decoder = decoders.WordPiece(cleanup=False)
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
        trainer = trainers.WordPieceTrainer(vocab_size=VOCABULARY, special_tokens=special, show_progress=False)
        after = ("[CLS] $A [SEP]", [("[CLS]", 2), ("[SEP]", 3)])
    if after is not None:
        tokenizer.post_processor = processors.TemplateProcessing(single=after[0], special_tokens=after[1])
    # Not special, and it takes the spaces around it.
    extra = [AddedToken("<mark>", lstrip=True, rstrip=True, normalized=False)]
    return tokenizer, trainer, special, extra


def train(folder, kind, corpus):
    tokenizer, trainer, special, extra = parts(kind)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.add_tokens(extra)
    Path(folder).mkdir(parents=True)
    tokenizer.save(f"{folder}/tokenizer.json")
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": special[0], "eos_token": special[-1]}
    Path(folder, "tokenizer_config.json").write_text(json.dumps(config))
    return {"size": tokenizer.get_vocab_size()}


def ids(folder, texts):
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    rust = Tokenizer.from_file(f"{folder}/tokenizer.json")
    rust.no_truncation()
    hub = AutoTokenizer.from_pretrained(folder)
    bare = [hub(text, add_special_tokens=False).input_ids for text in texts]
    return {
        "rust": [rust.encode(text, add_special_tokens=False).ids for text in texts],
        "transformers": bare,
        "whole": [rust.encode(text).ids for text in texts],
        "decoded": [
            hub.decode(one, skip_special_tokens=True, clean_up_tokenization_spaces=False) if one else "" for one in bare
        ],
    }


def render(folder, conversations, date):
    from transformers import AutoTokenizer
    from transformers.utils import chat_template_utils

    class Frozen(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls.fromisoformat(date)

    chat_template_utils.datetime = Frozen
    tokenizer = AutoTokenizer.from_pretrained(folder)

    def text(conversation):
        try:
            return tokenizer.apply_chat_template(conversation, add_generation_prompt=True, tokenize=False)
        except Exception as error:
            return {"raised": str(error)}

    return {"texts": [text(conversation) for conversation in conversations]}


serve({"train": train, "ids": ids, "render": render})
