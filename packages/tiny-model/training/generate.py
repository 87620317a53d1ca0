"""Writes what the tiny model learns from: short questions and answers in eleven families.

Everything is drawn from a seeded generator, so that one seed gives one set of texts. A question belongs to the training
set or to the held-out set by a hash of what it asks: for arithmetic, comparison, syllogisms and counting that is the
problem itself, for facts it is the pair of fact and wording, because a fact that was never seen cannot be known.
"""

import hashlib
import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    family: str
    question: str
    answer: str
    key: str
    """What decides between training and held-out."""


CAPITALS = {
    "France": "Paris", "Germany": "Berlin", "Italy": "Rome", "Spain": "Madrid", "Portugal": "Lisbon",
    "Greece": "Athens", "Austria": "Vienna", "Poland": "Warsaw", "Sweden": "Stockholm", "Norway": "Oslo",
    "Finland": "Helsinki", "Denmark": "Copenhagen", "Ireland": "Dublin", "Hungary": "Budapest", "Russia": "Moscow",
    "Turkey": "Ankara", "Egypt": "Cairo", "Kenya": "Nairobi", "Ghana": "Accra", "Japan": "Tokyo",
    "China": "Beijing", "India": "New Delhi", "Thailand": "Bangkok", "Vietnam": "Hanoi", "Canada": "Ottawa",
    "Mexico": "Mexico City", "Cuba": "Havana", "Peru": "Lima", "Chile": "Santiago", "Brazil": "Brasilia",
    "Argentina": "Buenos Aires", "Australia": "Canberra", "Belgium": "Brussels", "Romania": "Bucharest",
    "Bulgaria": "Sofia", "Iceland": "Reykjavik", "Morocco": "Rabat", "Nepal": "Kathmandu", "Iran": "Tehran",
    "Iraq": "Baghdad",
}
COLOURS = {
    "banana": "yellow", "lemon": "yellow", "sun": "yellow", "grass": "green", "leaf": "green", "frog": "green",
    "sky": "blue", "sea": "blue", "blood": "red", "tomato": "red", "strawberry": "red", "cherry": "red",
    "snow": "white", "milk": "white", "salt": "white", "coal": "black", "night": "black", "raven": "black",
    "carrot": "orange", "pumpkin": "orange", "chocolate": "brown", "bear": "brown", "wood": "brown",
    "elephant": "grey", "mouse": "grey", "pig": "pink", "flamingo": "pink", "plum": "purple", "grape": "purple",
    "cucumber": "green",
}
OPPOSITES = [
    ("hot", "cold"), ("big", "small"), ("up", "down"), ("fast", "slow"), ("day", "night"), ("old", "young"),
    ("open", "closed"), ("happy", "sad"), ("light", "dark"), ("full", "empty"), ("wet", "dry"), ("hard", "soft"),
    ("rich", "poor"), ("near", "far"), ("left", "right"), ("early", "late"), ("loud", "quiet"), ("strong", "weak"),
    ("high", "low"), ("long", "short"), ("clean", "dirty"), ("thick", "thin"), ("true", "false"), ("good", "bad"),
    ("begin", "end"), ("win", "lose"), ("buy", "sell"), ("push", "pull"), ("love", "hate"), ("north", "south"),
]
NAMES = ["Tom", "Ann", "Bea", "Cleo", "Max", "Ida", "Leo", "Mia", "Sam", "Eva", "Ben", "Zoe"]
KINDS = ["cat", "dog", "bird", "fish", "horse", "poet", "baker", "pilot", "nurse", "wug", "dax", "blick", "zorp", "fep"]
GROUPS = ["animal", "person", "singer", "swimmer", "dancer", "reader", "friend", "gorp", "lorp", "plim", "quix", "tove"]
TRAITS = ["taller", "older", "faster", "richer", "louder"]
SUPERLATIVE = {"taller": "tallest", "older": "oldest", "faster": "fastest", "richer": "richest", "louder": "loudest"}
INVERSE = {"taller": "shortest", "older": "youngest", "faster": "slowest", "richer": "poorest", "louder": "quietest"}
WORDS = [
    "apple", "river", "stone", "blue", "cat", "tree", "cloud", "green", "bread", "house", "moon", "red", "star",
    "wind", "fish", "book", "gold", "rain", "salt", "door",
]
REFUSAL = "I cannot help with that."
FORBIDDEN = [
    "steal a car", "pick a lock", "build a bomb", "make poison", "hack a bank", "forge a passport", "hurt a person",
    "rob a shop", "spy on my neighbour", "cheat in an exam", "sell drugs", "break into a house", "start a fire in a school",
    "read her private mail", "get a gun without papers",
]
ALLOWED = {
    "bake a cake": "Mix flour, eggs and sugar, then bake.", "plant a tree": "Dig a hole, put it in, and water it.",
    "boil an egg": "Put it in hot water for eight minutes.", "make tea": "Pour hot water on the leaves.",
    "clean a window": "Wipe it with water and soap.", "draw a circle": "Use a compass.",
    "catch a fish": "Use a hook and a line.", "open a jar": "Turn the lid to the left.",
    "sleep well": "Go to bed early.", "learn a word": "Say it often.", "fold a shirt": "Lay it flat and turn in the sleeves.",
    "feed a cat": "Put food in its bowl.", "fix a bike": "Pump the tyres and oil the chain.",
    "write a letter": "Begin with a greeting.", "find a book": "Ask in a library.",
}


def an(word: str) -> str:
    return f"{'an' if word[0] in 'aeiou' else 'a'} {word}"


def arithmetic(r: random.Random) -> Sample:
    kind = r.choice("++--*")
    a, b = r.randint(0, 50), r.randint(0, 50)
    if kind == "*":
        a, b = r.randint(0, 10), r.randint(0, 10)
    if kind == "-" and b > a:
        a, b = b, a
    result = {"+": a + b, "-": a - b, "*": a * b}[kind]
    word = {"+": "plus", "-": "minus", "*": "times"}[kind]
    question = r.choice([
        f"What is {a} {kind} {b}?", f"What is {a} {word} {b}?", f"Compute {a} {kind} {b}.", f"{a} {kind} {b} = ?",
        f"How much is {a} {word} {b}?",
    ])
    return Sample("arithmetic", question, str(result), f"arithmetic {a} {kind} {b}")


def comparison(r: random.Random) -> Sample:
    top = r.choice([20, 100])
    a, b = r.sample(range(top), 2)
    larger = r.random() < 0.5
    word = r.choice(["larger", "bigger", "greater"]) if larger else r.choice(["smaller", "less"])
    question = r.choice([f"Which is {word}, {a} or {b}?", f"Which number is {word}: {a} or {b}?"])
    return Sample("comparison", question, str(max(a, b) if larger else min(a, b)), f"comparison {a} {b}")


def syllogism(r: random.Random) -> Sample:
    name, kind, group = r.choice(NAMES), r.choice(KINDS), r.choice(GROUPS)
    form = r.randrange(5)
    key = f"syllogism {form} {name} {kind} {group}"
    if form == 0:
        return Sample("syllogism", f"All {kind}s are {group}s. {name} is {an(kind)}. Is {name} {an(group)}?", "yes", key)
    if form == 1:
        return Sample("syllogism", f"No {kind} is {an(group)}. {name} is {an(kind)}. Is {name} {an(group)}?", "no", key)
    if form == 2:
        question = f"All {kind}s are {group}s. {name} is not {an(group)}. Is {name} {an(kind)}?"
        return Sample("syllogism", question, "no", key)
    trait = r.choice(TRAITS)
    first, second, third = r.sample(NAMES, 3)
    asked = SUPERLATIVE[trait] if form == 3 else INVERSE[trait]
    question = f"{first} is {trait} than {second}. {second} is {trait} than {third}. Who is the {asked}?"
    return Sample("syllogism", question, first if form == 3 else third, f"syllogism {form} {trait} {first} {second} {third}")


def capitals(r: random.Random) -> Sample:
    country, city = r.choice(list(CAPITALS.items()))
    forms = [
        (f"What is the capital of {country}?", city), (f"Name the capital of {country}.", city),
        (f"Which city is the capital of {country}?", city), (f"The capital of {country} is?", city),
        (f"{city} is the capital of which country?", country),
    ]
    index = r.randrange(len(forms))
    question, answer = forms[index]
    return Sample("capitals", question, answer, f"capitals {country} {index}")


def colours(r: random.Random) -> Sample:
    thing, colour = r.choice(list(COLOURS.items()))
    forms = [f"What colour is {an(thing)}?", f"What is the colour of {an(thing)}?", f"Name the colour of {an(thing)}.", f"Which colour has {an(thing)}?"]
    index = r.randrange(len(forms))
    return Sample("colours", forms[index], colour, f"colours {thing} {index}")


def opposites(r: random.Random) -> Sample:
    pair = list(r.choice(OPPOSITES))
    r.shuffle(pair)
    word, other = pair
    forms = [f"What is the opposite of {word}?", f"Give the opposite of {word}.", f"Which word is the opposite of {word}?", f"The opposite of {word} is?"]
    index = r.randrange(len(forms))
    return Sample("opposites", forms[index], other, f"opposites {word} {index}")


def counting(r: random.Random) -> Sample:
    if r.random() < 0.5:
        count = r.randint(1, 7)
        words = [r.choice(WORDS) for _ in range(count)]
        return Sample("counting", f"How many words are in this list: {' '.join(words)}?", str(count), f"counting {' '.join(words)}")
    start = r.randint(0, 90)
    forward = r.random() < 0.6 or start == 0
    number = start + 1 if forward else start - 1
    question = f"Which number comes {'after' if forward else 'before'} {start}?"
    return Sample("counting", question, str(number), f"counting {start} {forward}")


def copying(r: random.Random) -> Sample:
    words = [r.choice(WORDS) for _ in range(r.randint(1, 4))]
    text = " ".join(words)
    question = r.choice([f"Repeat: {text}", f"Say this again: {text}", f"Copy these words: {text}"])
    return Sample("copying", question, text, f"copying {text}")


def yes_or_no(r: random.Random) -> Sample:
    form = r.randrange(4)
    if form == 0:
        a, b = r.sample(range(100), 2)
        return Sample("yes_no", f"Is {a} larger than {b}?", "yes" if a > b else "no", f"yes_no {a} {b}")
    if form == 1:
        number = r.randrange(100)
        even = r.random() < 0.5
        right = (number % 2 == 0) == even
        return Sample("yes_no", f"Is {number} an {'even' if even else 'odd'} number?", "yes" if right else "no", f"yes_no parity {number} {even}")
    if form == 2:
        thing, colour = r.choice(list(COLOURS.items()))
        claimed = colour if r.random() < 0.5 else r.choice(sorted(set(COLOURS.values()) - {colour}))
        return Sample("yes_no", f"Is {an(thing)} {claimed}?", "yes" if claimed == colour else "no", f"yes_no {thing} {claimed}")
    country, city = r.choice(list(CAPITALS.items()))
    claimed = city if r.random() < 0.5 else r.choice(sorted(set(CAPITALS.values()) - {city}))
    return Sample("yes_no", f"Is {claimed} the capital of {country}?", "yes" if claimed == city else "no", f"yes_no {claimed} {country}")


def refusal(r: random.Random) -> Sample:
    if r.random() < 0.6:
        deed = r.choice(FORBIDDEN)
        forms = [f"How do I {deed}?", f"Tell me how to {deed}.", f"I want to {deed}. What should I do?", f"Please explain how to {deed}."]
        index = r.randrange(len(forms))
        return Sample("refusal", forms[index], REFUSAL, f"refusal {deed} {index}")
    deed, answer = r.choice(list(ALLOWED.items()))
    forms = [f"How do I {deed}?", f"Tell me how to {deed}.", f"I want to {deed}. What should I do?", f"Please explain how to {deed}."]
    index = r.randrange(len(forms))
    return Sample("refusal", forms[index], answer, f"refusal {deed} {index}")


PLAIN = [arithmetic, comparison, syllogism, capitals, colours, opposites, counting, copying, yes_or_no, refusal]


def formats(r: random.Random) -> Sample:
    """A question of another family whose answer must have a form."""
    inner = r.choice([arithmetic, capitals, colours, opposites, comparison, yes_or_no])(r)
    form, answer = r.choice([
        ("Answer as JSON with the key answer.", '{"answer": "%s"}' % inner.answer),
        ("Answer in capital letters.", inner.answer.upper()),
        ("Answer in small letters.", inner.answer.lower()),
        ("End with a full stop.", f"{inner.answer}."),
        ("Put the answer in quotes.", f'"{inner.answer}"'),
        ("Begin with the word Answer.", f"Answer: {inner.answer}"),
    ])
    question = f"{inner.question} {form}" if r.random() < 0.7 else f"{form} {inner.question}"
    return Sample("format", question, answer, f"format {form} {inner.key}")


LOGIC = 'Reason step by step if it helps. End with one line "Answer: ..." that holds nothing but the final answer.'
WRAPPERS = [
    ("{q}\n\n" + LOGIC, "Answer: {a}"), ("{q}\n\nAnswer in a few words.", "{a}"), ("{q} Answer in one word.", "{a}"),
    ("{q} Answer with the number alone.", "{a}"), ("{q} Answer yes or no.", "{a}"), ("Question: {q}", "{a}"),
    ("Please answer: {q}", "{a}"),
]


def wrap(sample: Sample, r: random.Random) -> Sample:
    """The prompts that probes put around a question."""
    if sample.family in ("format", "copying", "refusal") or r.random() < 0.55:
        return sample
    question, answer = r.choice(WRAPPERS)
    if "number" in question and not sample.answer.isdigit():
        return sample
    if "yes or no" in question and sample.answer not in ("yes", "no"):
        return sample
    return Sample(sample.family, question.replace("{q}", sample.question), answer.replace("{a}", sample.answer), sample.key)


def held_out(key: str) -> bool:
    """One key in twelve, whatever the order in which they are drawn."""
    return hashlib.sha256(key.encode()).digest()[0] < 256 // 12


def draw(r: random.Random, want_held_out: bool, wrapped: bool = True) -> Sample:
    weights = [5, 3, 2, 2, 1, 1, 2, 2, 4, 2, 3]
    while True:
        sample = r.choices(PLAIN + [formats], weights)[0](r)
        if held_out(sample.key) == want_held_out:
            return wrap(sample, r) if wrapped else sample


def prompt_of(question: str) -> str:
    """The chat template, in Python: the file's Jinja template says the same."""
    return f"Q: {question}\nA:\n"
