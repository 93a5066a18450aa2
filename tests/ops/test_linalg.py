"""Products of empty, half-precision and strided arrays."""

import numpy as np
import pytest

from refnn.ops import linalg as ops

source = np.random.default_rng(0)


@pytest.mark.parametrize("shapes", [((0, 3), (3, 2)), ((2, 0), (0, 2)), ((2, 3), (3, 0))])
def test_empty_products(shapes):
    x, y = (np.ones(s) for s in shapes)
    result = ops.mm(x, y)
    assert result.shape == (x.shape[0], y.shape[1])
    assert not result.any()


def test_an_empty_batch_adds_nothing():
    bias = source.standard_normal((3, 2))
    result = ops.addbmm(bias, np.ones((0, 3, 4)), np.ones((0, 4, 2)), beta=2, alpha=5)
    np.testing.assert_array_equal(result, 2 * bias)


def test_half_precision_is_summed_in_float32():
    x = np.full((1, 4000), 0.1, np.float16)
    result = ops.mm(x, x.T)
    assert result.dtype == np.float16
    np.testing.assert_allclose(result, 4000 * float(np.float16(0.1)) ** 2, rtol=1e-3)


@pytest.mark.parametrize("arrange", [np.transpose, lambda x: x[::-1, ::-1], lambda x: np.repeat(x, 2, 1)[:, ::2]])
def test_strides_do_not_matter(arrange):
    x = source.standard_normal((4, 4))
    np.testing.assert_allclose(ops.mm(arrange(x), x), arrange(x).copy() @ x, rtol=1e-13)


@pytest.mark.parametrize("dim", [0, 1])
def test_cross_is_orthogonal(dim):
    x, y = source.standard_normal((2, 3, 3))
    z = ops.cross(x, y, dim=dim)
    np.testing.assert_allclose((z * x).sum(dim), 0, atol=1e-14)
    np.testing.assert_allclose((z * y).sum(dim), 0, atol=1e-14)
    area = (x * x).sum(dim) * (y * y).sum(dim) - (x * y).sum(dim) ** 2
    np.testing.assert_allclose((z * z).sum(dim), area, rtol=1e-12)
