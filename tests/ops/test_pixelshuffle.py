"""Pixel shuffle: against the index of each pixel, and undone by its inverse."""

import itertools

import pytest

import refnn
from refnn.nn import functional as F


@pytest.mark.parametrize("r", [1, 2, 3])
@pytest.mark.parametrize("batch", [(), (2,), (2, 3)])
def test_where_each_pixel_goes(batch, r):
    x = refnn.randn(*batch, 2 * r * r, 3, 2)
    y = F.pixel_shuffle(x, r)
    assert y.shape == (*batch, 2, 3 * r, 2 * r)
    for c, h, w, i, j in itertools.product(range(2), range(3), range(2), range(r), range(r)):
        assert refnn.equal(y[..., c, h * r + i, w * r + j], x[..., c * r * r + i * r + j, h, w])
    assert refnn.equal(F.pixel_unshuffle(y, r), x)


@pytest.mark.parametrize("function, shape", [(F.pixel_shuffle, (2, 8, 2, 3)), (F.pixel_unshuffle, (2, 2, 4, 6))])
def test_channels_last_and_derivatives(function, shape):
    x = refnn.randn(shape, dtype=refnn.float64).contiguous(memory_format=refnn.channels_last)
    y = function(x, 2)
    assert y.is_contiguous(memory_format=refnn.channels_last)
    assert refnn.equal(y, function(x.contiguous(), 2))
    x = x.contiguous().requires_grad_()
    assert refnn.autograd.gradcheck(lambda t: function(t, 2), (x,))
    assert refnn.autograd.gradgradcheck(lambda t: function(t, 2), (x,))


@pytest.mark.parametrize(
    "function, shape, r, text",
    [
        (F.pixel_shuffle, (4, 2), 2, "at least 3 dimensions"),
        (F.pixel_shuffle, (1, 4, 2, 2), 3, r"input.size\(-3\)=4 is not divisible by 9"),
        (F.pixel_shuffle, (1, 4, 2, 2), 0, "a positive upscale_factor, but got 0"),
        (F.pixel_unshuffle, (1, 3, 2), 2, r"height to be divisible by downscale_factor, but input.size\(-2\)=3"),
        (F.pixel_unshuffle, (1, 2, 3), 2, r"width to be divisible by downscale_factor, but input.size\(-1\)=3"),
    ],
)
def test_wrong_calls(function, shape, r, text):
    with pytest.raises(RuntimeError, match=text):
        function(refnn.ones(shape), r)
