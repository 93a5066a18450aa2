"""Products against naive loops; shapes and dtypes that are refused."""

import itertools

import numpy as np
import pytest

import refnn

source = np.random.default_rng(0)


def array(*shape, kind=float):
    x = source.integers(-4, 5, shape)
    return x + 1j * source.integers(-4, 5, shape) if kind is complex else x.astype(kind)


def naive(subscripts, *arrays):
    """The sum of products over all letters that the result lacks, one element at a time."""
    inputs, output = subscripts.split("->")
    sizes = {c: n for s, a in zip(inputs.split(","), arrays, strict=True) for c, n in zip(s, a.shape, strict=True)}
    letters = sorted(sizes)
    result = np.zeros([sizes[c] for c in output], np.result_type(*arrays))
    for place in itertools.product(*[range(sizes[c]) for c in letters]):
        at = dict(zip(letters, place, strict=True))
        term = 1
        for s, a in zip(inputs.split(","), arrays, strict=True):
            term = term * a[tuple(at[c] for c in s)]
        result[tuple(at[c] for c in output)] += term
    return result


PRODUCTS = [  # function, shapes, as a sum of products
    (refnn.dot, [(4,), (4,)], "i,i->"),
    (refnn.mv, [(2, 3), (3,)], "ij,j->i"),
    (refnn.mm, [(2, 3), (3, 4)], "ij,jk->ik"),
    (refnn.bmm, [(2, 3, 4), (2, 4, 2)], "bij,bjk->bik"),
    (refnn.outer, [(2,), (3,)], "i,j->ij"),
    (refnn.ger, [(2,), (3,)], "i,j->ij"),
    (refnn.inner, [(2, 3), (4, 3)], "ij,kj->ik"),
    (refnn.inner, [(3,), (2, 3)], "j,kj->k"),
    (refnn.tensordot, [(2, 3, 4), (3, 4, 2)], "ijk,jkl->il"),
    (lambda a, b: refnn.tensordot(a, b, 1), [(2, 3), (3, 2)], "ij,jk->ik"),
    (lambda a, b: refnn.tensordot(a, b, 0), [(2,), (3,)], "i,j->ij"),
    (lambda a, b: refnn.tensordot(a, b, ([-1, 0], [1, 2])), [(2, 3), (4, 3, 2)], "ij,kji->k"),
    (refnn.trace, [(3, 3)], "ii->"),
]


@pytest.mark.parametrize("kind", [float, int, complex])
@pytest.mark.parametrize("function, shapes, subscripts", PRODUCTS)
def test_products(function, shapes, subscripts, kind):
    arrays = [array(*shape, kind=kind) for shape in shapes]
    result = function(*map(refnn.from_numpy, arrays)).numpy()
    np.testing.assert_array_equal(result, naive(subscripts, *arrays))


SUMS = [  # function, shape of the sum's other part, shapes, as a sum of products
    (refnn.addmm, (2, 4), [(2, 3), (3, 4)], "ij,jk->ik"),
    (refnn.addmm, (4,), [(2, 3), (3, 4)], "ij,jk->ik"),
    (refnn.baddbmm, (2, 3, 1), [(2, 3, 4), (2, 4, 2)], "bij,bjk->bik"),
    (refnn.addbmm, (3, 2), [(2, 3, 4), (2, 4, 2)], "bij,bjk->ik"),
    (refnn.addmv, (2,), [(2, 3), (3,)], "ij,j->i"),
    (refnn.addmv, (1,), [(2, 3), (3,)], "ij,j->i"),
    (refnn.addr, (1, 3), [(2,), (3,)], "i,j->ij"),
]


@pytest.mark.parametrize("kind", [float, int, complex])
@pytest.mark.parametrize("beta, alpha", [(1, 1), (2, -3), (0, 1), (1, 0)])
@pytest.mark.parametrize("function, bias, shapes, subscripts", SUMS)
def test_sums(function, bias, shapes, subscripts, beta, alpha, kind):
    b, *arrays = [array(*shape, kind=kind) for shape in (bias, *shapes)]
    expected = beta * b + alpha * naive(subscripts, *arrays)
    given = [refnn.from_numpy(a) for a in (b, *arrays)]
    result = function(*given, beta=beta, alpha=alpha)
    assert result.dtype is given[0].dtype
    np.testing.assert_array_equal(result.numpy(), expected)
    if bias == expected.shape:
        assert getattr(given[0], f"{function.__name__}_")(*given[1:], beta=beta, alpha=alpha) is given[0]
        np.testing.assert_array_equal(given[0].numpy(), expected)


@pytest.mark.parametrize("function, bias, shapes, subscripts", SUMS)
def test_beta_of_zero_ignores_nan(function, bias, shapes, subscripts):
    x, y = (refnn.from_numpy(array(*shape)) for shape in shapes)
    assert refnn.isfinite(function(refnn.full(bias, np.nan).double(), x, y, beta=0)).all()


def test_integers_take_whole_weights():
    ones = refnn.ones(2, 2, dtype=refnn.int64)
    assert refnn.addmm(ones, ones, ones, alpha=1.5, beta=2.5).tolist() == [[4, 4], [4, 4]]


def test_vdot_conjugates():
    x, y = array(3, kind=complex), array(3, kind=complex)
    assert refnn.vdot(*map(refnn.from_numpy, (x, y))).item() == sum(
        a.conjugate() * b for a, b in zip(x, y, strict=True)
    )


@pytest.mark.parametrize("a, b", [((2,), (3,)), ((2, 3), (2, 2)), ((2,), (2, 3)), ((), (2,)), ((2, 0), (1, 2))])
def test_kron(a, b):
    x, y = array(*a), array(*b)
    result = refnn.kron(refnn.from_numpy(np.asarray(x)), refnn.from_numpy(np.asarray(y))).numpy()
    wide = [np.reshape(v, (1,) * (max(x.ndim, y.ndim) - v.ndim) + v.shape) for v in (x, y)]
    assert result.shape == tuple(m * n for m, n in zip(wide[0].shape, wide[1].shape, strict=True))
    for place in np.ndindex(result.shape):
        parts = [divmod(p, n) for p, n in zip(place, wide[1].shape, strict=True)]
        assert result[place] == wide[0][tuple(q for q, _ in parts)] * wide[1][tuple(r for _, r in parts)]


def test_cross():
    x, y = refnn.tensor([1.0, 0.0, 0.0]), refnn.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert refnn.cross(x.expand(2, 3), y, 1).tolist() == [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0]]
    with pytest.warns(UserWarning, match="without specifying the dim"):
        assert refnn.cross(x, y[0]).tolist() == [0.0, 0.0, 1.0]


def test_a_length_of_one_contracts_with_any():
    x, y = array(1, 3), array(2, 3)
    result = refnn.tensordot(*map(refnn.from_numpy, (x, y)), ([0], [0])).numpy()
    np.testing.assert_array_equal(result, naive("ij,ik->jk", np.repeat(x, 2, 0), y))


@pytest.mark.parametrize("function, bias, shapes, subscripts", SUMS)
def test_derivatives_of_sums(function, bias, shapes, subscripts):
    inputs = [refnn.from_numpy(source.standard_normal(s)).requires_grad_() for s in (bias, *shapes)]
    assert refnn.autograd.gradcheck(lambda *t: function(*t, beta=0.5, alpha=-2.0), inputs)


o = refnn.ones
REFUSED = [  # function, arguments, error, text
    ("dot", (o(2, 2), o(2)), RuntimeError, "1D tensors expected, but got 2D and 1D"),
    ("dot", (o(2), o(2).double()), RuntimeError, "but found Float and Double"),
    ("dot", (o(2), o(3)), RuntimeError, "inconsistent tensor size"),
    ("trace", (o(2, 2, 2),), RuntimeError, "expected a matrix, but got tensor with dim 3"),
    ("outer", (o(2, 2), o(2)), RuntimeError, "Expected 1-D argument self, but got 2-D"),
    ("inner", (o(2), o(3)), RuntimeError, "got shapes .2. and .3."),
    ("tensordot", (o(2, 3), o(4, 3), 1), RuntimeError, "first has size 3 in dim -1 and second has size 4 in dim 0"),
    ("tensordot", (o(2, 3), o(4, 3), -1), RuntimeError, "dims >= 0, but got dims=-1"),
    ("tensordot", (o(2), o(2).double(), 1), RuntimeError, "same dtype"),
    ("addmm", (o(2, 3), o(2, 2), o(3, 3)), RuntimeError, "shapes cannot be multiplied .2x2 and 3x3."),
    (
        "addmm",
        (o(5, 3), o(2, 2), o(2, 3)),
        RuntimeError,
        "expanded size of the tensor .2. must match the existing size",
    ),
    ("addmm", (o(2, 3).double(), o(2, 2), o(2, 3)), RuntimeError, "self and mat2 must have the same dtype"),
    ("addmv", (o(4), o(2, 3), o(3)), RuntimeError, "size mismatch, got input .4., mat .2x3., vec .3."),
    ("addr", (o(1), o(2, 1), o(3)), RuntimeError, "Expected 1-D argument vec1, but got 2-D"),
    ("addbmm", (o(2, 3), o(1, 2, 2), o(1, 3, 3)), RuntimeError, "Incompatible matrix sizes for bmm"),
    ("baddbmm", (o(1, 2, 3), o(1, 2, 2), o(1, 3, 3)), RuntimeError, "first two dimensions of batch2"),
    ("cross", (o(2, 3), o(2, 3), 0), RuntimeError, "must have length 3"),
    ("mm", (o(2), o(2, 2)), RuntimeError, "must be a matrix"),
    ("mv", (1, o(2)), TypeError, "argument 'input' .position 1. must be Tensor, not int"),
]


@pytest.mark.parametrize("name, args, error, text", REFUSED)
def test_refusals(name, args, error, text):
    with pytest.raises(error, match=text):
        getattr(refnn, name)(*args)
