"""Writes the suites of this package: questions for probes, none of which was in the training set."""

import json

from evaluate import held_out_samples
from stretch import (
    larger_arithmetic, longer_copying, longer_syllogism, reworded_capitals, reworded_format, reworded_opposites,
    stretch_samples, two_formats,
)

# How many of each family. Of capitals, colours and opposites fewer are held out.
SUITES = {
    "logic": {
        "arithmetic": 20, larger_arithmetic: 30, "comparison": 20, "counting": 20, "syllogism": 20, longer_syllogism: 10,
    },
    "factuality": {
        "capitals": 14, reworded_capitals: 30, "colours": 6, "opposites": 14, reworded_opposites: 24, "yes_no": 30,
    },
    "instruction-following": {
        "format": 40, two_formats: 30, reworded_format: 20, "copying": 24, longer_copying: 6,
    },
}

# What a question asks for, as rules of the instruction_following probe.
RULES = {
    "JSON with the key answer.": {"id": "detectable_format:json_format"},
    "Answer in capital letters.": {"id": "change_case:english_capital"},
    "Answer in small letters.": {"id": "change_case:english_lowercase"},
    "End with a full stop.": {"id": "startend:end_checker", "end_phrase": "."},
    "Put the answer in quotes.": {"id": "startend:quotation"},
    "Begin with the word Answer.": {"id": "startend:starts_with", "phrase": "Answer"},
}


def item_of(sample, index):
    family = sample.family
    item = {"id": f"{family}-{index:03d}", "family": family, "question": sample.question}
    if family.endswith("copying"):
        return {**item, "instructions": [{"id": "content:equals", "text": sample.answer}]}
    if "format" in family:
        return {**item, "instructions": [rule for form, rule in RULES.items() if form in sample.question]}
    return {**item, "reference_answer": sample.answer}


def fits(sample):
    """Figures have no capital letters, and a text cannot end with a quote and with a full stop."""
    if "format" not in sample.family:
        return True
    both = "quotes" in sample.question and "full stop" in sample.question
    return not both and ("letters" not in sample.question or any(c.isalpha() for c in sample.answer))


def write_suites(folder):
    """One file for each kind of probe, one JSON object a line."""
    folder.mkdir(parents=True, exist_ok=True)
    held_out = held_out_samples(7, 200, wrapped=False)
    for suite, families in SUITES.items():
        with open(folder / f"{suite}.jsonl", "w", encoding="utf-8") as file:
            for family, count in families.items():
                samples = held_out[family] if isinstance(family, str) else stretch_samples(family)
                for index, sample in enumerate([sample for sample in samples if fits(sample)][:count], 1):
                    file.write(json.dumps(item_of(sample, index)) + "\n")
