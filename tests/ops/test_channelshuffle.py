"""Channel shuffle: against the index of each channel, and undone by the groups the other way round."""

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F


@pytest.mark.parametrize("channels, groups", [(1, 1), (6, 1), (6, 2), (6, 3), (6, 6), (12, 4)])
@pytest.mark.parametrize("size", [(5,), (2, 3), (2, 1, 3)])
def test_where_each_channel_goes(channels, groups, size):
    x = refnn.randn(2, channels, *size)
    y = F.channel_shuffle(x, groups)
    each = channels // groups
    for group in range(groups):
        for k in range(each):
            assert refnn.equal(y[:, k * groups + group], x[:, group * each + k])
    assert refnn.equal(F.channel_shuffle(y, each), x)


def test_channels_last_stays():
    x = refnn.randn(2, 6, 3, 4).contiguous(memory_format=refnn.channels_last)
    y = F.channel_shuffle(x, 3)
    assert y.is_contiguous(memory_format=refnn.channels_last)
    assert refnn.equal(y, F.channel_shuffle(x.contiguous(), 3))


def test_derivatives():
    x = refnn.randn(2, 6, 3, dtype=refnn.float64, requires_grad=True)
    assert refnn.autograd.gradcheck(lambda t: F.channel_shuffle(t, 2), (x,))
    y = F.native_channel_shuffle(x, 2)
    np.testing.assert_array_equal(y.detach(), F.channel_shuffle(x, 2).detach())
    with pytest.raises(RuntimeError, match="derivative for aten::native_channel_shuffle is not implemented"):
        y.sum().backward()


@pytest.mark.parametrize(
    "shape, groups, text",
    [((2, 4), 2, "with > 2 dims"), ((1, 4, 2), 3, "divisible by groups. Got 4"), ((1, 4, 2), 0, "must be positive")],
)
def test_wrong_calls(shape, groups, text):
    with pytest.raises(RuntimeError, match=text):
        F.channel_shuffle(refnn.ones(shape), groups)
