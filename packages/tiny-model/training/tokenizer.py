"""A byte-pair tokenizer of 768 pieces, trained on the generator's own texts with SentencePiece.

No space is put before a text, so that an answer begins with its first letter. A line feed is a byte token.
"""

import io
import random

import sentencepiece as spm

from generate import draw, prompt_of

VOCABULARY = 768


def train_tokenizer(seed, path):
    r = random.Random(seed)
    samples = (draw(r, False) for _ in range(40_000))
    lines = (line for s in samples for line in f"{prompt_of(s.question)}{s.answer}".split("\n") if line)
    model = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, vocab_size=VOCABULARY, model_type="bpe", character_coverage=1.0,
        split_digits=True, byte_fallback=True, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=False, unk_id=0, bos_id=1, eos_id=2, pad_id=-1, num_threads=1, minloglevel=2,
    )
    with open(path, "wb") as file:
        file.write(model.getvalue())
    return load_tokenizer(path)


def load_tokenizer(path):
    return spm.SentencePieceProcessor(model_file=str(path))


def gguf_vocabulary(tokenizer):
    """Tokens, scores and types in llama.cpp's words: 1 normal, 2 unknown, 3 control, 6 byte."""
    tokens, scores, types = [], [], []
    for index in range(tokenizer.get_piece_size()):
        tokens.append(tokenizer.id_to_piece(index))
        scores.append(float(tokenizer.get_score(index)))
        if tokenizer.is_unknown(index):
            types.append(2)
        elif tokenizer.is_control(index):
            types.append(3)
        elif tokenizer.is_byte(index):
            types.append(6)
        else:
            types.append(1)
    return tokens, scores, types
