"""Writes the questions that the model card counts."""

import json

from evaluate import held_out_samples


def write_held_out(path):
    """Up to 200 a family, one JSON object a line."""
    with open(path, "w", encoding="utf-8") as file:
        for family, samples in sorted(held_out_samples(99, 200).items()):
            for sample in samples:
                row = {"family": family, "question": sample.question, "answer": sample.answer}
                file.write(json.dumps(row) + "\n")
