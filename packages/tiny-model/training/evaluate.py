"""Held-out accuracy by family: the greedy answer must be the text exactly."""

import random

import torch

from generate import draw, prompt_of


@torch.no_grad()
def answer(model, tokenizer, question, limit=32):
    tokens = [tokenizer.bos_id()] + tokenizer.encode(prompt_of(question))
    start = len(tokens)
    while len(tokens) - start < limit:
        token = int(model(torch.tensor([tokens]))[0, -1].argmax())
        if token == tokenizer.eos_id():
            break
        tokens.append(token)
    return tokenizer.decode(tokens[start:]).strip()


def held_out_samples(seed, per_family, wrapped=True):
    """The same questions for everybody, none twice. A family of facts has fewer than asked for."""
    r = random.Random(seed)
    seen, families, misses = set(), {}, 0
    while misses < 4000:
        sample = draw(r, True, wrapped)
        bucket = families.setdefault(sample.family, [])
        misses += 1
        if sample.question in seen or len(bucket) >= per_family:
            continue
        seen.add(sample.question)
        bucket.append(sample)
        misses = 0
    return families


def evaluate(model, tokenizer, per_family, seed=99):
    model.eval()
    figures = {}
    for family, samples in sorted(held_out_samples(seed, per_family).items()):
        right = sum(answer(model, tokenizer, s.question) == s.answer for s in samples)
        figures[family] = (right, len(samples))
    return figures
