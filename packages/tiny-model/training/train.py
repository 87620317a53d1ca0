"""Trains the tiny model, and writes its weights, its suites and the held-out questions: python3 training/train.py

The number of threads is fixed, because other numbers give other sums.
"""

import argparse
import math
import os
import random
import time
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "2"

import torch
from torch.nn import functional as F

from evaluate import evaluate
from export import export_all
from generate import draw, prompt_of
from held_out import write_held_out
from model import TinyModel
from suites import write_suites
from tokenizer import train_tokenizer

BATCH, POOL = 64, 32


def encode(tokenizer, sample):
    """Tokens, and the place where the answer begins."""
    prompt = [tokenizer.bos_id()] + tokenizer.encode(prompt_of(sample.question))
    whole = [tokenizer.bos_id()] + tokenizer.encode(prompt_of(sample.question) + sample.answer) + [tokenizer.eos_id()]
    assert whole[: len(prompt)] == prompt, (sample, "the answer must not change the prompt's tokens")
    return whole, len(prompt)


def batches(tokenizer, r):
    """Rows of like length together: padding would be two thirds of the work."""
    while True:
        rows = sorted((encode(tokenizer, draw(r, False)) for _ in range(BATCH * POOL)), key=lambda row: len(row[0]))
        groups = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        r.shuffle(groups)
        yield from map(pad, groups)


def pad(rows):
    longest = max(len(tokens) for tokens, _ in rows)
    inputs = torch.zeros(BATCH, longest - 1, dtype=torch.long)
    targets = torch.full((BATCH, longest - 1), -100)
    weights = torch.zeros(BATCH, longest - 1)
    for row, (tokens, start) in enumerate(rows):
        inputs[row, : len(tokens) - 1] = torch.tensor(tokens[:-1])
        targets[row, : len(tokens) - 1] = torch.tensor(tokens[1:])
        weights[row, : start - 1] = 0.05
        weights[row, start - 1 : len(tokens) - 1] = 1
    return inputs, targets, weights


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent, help="gets models/ and suites/")
    options = parser.parse_args()
    models = options.out / "models"
    models.mkdir(parents=True, exist_ok=True)
    write_suites(options.out / "suites")
    write_held_out(Path(__file__).parent / "held-out.jsonl")
    torch.manual_seed(options.seed)
    torch.set_num_threads(1)
    tokenizer = train_tokenizer(options.seed, models / "tokenizer.model")
    model = TinyModel(tokenizer.get_piece_size())
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters", flush=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.rate, betas=(0.9, 0.98), weight_decay=0.05)
    r = random.Random(options.seed + 1)
    source = batches(tokenizer, r)
    began = time.time()
    for step in range(options.steps):
        warm = min(1, (step + 1) / 300)
        decay = 0.5 * (1 + math.cos(math.pi * step / options.steps))
        for group in optimizer.param_groups:
            group["lr"] = options.rate * warm * max(decay, 0.02)
        inputs, targets, weights = next(source)
        logits = model(inputs)
        losses = F.cross_entropy(logits.transpose(1, 2), targets, ignore_index=-100, reduction="none")
        loss = (losses * weights).sum() / weights.sum()
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 200 == 0:
            print(f"step {step} loss {loss.item():.3f} {time.time() - began:.0f}s", flush=True)
        if step % 2000 == 1999 or step == options.steps - 1:
            export_all(model, tokenizer, models)
            for family, (right, asked) in evaluate(model, tokenizer, 40 if step < options.steps - 1 else 300).items():
                print(f"  {family}: {right}/{asked}", flush=True)
            model.train()


if __name__ == "__main__":
    main()
