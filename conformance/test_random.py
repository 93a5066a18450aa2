"""Random streams: the same numbers as torch's CPU generator, bit by bit, and the same state afterwards.

Rows are expressions in `t`, the library, `g`, a seeded generator, and `n`, a size.
"""

import copy
import json
import pickle

import hypothesis.strategies as st
import numpy as np
import pytest
import torch
from hypothesis import given, settings

import refnn
from conformance.random_reference import DRAWS, FILE, SEEDS, SIZES, reference

pytestmark = pytest.mark.filterwarnings("ignore:.*out of bounds")  # of some rows, in both libraries


def bits(tensor):
    plain = tensor.detach().contiguous()
    array = (plain.float() if "bfloat16" in str(plain.dtype) else plain).numpy()
    return str(tensor.dtype), array.shape, array.tobytes()


def state(generator):
    return generator.get_state().numpy().tobytes()


# Where float32 rows say little about a 16-bit dtype that torch computes by itself.
BFLOAT16 = [
    row.replace("float16", "bfloat16").replace(".half()", ".bfloat16()")
    for row in DRAWS
    if ("float16" in row or ".half()" in row) and "65504" not in row
] + [
    "t.rrelu(t.linspace(-2, 1, n).bfloat16(), training=True, generator=g)",
    "t.empty(n, dtype=t.bfloat16).exponential_(generator=g)",
    "t.empty(n, dtype=t.bfloat16).cauchy_(generator=g)",
    "t.empty(n, dtype=t.bfloat16).log_normal_(generator=g)",
    "t.empty(n, dtype=t.bfloat16).geometric_(0.3, generator=g)",
    "t.empty(n, dtype=t.bfloat16).bernoulli_(0.3, generator=g)",
]


def draw(lib, code, generator, n):
    """A row's values. Only a refusal counts as a result beside them: a size that some shape cannot have."""
    try:
        return bits(result := eval(code, {"t": lib, "g": generator, "n": n})), result.stride()
    except (RuntimeError, IndexError) as error:
        return type(error).__name__, str(error)


@pytest.mark.parametrize("row", [*DRAWS, *BFLOAT16])
def test_draws(row):
    code = compile(row, row, "eval")
    for k, n in enumerate(SIZES):
        seed = SEEDS[k % len(SEEDS)]
        ours, theirs = refnn.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)
        for _ in range(2):  # the second call meets a cached normal, and another position in the block
            refnn.manual_seed(seed)
            torch.manual_seed(seed)
            a, b = draw(refnn, code, ours, n), draw(torch, code, theirs, n)
            assert a[0] == b[0], (n, seed)
            assert n < 2 or a[1] == b[1], (n, seed)
            assert n == 0 or isinstance(b[0], tuple), b
            assert state(ours) == state(theirs), (n, seed)
            assert state(refnn.default_generator) == state(torch.default_generator), (n, seed)


ROWS = st.sampled_from([*DRAWS, *BFLOAT16])
MOVES = st.sampled_from(["seed", "save", "restore", "exchange", "clone"])
STEPS = st.lists(st.one_of(st.tuples(ROWS, st.integers(1, 700)), st.tuples(MOVES, st.integers(0, 9))), max_size=30)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seed=st.integers(-(2**63), 2**64 - 1), steps=STEPS)
def test_random_programs(seed, steps):
    """Draws of all kinds from one generator, between which states are saved, restored and exchanged."""
    pair = [refnn.Generator().manual_seed(seed), torch.Generator().manual_seed(seed)]
    refnn.manual_seed(seed)
    torch.manual_seed(seed)
    saved = [g.get_state() for g in pair]
    for what, n in steps:
        if what == "seed":
            pair = [g.manual_seed(seed + n - 9 if seed > 0 else seed + n) for g in pair]
        elif what == "save":
            saved = [g.get_state() for g in pair]
        elif what == "restore":
            for g, s in zip(pair, saved, strict=True):
                g.set_state(s)
        elif what == "exchange":
            ours, theirs = (g.get_state().numpy().copy() for g in pair)
            pair = [refnn.Generator(), torch.Generator()]
            pair[0].set_state(refnn.from_numpy(theirs))
            pair[1].set_state(torch.from_numpy(ours))
        elif what == "clone":
            pair = [g.clone_state() for g in pair]
        else:
            a, b = draw(refnn, what, pair[0], n), draw(torch, what, pair[1], n)
            assert a == b, (what, n)
        assert state(pair[0]) == state(pair[1]), (what, n)
    assert state(refnn.default_generator) == state(torch.default_generator)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_million_normals(dtype):
    refnn.manual_seed(5)
    torch.manual_seed(5)
    a = refnn.randn(1_000_003, dtype=getattr(refnn, dtype))
    assert bits(a) == bits(torch.randn(1_000_003, dtype=getattr(torch, dtype)))
    assert bits(refnn.randperm(300_007)) == bits(torch.randperm(300_007))


def test_the_stored_reference_is_what_torch_draws():
    """The streams were stored on one processor. Another may round otherwise: then this is what to be told first."""
    stored, drawn = json.loads(FILE.read_text()), reference()
    assert list(stored) == list(drawn), "rows were changed: python -m conformance.random_reference"
    other = [row for row in drawn if drawn[row] != stored[row]]
    if other:
        shown = "\n".join(f"  {row}" for row in other)
        pytest.fail(
            f"torch {torch.__version__} on this processor ({torch.backends.cpu.get_cpu_capability()}) draws other "
            f"numbers than those that refnn reproduces, in {len(other)} of {len(drawn)} rows:\n{shown}",
            pytrace=False,
        )


def test_permutations_around_the_change_of_method():
    for n in (1, 2, 3, 254, 255, 256, 257, 258, 5000):
        refnn.manual_seed(n)
        torch.manual_seed(n)
        assert refnn.randperm(n).tolist() == torch.randperm(n).tolist()


# Generators


def test_states_are_exchangeable():
    for seed, taken in ((3, 0), (3, 1), (4, 623), (5, 624), (6, 625), (7, 5000)):
        theirs = torch.Generator().manual_seed(seed)
        torch.rand(taken, generator=theirs)
        torch.randn(1, generator=theirs)  # leaves a normal behind
        ours = refnn.Generator()
        ours.set_state(refnn.from_numpy(theirs.get_state().numpy()))
        assert state(ours) == state(theirs)
        assert bits(refnn.randn(700, generator=ours)) == bits(torch.randn(700, generator=theirs))
        back = torch.Generator()
        back.set_state(torch.from_numpy(ours.get_state().numpy().copy()))
        assert bits(torch.rand(9, generator=back)) == bits(torch.rand(9, generator=theirs))


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))])
def test_a_copied_generator_goes_on_from_the_same_place(duplicate):
    for t in (refnn, torch):
        g = t.Generator().manual_seed(1)
        t.randn(5, generator=g)
        twin = duplicate(g)
        assert twin is not g
        assert state(twin) == state(g)
        assert bits(t.randn(3, generator=twin)) == bits(t.randn(3, generator=g))


def test_fork_rng_and_seeds():
    def run(t):
        t.manual_seed(7)
        seen = [t.randn(3).tolist(), t.initial_seed()]
        with t.random.fork_rng():
            t.manual_seed(8)
            seen.append(t.rand(5).tolist())
        seen += [t.randn(3).tolist(), t.initial_seed(), t.default_generator.initial_seed()]
        saved = t.get_rng_state()
        seen.append(t.rand(4).tolist())
        t.set_rng_state(saved)
        seen += [t.rand(4).tolist(), t.manual_seed("9") is t.default_generator, t.initial_seed()]
        return seen

    assert run(refnn) == run(torch)


def test_seed_is_random_and_returned():
    assert refnn.seed() == refnn.initial_seed()
    assert refnn.Generator().seed() != refnn.Generator().seed()
    assert refnn.Generator().initial_seed() == torch.Generator().initial_seed()


@pytest.mark.parametrize("row", ["uniform_()", "normal_()", "random_(0, 9)", "bernoulli_(0.5)", "exponential_()"])
def test_no_gradient_passes_a_fill(row):
    def run(t):
        x = t.ones(3, requires_grad=True)
        y = x * 2
        before = y._version
        eval(f"y.{row}", {"y": y})
        (y * 3).sum().backward()
        return x.grad.tolist(), y._version - before

    assert run(refnn) == run(torch) == ([0.0, 0.0, 0.0], 1)


# Where not every bit is torch's, and how near the values are


@pytest.mark.parametrize("dtype, ulps", [("float32", 1), ("float64", 1)])
@pytest.mark.parametrize("tau", [1, 0.3])
def test_gumbel_softmax_is_near(dtype, ulps, tau):
    """The exponentials are torch's; torch's float32 log is another than NumPy's in the last bit of some values.

    A unit in the last place of the noise g is, after the division by tau, a relative change of |g| / tau units of
    softmax: the bound counts units of the largest exponent that occurs.
    """

    def run(t):
        t.manual_seed(11)
        y = t.nn.functional.gumbel_softmax(t.zeros(5000, 6, dtype=getattr(t, dtype)), tau)
        return y.numpy(), t.get_rng_state().numpy().tobytes()

    (ours, at), (theirs, there) = run(refnn), run(torch)
    assert at == there
    largest = 15 / tau  # of |g| / tau: e < 2⁻²⁴ never occurs
    np.testing.assert_allclose(ours, theirs, rtol=ulps * largest * np.finfo(ours.dtype).eps, atol=0)
    assert (ours.argmax(1) == theirs.argmax(1)).all()


@pytest.mark.parametrize("dtype, bound", [("float32", 6e-6), ("float64", 1e-13)])
@pytest.mark.parametrize("shape", [(3, 3), (40, 17), (17, 40), (100, 100), (8, 3, 3)])
def test_orthogonal_is_near(dtype, bound, shape):
    """The draws are torch's; the factorisation is another LAPACK's."""

    def run(t):
        t.manual_seed(3)
        values = t.nn.init.orthogonal_(t.empty(shape, dtype=getattr(t, dtype)), 1.5)
        return values.numpy(), t.get_rng_state().numpy().tobytes()

    (ours, at), (theirs, there) = run(refnn), run(torch)
    assert at == there
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=bound)
