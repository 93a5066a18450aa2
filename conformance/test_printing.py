"""The text of tensors, character for character as torch prints it."""

import numpy as np
import pytest
import torch

import refnn
from refnn import printing

SHAPES = [
    (),
    (0,),
    (1,),
    (7,),
    (0, 3),
    (2, 0, 1),
    (13,),
    (1001,),
    (3, 4),
    (2, 1, 5),
    (1, 2, 3, 4),
    (2, 501),
    (20, 8, 20),
]
DTYPES = ["f2", "f4", "f8", "c8", "c16", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "?"]
OPTIONS = [
    {},
    {"precision": 0},
    {"precision": 7},
    {"threshold": 5},
    {"threshold": 0, "edgeitems": 1},
    {"threshold": 3, "edgeitems": 0},
    {"edgeitems": 0},
    {"edgeitems": 6, "threshold": 20},
    {"linewidth": 1},
    {"linewidth": 30},
    {"linewidth": 200},
    {"sci_mode": True},
    {"sci_mode": False},
    {"profile": "short"},
    {"profile": "full"},
    {"profile": "short", "precision": 3, "sci_mode": True},
]


def reals(rng, n):
    """n doubles of one of the kinds that printing distinguishes."""
    kind = rng.integers(8)
    if kind == 0:
        return rng.normal(size=n)
    if kind == 1:
        return rng.integers(-20, 20, n).astype(float)
    if kind == 2:
        return rng.normal(size=n) * 10.0 ** rng.integers(-40, 40)
    if kind == 3:
        return rng.normal(size=n) * 10.0 ** rng.integers(-5, 5, n)
    if kind == 4:
        return np.round(rng.normal(size=n) * 10.0 ** rng.integers(0, 10))
    if kind == 5:
        return rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, 1e-4, 1e8, 0.5, 1000, 0.1], n)
    if kind == 6:
        return rng.choice([np.nan, np.inf, -np.inf, 0.0, -0.0], n)
    return rng.integers(0, 2**64, n, dtype=np.uint64).view(np.float64)


def values(rng, dtype, shape):
    n = int(np.prod(shape))
    kind = np.dtype(dtype).kind
    if kind == "b":
        flat = rng.random(n) < 0.5
    elif kind in "iu":
        info = np.iinfo(dtype)
        high = info.max if rng.random() < 0.3 else min(100, info.max)
        low = info.min if rng.random() < 0.3 else 0
        flat = rng.integers(low, high, n, dtype=dtype, endpoint=True)
    else:
        with np.errstate(all="ignore"):
            flat = (reals(rng, n) + 1j * reals(rng, n) if kind == "c" else reals(rng, n)).astype(dtype)
    return flat.reshape(shape)


@pytest.fixture
def both_options():
    def choose(options):
        for lib in (torch, refnn):
            lib.set_printoptions(profile="default")
            lib.set_printoptions(**options)

    yield choose
    choose({})


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_values(dtype, options, both_options):
    both_options(options)
    rng = np.random.default_rng(OPTIONS.index(options))
    for shape in SHAPES:
        array = values(rng, dtype, shape)
        ours, theirs = refnn.from_numpy(array), torch.from_numpy(array)
        assert repr(ours) == repr(theirs), array.tolist()
        assert repr(ours.T) == repr(theirs.permute(tuple(range(len(shape)))[::-1]))


@pytest.mark.parametrize("default", ["float16", "float32", "float64"])
def test_the_default_dtype_goes_without_saying(default):
    try:
        for lib in (torch, refnn):
            lib.set_default_dtype(getattr(lib, default))
        for dtype in DTYPES:
            for shape in ((2,), (0,), (0, 2)):
                array = np.ones(shape, dtype)
                assert repr(refnn.from_numpy(array)) == repr(torch.from_numpy(array))
    finally:
        for lib in (torch, refnn):
            lib.set_default_dtype(lib.float32)


TENSORS = """
t.ones(2, requires_grad=True)
t.ones(2, requires_grad=True) + 1
t.ones(2, 3, requires_grad=True).sum()
t.zeros(0, requires_grad=True)
t.linspace(0, 1, 11, requires_grad=True) * 2
t.linspace(0, 1, 12, dtype=t.float64, requires_grad=True).exp()
t.ones(3, requires_grad=True).reshape(3, 1)[0]
t.arange(12.0, requires_grad=True).reshape(3, 4).t()
t.ones(40, dtype=t.float64, requires_grad=True)
t.arange(2000.0, dtype=t.float64, requires_grad=True).sin()
(t.ones(2, requires_grad=True) * 2).detach()
t.nn.Parameter(t.arange(3.0))
t.nn.Parameter(t.zeros(2, 2, dtype=t.float64), requires_grad=False)
t.nn.Parameter(t.zeros(0, 4))
t.Size([2, 3])
t.tensor(3.5)
t.tensor(True)
t.tensor(2 + 3j)
t.tensor([1.0, float("nan")])[1]
[t.ones(1), {"a": t.tensor(1)}]
""".strip().split("\n")


@pytest.mark.parametrize("row", TENSORS)
def test_tensors(row):
    assert repr(eval(row, {"t": refnn})) == repr(eval(row, {"t": torch}))


def test_subclasses():
    def text(t):
        class Length(t.Tensor):
            pass

        class Weight(t.nn.Parameter):
            pass

        plain = t.ones(2)
        marked = plain.as_subclass(Length) if t is torch else Length([1.0, 1.0])
        return repr(marked), repr(Weight(plain))

    assert text(refnn) == text(torch)


def test_str_is_repr():
    x = refnn.ones(2)
    assert str(x) == repr(x) == str(torch.ones(2))


FORMATS = ["", ".2f", "8.3e", "+", ">10", "d"]
FORMATTED = [
    "t.tensor(2.5)",
    "t.tensor(2.5, requires_grad=True)",
    "t.tensor(7)",
    "t.ones(2)",
    "t.nn.Parameter(t.tensor(1.0))",
]


@pytest.mark.parametrize("spec", FORMATS)
@pytest.mark.parametrize("row", FORMATTED)
def test_format(row, spec):
    def outcome(t):
        try:
            return format(eval(row, {"t": t}), spec)
        except (TypeError, ValueError) as error:
            return type(error), str(error)

    assert outcome(refnn) == outcome(torch)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_are_kept(options, both_options):
    from torch._tensor_str import get_printoptions

    both_options(options)
    assert printing.get_printoptions() == get_printoptions()
    both_options({"linewidth": 40})
    assert printing.get_printoptions() == get_printoptions()
