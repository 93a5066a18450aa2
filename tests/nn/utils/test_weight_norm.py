"""The hook weight_norm, and norms over all dimensions but one, against sums by hand."""

import numpy as np
import pytest

import refnn
from refnn import nn
from refnn.nn.utils import remove_weight_norm, weight_norm

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated in favor of")


def by_hand(x, dim):
    moved = np.moveaxis(x, dim, 0)
    values = [np.sqrt(sum(v * v for v in part.ravel())) for part in moved]
    return np.array(values).reshape([-1 if d == dim else 1 for d in range(x.ndim)])


@pytest.mark.parametrize("dim", [0, 1, 2])
def test_norm_except_dim(dim):
    x = np.random.RandomState(0).randn(2, 3, 4)
    np.testing.assert_allclose(refnn.norm_except_dim(refnn.from_numpy(x), 2, dim).numpy(), by_hand(x, dim))


@pytest.mark.parametrize("dim", [0, 1, 2, None])
def test_a_layer_is_unchanged_and_its_length_is_g(dim):
    layer, x = nn.Conv1d(2, 3, 2), refnn.randn(1, 2, 4)
    expected = layer(x)
    weight_norm(layer, dim=dim)
    assert refnn.allclose(layer(x), expected, atol=1e-6)
    with refnn.no_grad():
        layer.weight_g.mul_(2)
    assert refnn.allclose(layer(x) - layer.bias[:, None], 2 * (expected - layer.bias[:, None]), atol=1e-6)
    remove_weight_norm(layer)
    assert sorted(layer.state_dict()) == ["bias", "weight"]
    assert refnn.allclose(layer(x) - layer.bias[:, None], 2 * (expected - layer.bias[:, None]), atol=1e-6)


def test_twice_is_refused():
    layer = weight_norm(nn.Linear(2, 2))
    with pytest.raises(RuntimeError, match="Cannot register two weight_norm hooks"):
        weight_norm(layer)
