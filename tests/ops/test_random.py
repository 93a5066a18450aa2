"""The draws against naive loops over the words of the stream, and their float64 arithmetic against exact sums."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pytest

from refnn.ops import _libm
from refnn.ops import random as draws
from refnn.ops._box_muller import box_muller_float32, box_muller_float64, box_muller_serial
from refnn.ops._mersenne import STATE_BYTES, MersenneTwister


def words_of(seed, n):
    """The first n words, one by one, from NumPy's generator of the same name."""
    source = np.random.RandomState(seed & 0xFFFFFFFF)
    return [int(source.randint(0, 2**32, dtype=np.uint32)) for _ in range(n)]


# The stream


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32 + 5, -1])
def test_words_in_pieces_are_the_words_of_the_stream(seed):
    rng = np.random.default_rng(0)
    expected, stream, at = words_of(seed, 9000), MersenneTwister(seed), 0
    while at < 7000:
        n = int(rng.choice([0, 1, 2, 5, 311, 623, 624, 625, 1300]))
        kind = rng.integers(4)
        if kind == 0:
            assert stream.words(n).tolist() == expected[at : at + n]
            at += n
        elif kind == 1:
            m = n // 2
            got = [v for q in stream.pairs(m).tolist() for v in (q >> 32, q & 0xFFFFFFFF)]
            assert got == expected[at : at + 2 * m]
            at += 2 * m
        elif kind == 2:
            assert stream.word() == expected[at]
            at += 1
        else:
            assert stream.pair() == expected[at] << 32 | expected[at + 1]
            at += 2


def test_words_may_be_overwritten():
    stream, twin = MersenneTwister(3), MersenneTwister(3)
    for _ in range(3):
        stream.words(100)[:] = 0
        stream.pairs(100)[:] = 0
        twin.words(300)
    assert stream.words(700).tolist() == twin.words(700).tolist()


@pytest.mark.parametrize("taken", [0, 1, 2, 311, 623, 624, 625, 1248, 1249])
def test_a_state_continues_where_it_was_saved(taken):
    stream = MersenneTwister(11)
    stream.words(taken)
    stream.cached_normal = 0.25
    saved = stream.state_bytes().tobytes()
    assert len(saved) == STATE_BYTES
    other = MersenneTwister(12)
    other.load_state_bytes(saved)
    assert other.state_bytes().tobytes() == saved
    assert other.cached_normal == 0.25
    assert other.words(2000).tolist() == stream.words(2000).tolist()


def test_states_of_the_block_at_hand_and_of_others():
    rng = np.random.default_rng(0)
    stream, twin, saved = MersenneTwister(7), MersenneTwister(7), []
    for _ in range(400):
        kind = rng.integers(3)
        if kind == 0 or not saved:
            saved.append((stream.state_bytes().tobytes(), twin.state_bytes().tobytes()))
            assert saved[-1][0] == saved[-1][1]
        elif kind == 1:
            a, b = saved[rng.integers(len(saved))]
            stream.load_state_bytes(a)
            twin = MersenneTwister(0)  # one that knows no block
            twin.load_state_bytes(b)
        n = int(rng.choice([0, 1, 3, 100, 624, 1000]))
        assert stream.words(n).tolist() == twin.words(n).tolist()


@pytest.mark.parametrize("at, value", [(8, 0), (8, 626), (12, 0), (16, 625), (16, 3)])
def test_a_state_that_cannot_be_is_refused(at, value):
    stream = MersenneTwister(0)
    stream.words(5)
    raw = stream.state_bytes()
    raw[8:12] = np.frombuffer(np.int32(624).tobytes(), np.uint8)
    raw[at : at + 4] = np.frombuffer(np.int32(value).tobytes(), np.uint8)
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        stream.load_state_bytes(raw.tobytes())
    with pytest.raises(RuntimeError, match="size 5056 but found the input RNG state size to be 5"):
        stream.load_state_bytes(b"short")


# Float64 to the last bit

NUMBERS = [0.1, -0.1, 1.0, -3.0, 1e-5, 1e5, 1.5e-300, 3e307, 1e-310, 0.7071067811865476, 1.5]


@pytest.mark.parametrize("y", NUMBERS)
@pytest.mark.parametrize("z", [0.0, 0.3, -0.3, 1.0, 1e-9, -1e9, 7e-301, 1e307])
def test_fma_rounds_once(y, z):
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.random(200), rng.standard_normal(200), [0.0, 1.0, 2.0**-53]])
    exact = [Fraction(v) * Fraction(y) + Fraction(z) for v in x.tolist()]
    assert _libm.fma(x, y, z).tolist() == [float(e) for e in exact]


def test_fma_overflows_to_infinity():
    assert _libm.fma(np.array([-9.0, 9.0]), 1.7e308, 1e300).tolist() == [-math.inf, math.inf]


FUNCTIONS = [
    ("log", math.log, 0.0, 1.0),
    ("log1p", math.log1p, -1.0, 0.0),
    ("exp", math.exp, -30.0, 30.0),
    ("sin", math.sin, 0.0, 6.3),
    ("cos", math.cos, 0.0, 6.3),
    ("tan", math.tan, -1.57, 1.57),
]


@pytest.mark.parametrize("name, scalar, low, high", FUNCTIONS)
@pytest.mark.parametrize("n", [0, 1, 7, 8, 1001])
def test_c_functions(name, scalar, low, high, n):
    function = getattr(_libm, name)
    x = np.random.default_rng(n).uniform(low, high, n)
    assert function(x).tolist() == [scalar(v) for v in x.tolist()]


def test_c_functions_fall_back_to_math():
    fallback = _libm.CFunction(np.log, math.log, 0.0, 1.0)
    fallback._is_strided_exact = False
    assert fallback(np.array([0.0, 0.5, -1.0])).tolist()[:2] == [-math.inf, math.log(0.5)]
    assert math.isnan(fallback(np.array([-1.0]))[0])


def test_a_function_that_is_not_exact_is_noticed():
    scalar = lambda v: math.log(v) * (1 + 2e-16)  # noqa: E731
    wrong = _libm.CFunction(np.log, scalar, 0.0, 1.0)
    with pytest.warns(RuntimeWarning, match="NumPy's log is not the C library's on this machine"):
        got = wrong(np.array([0.5]))
    assert wrong._is_strided_exact is False
    assert got.tolist() == [scalar(0.5)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # the warning is given once
        wrong(np.array([0.5]))


def _unchecked(monkeypatch):
    """Every check of a trick yet to be made, and bound to fail."""
    monkeypatch.setattr(_libm.CFunction, "_strided", lambda self, x: x + 1)
    monkeypatch.setattr(_libm, "_fast_fma", lambda x, y, z: x * y + z)
    _libm._rounds_once.cache_clear()
    for name in ("log", "log1p", "exp", "sin", "cos", "tan"):
        old = getattr(_libm, name)
        monkeypatch.setattr(_libm, name, _libm.CFunction(old._ufunc, old._scalar, *old._sample))


FALLBACKS = {
    "exponential": lambda s: draws.exponential(40, np.dtype("f8"), s, 0.3),
    "geometric": lambda s: draws.geometric(40, np.dtype("f8"), s, 0.3),
    "cauchy": lambda s: draws.cauchy(40, np.dtype("f8"), s, 0.3, 0.7),
    "log_normal": lambda s: draws.log_normal(41, np.dtype("f8"), s, 0.3, 0.7),
    "normal": lambda s: draws.normal(41, np.dtype("f8"), s, 0.3, 0.7),
    "uniform": lambda s: draws.uniform(41, np.dtype("f8"), s, -0.3, 0.8),
}


@pytest.mark.parametrize("name", FALLBACKS)
def test_where_a_trick_does_not_hold_the_numbers_are_the_same_and_a_warning_says_so(name, monkeypatch):
    expected = FALLBACKS[name](MersenneTwister(5))
    _unchecked(monkeypatch)
    try:
        with pytest.warns(RuntimeWarning, match="on this machine. Random numbers are computed one by one"):
            got = FALLBACKS[name](MersenneTwister(5))
    finally:
        _libm._rounds_once.cache_clear()
    assert got.tolist() == expected.tolist()


# Box–Muller


@pytest.mark.parametrize(
    "transform, dtype, tolerance", [(box_muller_float32, "f4", 2e-6), (box_muller_float64, "f8", 0)]
)
def test_box_muller_in_chunks(transform, dtype, tolerance):
    u = np.random.default_rng(0).integers(0, 2**24, (600, 16)) / 2.0**24
    u[0, 0], u[0, 8], u[1, 0], u[1, 8] = 0.0, 0.0, 1 - 2.0**-24, 0.75
    out = u.astype(dtype)
    transform(out, 0.0, 1.0)
    for (i, j), first in np.ndenumerate(u[:, :8]):
        radius, theta = math.sqrt(-2 * math.log(1 - first)), 2 * math.pi * u[i, j + 8]
        assert out[i, j] == pytest.approx(radius * math.cos(theta), rel=tolerance, abs=tolerance * 4)
        assert out[i, j + 8] == pytest.approx(radius * math.sin(theta), rel=tolerance, abs=tolerance * 4)


def test_box_muller_serial():
    u = np.random.default_rng(0).random(40000)
    out = box_muller_serial(u)
    for k in range(0, len(u), 2):
        radius, theta = math.sqrt(-2.0 * math.log1p(-u[k + 1])), 2 * math.pi * u[k]
        assert out[k] == radius * math.cos(theta)
        assert out[k + 1] == radius * math.sin(theta)


@pytest.mark.parametrize("n", [16, 17, 31, 32, 40])
@pytest.mark.parametrize("dtype, taken", [("f4", 1), ("f8", 2)])
def test_words_that_long_normals_take(n, dtype, taken):
    stream, twin = MersenneTwister(0), MersenneTwister(0)
    draws.normal(n, np.dtype(dtype), stream)
    twin.words(taken * (n if n % 16 == 0 else n + 16))
    assert stream.word() == twin.word()


def test_serial_normals_keep_the_second_of_a_pair():
    stream, twin = MersenneTwister(0), MersenneTwister(0)
    pieces = [draws.normal(n, np.dtype("f8"), stream, serial=True) for n in (1, 3, 2, 0, 7)]
    assert np.concatenate(pieces).tolist() == draws.normal(13, np.dtype("f8"), twin, serial=True).tolist()
    assert stream.cached_normal == twin.cached_normal is not None
    stream.reseed(0)
    assert stream.cached_normal is None


def test_serial_normals_are_the_same_one_by_one_and_all_at_once():
    stream, twin = MersenneTwister(0), MersenneTwister(0)
    pieces = [draws.normal(n, np.dtype("f8"), stream, 1.5, 0.3, serial=True) for n in (15, 1, 16, 9001, 2)]
    assert np.concatenate(pieces).tolist() == draws.normal(9035, np.dtype("f8"), twin, 1.5, 0.3, serial=True).tolist()


class LastNumbers:
    """A stream of ones: each uniform is the last below 1."""

    def words(self, n):
        return np.full(n, 2**32 - 1, np.uint32)

    def pairs(self, n):
        return np.full(n, 2**64 - 1, np.uint64)

    def word(self):
        return 2**32 - 1

    def pair(self):
        return 2**64 - 1


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("n", [1, 2, 9000])
def test_a_uniform_number_that_rounds_to_the_end_is_the_beginning(dtype, n):
    got = draws.uniform(n, np.dtype(dtype), LastNumbers(), 2.0, 3.0)
    assert (got == 2).all()
    got = draws.uniform(n, np.dtype(dtype), LastNumbers())
    assert (got == 0).all() if dtype == "f2" else ((got > 0.9999999) & (got < 1)).all()


# Integers


@pytest.mark.parametrize("low, high", [(0, 10), (-5, 3), (0, 1 << 27), (7, 7 + (1 << 28) - 1), (-100, 2**20 + 1)])
@pytest.mark.parametrize("n", [20, 700])
def test_narrow_integers_take_a_word_each(low, high, n):
    got = draws.integers(n, np.dtype("i8"), MersenneTwister(1), low, high).tolist()
    assert got == [low + w % (high - low) for w in words_of(1, n)]


@pytest.mark.parametrize("low, high", [(0, 1 << 28), (-(2**63), 2**63 - 1), (-9, 2**40)])
@pytest.mark.parametrize("n", [20, 350])
def test_wide_integers_take_two(low, high, n):
    got = draws.integers(n, np.dtype("i8"), MersenneTwister(1), low, high).tolist()
    words = words_of(1, 2 * n)
    pairs = [a << 32 | b for a, b in zip(words[::2], words[1::2], strict=True)]
    assert got == [low + q % (high - low) for q in pairs]


# Probabilities


@pytest.mark.parametrize("p", [0.0, 1.0, 0.5, 0.3, 2.0**-53, 1 - 2.0**-53])
def test_bernoulli_compares_53_bits(p):
    words = words_of(2, 1000)
    u = [((a << 32 | b) & (2**53 - 1)) * 2.0**-53 for a, b in zip(words[::2], words[1::2], strict=True)]
    assert draws.bernoulli(500, p, MersenneTwister(2)).tolist() == [v < p for v in u]


def test_multinomial_inverts_the_cumulative_distribution():
    p = np.array([[0.0, 1.0, 0.0, 3.0]])
    got = draws.multinomial(p, 400, MersenneTwister(0), replacement=True)
    u = draws.uniform(400, np.dtype("f8"), MersenneTwister(0))
    assert got.tolist() == [[1 if v <= 0.25 else 3 for v in u]]


def test_multinomial_without_replacement_repeats_nothing():
    got = draws.multinomial(np.ones((50, 9), np.float32), 9, MersenneTwister(0), replacement=False)
    assert (np.sort(got, axis=1) == np.arange(9)).all()
    assert len({tuple(row) for row in got.tolist()}) > 40
