"""Tensors out of nothing: counts, ends and dtypes of sequences; complex numbers and their parts."""

import math

import numpy as np
import pytest

import refnn
from refnn.autograd.base import wrap

S = refnn.tensor

ARANGES = [  # arguments, named arguments, values, dtype
    ((3,), {}, [0, 1, 2], refnn.int64),
    ((2.5,), {}, [0.0, 1.0, 2.0], refnn.float32),
    ((1, 7, 3), {}, [1, 4], refnn.int64),
    ((1, 0, -0.25), {}, [1.0, 0.75, 0.5, 0.25], refnn.float32),
    ((0, 0), {}, [], refnn.int64),
    ((S(1), S(4)), {}, [1, 2, 3], refnn.int64),
    ((0.9, 3.2), {"dtype": refnn.int64}, [0, 1, 2], refnn.int64),
    ((0, 3, 1.5), {"dtype": refnn.int32}, [0, 1], refnn.int32),
    ((True,), {}, [0], refnn.int64),
]


@pytest.mark.parametrize("args, named, values, dtype", ARANGES)
def test_arange(args, named, values, dtype):
    result = refnn.arange(*args, **named)
    assert result.tolist() == values
    assert result.dtype is dtype


SPACES = [  # function, arguments, named arguments, values
    ("linspace", (0, 1, 5), {}, [0.0, 0.25, 0.5, 0.75, 1.0]),
    ("linspace", (0, 1, 1), {}, [0.0]),
    ("linspace", (0, 1, 0), {}, []),
    ("linspace", (1, -1, 3), {}, [1.0, 0.0, -1.0]),
    ("linspace", (S(0.0), S(2.0), 3), {}, [0.0, 1.0, 2.0]),
    ("linspace", (0.9, 4.9, 5), {"dtype": refnn.int64}, [0, 1, 2, 3, 4]),
    ("linspace", (0, 5, 4), {"dtype": refnn.int64}, [0, 1, 3, 5]),
    ("linspace", (0, 1j, 3), {}, [0, 0.5j, 1j]),
    ("logspace", (0, 2, 3), {}, [1.0, 10.0, 100.0]),
    ("logspace", (0, 3, 4, 2), {}, [1.0, 2.0, 4.0, 8.0]),
    ("logspace", (0.9, 2.9, 3), {"dtype": refnn.int64}, [1, 10, 100]),
    ("logspace", (1, 2, 1), {}, [10.0]),
]


@pytest.mark.parametrize("name, args, named, values", SPACES)
def test_spaces(name, args, named, values):
    np.testing.assert_allclose(getattr(refnn, name)(*args, **named).numpy(), values, rtol=1e-6)


def test_linspace_ends_where_it_should():
    for steps in range(2, 200):
        x = refnn.linspace(0.1, 0.7, steps)
        assert (x[0].item(), x[-1].item()) == (np.float32(0.1), np.float32(0.7))


REFUSED = [  # function, arguments, named arguments, error, text
    ("arange", (0, 3, 0), {}, RuntimeError, "step must be nonzero"),
    ("arange", (0, 3, -1), {}, RuntimeError, "inconsistent with step sign"),
    ("arange", (0, math.inf), {}, RuntimeError, "unsupported range: 0 -> inf"),
    ("arange", (0, 9, 0.5), {"dtype": refnn.int64}, ValueError, "step must be nonzero"),
    ("arange", ("a",), {}, TypeError, "argument 'end' .position 1. must be Number, not str"),
    ("arange", (3,), {"dtype": refnn.bool}, NotImplementedError, "\"arange_cpu\" not implemented for 'Bool'"),
    ("linspace", (0, 1, -1), {}, RuntimeError, "number of steps must be non-negative"),
    ("linspace", (0, 1, 2.0), {}, TypeError, "invalid combination of arguments - got .int, int, float."),
    ("linspace", (S([0.0]), 1, 2), {}, RuntimeError, "but got start with 1 dimension"),
    ("logspace", (0, 1, 2.0), {}, TypeError, "got .int, int, float., but"),
    ("eye", (-1,), {}, RuntimeError, "n must be greater or equal to 0, got -1"),
    ("eye", (2, -3), {}, RuntimeError, "m must be greater or equal to 0, got -3"),
    ("eye", (2.5,), {}, TypeError, "argument 'n' .position 1. must be int, not float"),
    ("complex", (S([1.0]), S([1])), {}, RuntimeError, "but got Float and Long"),
    ("complex", (S([1.0]), S([1.0]).double()), {}, RuntimeError, "type Float but got scalar type Double"),
    ("imag", (S([1.0]),), {}, RuntimeError, "non-complex"),
    ("view_as_real", (S([1.0]),), {}, RuntimeError, "only supported for complex tensors"),
    ("view_as_complex", (S([1.0]),), {}, RuntimeError, "last dimension of size 2"),
]


@pytest.mark.parametrize("name, args, named, error, text", REFUSED)
def test_refusals(name, args, named, error, text):
    with pytest.raises(error, match=text):
        getattr(refnn, name)(*args, **named)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
@pytest.mark.parametrize("arrange", [lambda z: z, np.transpose, np.flip], ids=["plain", "transposed", "flipped"])
def test_parts_share_memory(shape, arrange):
    values = np.asarray(np.arange(math.prod(shape)).reshape(shape) * (1 + 2j))
    z = wrap(np.asarray(arrange(values)))  # from_numpy takes no negative strides
    parts = refnn.view_as_real(z)
    assert parts.shape == (*z.shape, 2)
    assert refnn.equal(parts[..., 0], z.real)
    assert refnn.equal(refnn.view_as_complex(parts), z)
    parts.zero_()
    assert not z.numpy().any()


def test_complex():
    z = refnn.complex(S([1.0, 2.0]), S([3.0, -1.0]))
    assert z.tolist() == [1 + 3j, 2 - 1j]
    assert refnn.complex(S([1.0, 2.0]), S(1.0)).tolist() == [1 + 1j, 2 + 1j]


def test_out_decides_the_dtype():
    for out in (refnn.empty(3), refnn.empty(3, dtype=refnn.int32)):
        assert refnn.arange(3, out=out) is out
        assert out.tolist() == [0, 1, 2]
    for make in (refnn.zeros, refnn.ones, lambda n, out: refnn.full((n,), 2.0, out=out)):
        assert make(2, out=refnn.empty(0, dtype=refnn.int64)).dtype is refnn.int64


def test_out_of_another_dtype_than_asked_for():
    with pytest.raises(RuntimeError, match="dtype Float does not match dtype of out parameter"):
        refnn.arange(3, dtype=refnn.float32, out=refnn.empty(3, dtype=refnn.float64))
    with pytest.raises(RuntimeError, match="dtype Float does not match dtype of out parameter"):
        refnn.zeros(3, dtype=refnn.float32, out=refnn.empty(3, dtype=refnn.float64))
