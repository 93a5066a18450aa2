"""Permutations against the swaps made one by one."""

import numpy as np
import pytest

from refnn.ops import permutation as ops
from refnn.ops._mersenne import MersenneTwister
from refnn.ops.random import integers


def words_of(seed, n):
    """The first n words, one by one, from NumPy's generator of the same name."""
    source = np.random.RandomState(seed & 0xFFFFFFFF)
    return [int(source.randint(0, 2**32, dtype=np.uint32)) for _ in range(n)]


def shuffled(n, seed):
    out, words = list(range(n)), words_of(seed, n)
    for i in range(n - 1):
        j = i + words[i] % (n - i)
        out[i], out[j] = out[j], out[i]
    return out


@pytest.mark.parametrize("n", [0, 1, 2, 3, 50, 255, 256, 257, 1000, 5000, 70_000])
def test_permutations(n):
    for seed in range(3):
        assert ops.permutation(n, MersenneTwister(seed)).tolist() == shuffled(n, seed)


@pytest.mark.parametrize("n", [2, 3, 10, 255, 2000, 70_000])
def test_both_ways_to_permute_agree(n):
    for seed in range(5):
        targets = integers(n - 1, np.dtype("i8"), MersenneTwister(seed), 0, n)
        targets = np.maximum(targets, np.arange(n - 1))  # some steps stay where they are
        assert ops._swapped(targets).tolist() == ops._swapped_at_once(targets).tolist()


@pytest.mark.parametrize("n", [1, 2, 1000])
def test_very_long_permutations_are_made_inside_out(n, monkeypatch):
    monkeypatch.setattr(ops, "_LARGE", 1)
    words, expected = words_of(4, 2 * n), []
    for i in range(n):
        j = (words[2 * i] << 32 | words[2 * i + 1]) % (i + 1)
        expected.append(i)
        expected[i], expected[j] = expected[j], expected[i]
    assert ops.permutation(n, MersenneTwister(4)).tolist() == expected
