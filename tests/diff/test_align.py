"""Pairs: by name and call, in order, with nothing left out."""

import numpy as np
import pytest

from refnn.diff.align import align
from refnn.diff.record import Entry, Key


def entries(text):
    """ "a b0 c1" is one entry each: a letter for the name, a digit for the call."""
    return [Entry(Key(0, "output", word[0], int(word[1:] or 0), ""), np.ones(1)) for word in text.split()]


def shown(pairs):
    def word(e):
        return "-" if e is None else e.key.name + (str(e.key.call) if e.key.call else "")

    return " ".join(f"{word(a)}{word(b)}" for a, b in pairs)


@pytest.mark.parametrize(
    "expected, actual, pairs",
    [
        ("a b c", "a b c", "aa bb cc"),
        ("a b c", "c a b", "aa bb cc"),
        ("a a1 a2", "a a1 a2", "aa a1a1 a2a2"),
        ("a a1", "a", "aa a1-"),
        ("a", "a a1", "aa -a1"),
        ("a c", "a b c", "aa -b cc"),
        ("a c", "x a c y", "-x aa cc -y"),
        ("a b c", "a c", "aa b- cc"),
        ("a b", "c d", "-c -d a- b-"),
        ("", "a", "-a"),
        ("a", "", "a-"),
        ("", "", ""),
    ],
)
def test_pairs(expected, actual, pairs):
    assert shown(align(entries(expected), entries(actual))) == pairs


@pytest.mark.parametrize("expected, actual", [("a a", "a"), ("a", "a a")])
def test_two_of_one_key(expected, actual):
    with pytest.raises(ValueError, match="same key"):
        align(entries(expected), entries(actual))
