"""What pooling accepts, what it refuses, and the layers over it."""

import pytest

import refnn
from refnn import nn
from refnn.nn import functional as F

X1, X2, X3 = refnn.ones(2, 3, 8), refnn.ones(2, 3, 8, 8), refnn.ones(2, 3, 8, 8, 8)
MAX = [(F.max_pool1d, X1), (F.max_pool2d, X2), (F.max_pool3d, X3)]
AVG = [(F.avg_pool1d, X1), (F.avg_pool2d, X2), (F.avg_pool3d, X3)]
HALF = "pad should be at most half of effective kernel size, but got pad=2, kernel_size=2 and dilation=1"


@pytest.mark.parametrize("pool, x", MAX + AVG)
def test_the_stride_is_the_kernel_unless_given(pool, x):
    rank = x.ndim - 2
    assert tuple(pool(x, 2).shape) == (2, 3) + (4,) * rank
    assert tuple(pool(x, 2, ()).shape) == (2, 3) + (4,) * rank
    assert tuple(pool(x, [2] * rank, 1).shape) == (2, 3) + (7,) * rank
    assert tuple(pool(x[0], refnn.tensor(2)).shape) == (3,) + (4,) * rank


@pytest.mark.parametrize("pool, x", MAX)
def test_return_indices_by_position_and_keyword(pool, x):
    for result in (pool(x, 2, return_indices=True), pool(x, 2, None, 0, 1, False, True)):
        y, index = result
        assert index.dtype == refnn.int64
        assert y.shape == index.shape
        assert not index.requires_grad


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: F.max_pool1d(X1, 2, padding=2), RuntimeError, "max_pool1d\\(\\) padding should be at most half"),
        (lambda: F.max_pool1d(X1, 2, padding=2, return_indices=True), RuntimeError, HALF),
        (lambda: F.max_pool2d(X2, 2, padding=2), RuntimeError, HALF),
        (lambda: F.max_pool3d(X3, 2, padding=2), RuntimeError, HALF),
        (lambda: F.avg_pool2d(X2, 2, padding=2), RuntimeError, HALF),
        (lambda: F.max_pool2d(X2, 2, padding=-1), RuntimeError, "pad must be non-negative, but got pad: -1"),
        (lambda: F.max_pool2d(X2, 0), RuntimeError, "stride should not be zero"),
        (lambda: F.max_pool2d(X2, (2, -1)), RuntimeError, "greater than zero, but got kH: 2 kW: -1"),
        (lambda: F.max_pool3d(X3, 2, dilation=0), RuntimeError, "dilationT: 0 dilationH: 0 dilationW: 0"),
        (lambda: F.max_pool2d(X2, 9), RuntimeError, r"\(3x8x8\). Calculated output size: \(3x0x0\)"),
        (lambda: F.avg_pool1d(X1, 9), RuntimeError, r"\(3x1x8\). Calculated output size: \(3x1x0\)"),
        (lambda: F.avg_pool3d(X3, 9), RuntimeError, r"input image \(T: 8 H: 8 W: 8\) smaller than kernel size"),
        (lambda: F.max_pool2d(X1[0], 2), RuntimeError, "non-empty 3D or 4D"),
        (lambda: F.avg_pool2d(X1[0], 2), IndexError, r"expected to be in range of \[-2, 1\], but got -3"),
        (lambda: F.max_pool2d(X2[:, :0], 2), RuntimeError, r"but got:\[2, 0, 8, 8\]"),
        (lambda: F.max_pool3d(X3[:, :0], 2), RuntimeError, "non-batch dimension 0 has length zero"),
        (lambda: F.max_pool2d(X2, (2, 2, 2)), RuntimeError, "kernel_size must either be a single int"),
        (lambda: F.avg_pool1d(X1, (2, 2)), RuntimeError, r"'kernel_size' should contain one int \(got 2\)"),
        (lambda: F.avg_pool2d(X2, 2, divisor_override=0), RuntimeError, "divisor must be not zero"),
        (lambda: F.max_pool2d(X2, 2.0), TypeError, "must be tuple of ints, not float"),
        (lambda: F.max_pool2d(X2, True), TypeError, "must be tuple of ints, not bool"),
        (lambda: F.max_pool2d(X2, (2, 2.0)), TypeError, "failed to unpack the object at pos 2"),
        (lambda: F.max_pool2d(X2, 2, ceil_mode=1), TypeError, "'ceil_mode' \\(position 6\\) must be bool, not int"),
        (lambda: F.max_pool2d([1], 2), TypeError, "argument 'input' \\(position 1\\) must be Tensor, not list"),
        (lambda: F.max_pool1d(X1.long(), 2), NotImplementedError, "\"max_pool1d_impl\" not implemented for 'Long'"),
        (lambda: F.max_pool2d(X2 > 0, 2), NotImplementedError, "\"max_pool2d\" not implemented for 'Bool'"),
        (lambda: F.avg_pool2d(X2.int(), 2), NotImplementedError, "\"avg_pool2d\" not implemented for 'Int'"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize(
    "layer, text, x",
    [
        (nn.MaxPool1d(3, 2, 1), "kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False", X1),
        (nn.MaxPool2d((3, 2)), "kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, ceil_mode=False", X2),
        (nn.MaxPool3d(2, ceil_mode=True), "kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=True", X3),
        (nn.AvgPool1d(2, 1), "kernel_size=(2,), stride=(1,), padding=(0,)", X1),
        (nn.AvgPool2d(3, 2, 1, divisor_override=2), "kernel_size=3, stride=2, padding=1", X2),
        (nn.AvgPool3d((1, 2, 2)), "kernel_size=(1, 2, 2), stride=(1, 2, 2), padding=0", X3),
    ],
)
def test_layers_are_their_functions(layer, text, x):
    name = type(layer).__name__
    assert repr(layer) == f"{name}({text})"
    function = getattr(F, name.replace("MaxPool", "max_pool").replace("AvgPool", "avg_pool"))
    options = {k: v for k, v in vars(layer).items() if k in ("divisor_override", "ceil_mode")}
    expected = function(x, layer.kernel_size, layer.stride, layer.padding, **options)
    assert layer(x).tolist() == expected.tolist()
    assert list(layer.state_dict()) == []


def test_return_indices_of_a_layer():
    y, index = nn.MaxPool2d(2, return_indices=True)(refnn.arange(16.0).reshape(1, 4, 4))
    assert y.tolist() == [[[5, 7], [13, 15]]]
    assert index.tolist() == [[[5, 7], [13, 15]]]


POOLS = {
    "max_pool1d": lambda x: F.max_pool1d(x[0], 2),
    "max_pool2d": lambda x: F.max_pool2d(x, 2),
    "max_pool2d_with_indices": lambda x: F.max_pool2d(x, 2, return_indices=True)[0],
    "adaptive_max_pool2d": lambda x: F.adaptive_max_pool2d(x, 2),
    "avg_pool2d": lambda x: F.avg_pool2d(x, 2),
}


@pytest.mark.parametrize("name", POOLS)
def test_a_result_may_be_written_to_before_the_gradient_is_taken(name):
    x = refnn.randn(1, 2, 4, 4, requires_grad=True)
    POOLS[name](x).mul(3).sum().backward()
    expected = x.grad
    x.grad = None
    POOLS[name](x).mul_(3).sum().backward()
    assert refnn.equal(x.grad, expected)
