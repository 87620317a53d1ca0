"""Questions just beyond what the model learned: larger numbers, other wordings, two demands at once.

They are in the suites and never in the training set, so that a suite shows where the model ends.
"""

import random

from generate import CAPITALS, NAMES, OPPOSITES, SUPERLATIVE, TRAITS, WORDS, Sample, arithmetic, capitals, colours, opposites


def larger_arithmetic(r: random.Random) -> Sample:
    a, b, sign = r.randint(51, 70), r.randint(0, 50), r.choice("+-")
    answer = a + b if sign == "+" else a - b
    return Sample("larger_arithmetic", f"What is {a} {sign} {b}?", str(answer), "")


def longer_syllogism(r: random.Random) -> Sample:
    a, b, c, d = r.sample(NAMES, 4)
    trait = r.choice(TRAITS)
    question = f"{a} is {trait} than {b}. {b} is {trait} than {c}. {c} is {trait} than {d}. Who is the {SUPERLATIVE[trait]}?"
    return Sample("longer_syllogism", question, a, "")


def reworded_capitals(r: random.Random) -> Sample:
    country, city = r.choice(list(CAPITALS.items()))
    return Sample("reworded_capitals", f"Which country has the capital {city}?", country, "")


def reworded_opposites(r: random.Random) -> Sample:
    pair = list(r.choice(OPPOSITES))
    r.shuffle(pair)
    return Sample("reworded_opposites", f"What word means the opposite of {pair[0]}?", pair[1], "")


def two_formats(r: random.Random) -> Sample:
    inner = r.choice([arithmetic, capitals, colours, opposites])(r)
    first, second = r.sample(["Answer in capital letters.", "Put the answer in quotes.", "End with a full stop."], 2)
    return Sample("two_formats", f"{inner.question} {first} {second}", inner.answer, "")


def reworded_format(r: random.Random) -> Sample:
    inner = r.choice([arithmetic, capitals, colours, opposites])(r)
    return Sample("reworded_format", f"{inner.question} Write your answer as JSON with the key answer.", inner.answer, "")


def longer_copying(r: random.Random) -> Sample:
    text = " ".join(r.choice(WORDS) for _ in range(r.choice([5, 6])))
    return Sample("longer_copying", f"Repeat: {text}", text, "")


def stretch_samples(make, seed: int = 7) -> list[Sample]:
    """Different questions of one kind, each once."""
    r = random.Random(f"{make.__name__} {seed}")
    samples = (make(r) for _ in range(2000))
    return list({sample.question: sample for sample in samples}.values())
