"""AdaptiveLogSoftmaxWithLoss: its probabilities add up, and its three methods agree."""

import numpy as np
import pytest

import refnn
from refnn.nn import AdaptiveLogSoftmaxWithLoss


@pytest.fixture
def layer():
    refnn.manual_seed(1)
    return AdaptiveLogSoftmaxWithLoss(8, 20, [4, 10, 15], div_value=2.0, head_bias=True, dtype=refnn.float64)


def samples(n=12):
    refnn.manual_seed(2)
    return 3 * refnn.randn(n, 8, dtype=refnn.float64)


def test_probabilities_add_up_to_1(layer):
    np.testing.assert_allclose(layer.log_prob(samples()).exp().sum(1).tolist(), 1, rtol=1e-12)


def test_output_is_the_targets_log_probability(layer):
    x, t = samples(20), refnn.arange(20)
    output, loss = layer(x, t)
    expected = layer.log_prob(x).gather(1, t[:, None])[:, 0]
    np.testing.assert_allclose(output.tolist(), expected.tolist(), rtol=1e-12)
    np.testing.assert_allclose(loss.item(), -expected.mean().item(), rtol=1e-12)


@pytest.mark.parametrize("rows", [slice(None), slice(0, 1), slice(0, 0)])
def test_prediction_is_the_most_probable_class(layer, rows):
    x = samples(60)[rows]
    assert layer.predict(x).tolist() == layer.log_prob(x).argmax(1).tolist()


def test_gradients(layer):
    x = samples(20).requires_grad_()
    assert refnn.autograd.gradcheck(lambda x: tuple(layer(x, refnn.arange(20))), [x])


def test_sizes():
    layer = AdaptiveLogSoftmaxWithLoss(16, 100, (10, 50))
    assert layer.cutoffs == [10, 50, 100]
    assert [tuple(p.shape) for p in layer.parameters()] == [(12, 16), (4, 16), (40, 4), (1, 16), (50, 1)]
    layer.reset_parameters()


@pytest.mark.parametrize("cutoffs", [[5, 3], [3, 3], [0, 3], [3, 20], [2.5]])
def test_cutoffs_are_checked(cutoffs):
    with pytest.raises(ValueError, match="sequence of unique, positive integers"):
        AdaptiveLogSoftmaxWithLoss(8, 20, cutoffs)
    with pytest.raises(ValueError, match="length larger than 0"):
        AdaptiveLogSoftmaxWithLoss(8, 20, [])
