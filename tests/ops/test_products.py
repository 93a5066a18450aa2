"""Products and their gradients: zeros, infinities, NaN, nothing, dtypes."""

import math

import numpy as np
import pytest

from refnn import tensor
from refnn.ops import products as ops

INF, NAN = math.inf, math.nan


def gradient(op, x, **meta):
    x = tensor(x, requires_grad=True)
    op(x, **meta).sum().backward()
    return x.grad.numpy()


@pytest.mark.parametrize("x", [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [0.0, 3.0, 0.0], [0.0]])
def test_the_gradient_of_a_product_leaves_one_factor_out(x):
    expected = [math.prod(x[:i] + x[i + 1 :]) for i in range(len(x))]
    np.testing.assert_array_equal(gradient(ops.prod, x, dim=0, keepdim=False), expected)
    np.testing.assert_array_equal(gradient(ops.prod, x, dim=None, keepdim=False), expected)


# What torch gives: of prod, and of the sum of cumprod.
@pytest.mark.parametrize(
    "x, whole, running",
    [
        ([INF, 2.0, 3.0], [NAN, INF, INF], [NAN, INF, INF]),
        ([INF, 0.0, 3.0], [0.0, INF, NAN], [1.0, INF, NAN]),
        ([INF, INF, 2.0], [NAN, NAN, INF], [NAN, NAN, INF]),
        ([NAN, 2.0, 3.0], [NAN, NAN, NAN], [NAN, NAN, NAN]),
        ([NAN, 0.0, 3.0], [0.0, NAN, NAN], [1.0, NAN, NAN]),
        ([0.0, 0.0, NAN], [NAN, NAN, 0.0], [NAN, NAN, 0.0]),
    ],
)
def test_infinities_and_nan(x, whole, running):
    np.testing.assert_array_equal(gradient(ops.prod, x, dim=0, keepdim=False), whole)
    np.testing.assert_array_equal(gradient(ops.prod, x, dim=None, keepdim=False), whole)
    np.testing.assert_array_equal(gradient(ops.cumprod, x, dim=0), running)


def test_nothing():
    assert ops.prod(np.zeros(0), dim=None, keepdim=False) == 1
    assert gradient(ops.prod, [], dim=0, keepdim=False).shape == (0,)


@pytest.mark.parametrize("kind", [np.int32, np.bool_, np.uint8])
def test_kernels_keep_integers(kind):
    assert ops.prod(np.array([1, 0, 1], kind), dim=0, keepdim=False).dtype == kind
