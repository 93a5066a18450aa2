"""conv1d … conv_transpose3d: normal forms of the arguments, and what is refused. Nothing changes on an error."""

import numpy as np
import pytest

import refnn
from refnn.nn import functional as F

X, W = refnn.ones(2, 3, 5, 6), refnn.ones(4, 3, 3, 2)


def same(a, b):
    np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_forms_of_the_same_call():
    y = F.conv2d(X, W, None, (2, 2), (1, 1), (1, 1), 1)
    same(F.conv2d(X, W, stride=2, padding=1), y)
    same(F.conv2d(X, W, stride=[2], padding=[1, 1]), y)
    same(F.conv2d(X, W, stride=np.int64(2), padding=(np.int32(1), 1)), y)
    same(F.conv2d(X, W, stride=refnn.tensor(2), padding=refnn.Size([1, 1])), y)
    same(F.conv2d(input=X, weight=W, stride=2, padding=1, groups=1), y)


def test_named_padding():
    same(F.conv2d(X, W, padding="valid"), F.conv2d(X, W))
    padded = F.pad(X, (0, 1, 1, 1))
    same(F.conv2d(X, W, padding="same"), F.conv2d(padded, W))
    ones = refnn.ones(1, 1, 4)
    y = F.conv1d(ones, refnn.tensor([[[1.0, 10.0]]]), padding="same")
    assert y.tolist() == [[[11, 11, 11, 1]]]


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_without_a_batch(rank):
    x, w = refnn.randn(4, *[5] * rank), refnn.randn(4, 2, *[2] * rank)
    for function in (
        (F.conv1d, F.conv2d, F.conv3d)[rank - 1],
        (
            F.conv_transpose1d,
            F.conv_transpose2d,
            F.conv_transpose3d,
        )[rank - 1],
    ):
        groups = 2
        same(function(x, w, groups=groups), function(x.unsqueeze(0), w, groups=groups)[0])


@pytest.mark.parametrize(
    "stride, padding, output_padding, dilation", [(1, 0, 0, 1), (2, 1, 1, 1), (3, 2, 1, 2), (1, 0, 1, 2)]
)
def test_the_transpose_is_the_gradient(stride, padding, output_padding, dilation):
    y, w = refnn.randn(2, 4, 5, 4, dtype=refnn.float64), refnn.randn(4, 3, 2, 3, dtype=refnn.float64)
    x = F.conv_transpose2d(y, w, None, stride, padding, output_padding, 1, dilation)
    assert x.shape[2] == (5 - 1) * stride - 2 * padding + dilation + output_padding + 1
    image = refnn.randn(*x.shape, dtype=refnn.float64).requires_grad_()
    back = F.conv2d(image, w, None, stride, padding, dilation)[:, :, :5, :4]
    (g,) = refnn.autograd.grad(back, image, y)
    np.testing.assert_allclose(x.numpy(), g.numpy(), atol=1e-12)


FORMS = "Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1"


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: F.conv2d(X[0, 0], W), RuntimeError, "Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [5, 6]"),  # noqa: E501
        (lambda: F.conv2d(X[:, :2], W), RuntimeError, "Given groups=1, weight of size [4, 3, 3, 2], expected input[2, 2, 5, 6] to have 3 channels, but got 2 channels instead"),  # noqa: E501
        (lambda: F.conv2d(X[:, :, :2], W), RuntimeError, "Calculated padded input size per channel: (2 x 6). Kernel size: (3 x 2). Kernel size can't be greater than actual input size"),  # noqa: E501
        (lambda: F.conv2d(X, W, groups=3), RuntimeError, "Given groups=3, expected weight to be divisible by 3 at dimension 0, but got weight of size [[4, 3, 3, 2]] instead"),  # noqa: E501
        (lambda: F.conv2d(X, W, groups=5), RuntimeError, "Given groups=5, expected weight to be at least 5 at dimension 0, but got weight of size [4, 3, 3, 2] instead"),  # noqa: E501
        (lambda: F.conv2d(X, W, groups=0), RuntimeError, "non-positive groups is not supported"),
        (lambda: F.conv2d(X, W, stride=0), RuntimeError, "non-positive stride is not supported"),
        (lambda: F.conv2d(X, W, padding=-1), RuntimeError, "negative padding is not supported"),
        (lambda: F.conv2d(X, W, dilation=-1), RuntimeError, "dilation should be greater than zero"),
        (lambda: F.conv2d(X, W, dilation=0), RuntimeError, "non-positive dilation is not supported"),
        (lambda: F.conv2d(X, W, stride=(1, 1, 1)), RuntimeError, "expected stride to be a single integer value or a list of 2 values to match the convolution dimensions, but got stride=[1, 1, 1]"),  # noqa: E501
        (lambda: F.conv2d(X, W, padding="full"), RuntimeError, "Invalid padding string: 'full'"),
        (lambda: F.conv2d(X, W, padding="same", stride=2), RuntimeError, "padding='same' is not supported for strided convolutions"),  # noqa: E501
        (lambda: F.conv2d(X, W, refnn.ones(3)), RuntimeError, "Given weight of size [4, 3, 3, 2], expected bias to be 1-dimensional with 4 elements, but got bias of size [3] instead"),  # noqa: E501
        (lambda: F.conv2d(X, refnn.ones(4)), RuntimeError, "weight should have at least three dimensions"),
        (lambda: F.conv2d(X, W.double()), RuntimeError, "Input type (torch.FloatTensor) and weight type (torch.DoubleTensor) should be the same or input should be a MKLDNN tensor and weight is a dense tensor"),  # noqa: E501
        (lambda: F.conv2d(X.double(), W), RuntimeError, "expected scalar type Double but found Float"),
        (lambda: F.conv2d(X, W, refnn.ones(4).double()), RuntimeError, "Input type (float) and bias type (double) should be the same"),  # noqa: E501
        (lambda: F.conv2d(X.bool(), W.bool()), NotImplementedError, "\"slow_conv2d_cpu\" not implemented for 'Bool'"),
        (lambda: F.conv2d(X[:, :, :0], W, padding=2), RuntimeError, "Only zero batch or zero channel inputs are supported, but got input shape: [2, 3, 0, 6]"),  # noqa: E501
        (lambda: F.conv2d(X, W, stride=(1, 1.5)), TypeError, "conv2d(): argument 'stride' failed to unpack the object at pos 2 with error \"type must be tuple of ints,but got float\""),  # noqa: E501
        (lambda: F.conv2d(1, W), TypeError, f"conv2d() received an invalid combination of arguments - got (int, Tensor), but expected one of:\n * ({FORMS}"),  # noqa: E501
        (lambda: F.conv2d(X, W, stride="2"), TypeError, "got (Tensor, Tensor, stride=str), but expected one of:"),
        (lambda: F.conv2d(X), TypeError, "got (Tensor), but expected one of:"),
        (lambda: F.conv2d(X, W, strides=2), TypeError, "got (Tensor, Tensor, strides=int), but expected one of:"),
        (lambda: F.conv_transpose2d(X, W), RuntimeError, "Given transposed=1, weight of size [4, 3, 3, 2], expected input[2, 3, 5, 6] to have 4 channels, but got 3 channels instead"),  # noqa: E501
        (lambda: F.conv_transpose2d(X, W[:3], output_padding=1), RuntimeError, "output padding must be smaller than either stride or dilation, but got output_padding_height: 1 output_padding_width: 1 stride_height: 1 stride_width: 1 dilation_height: 1 dilation_width: 1"),  # noqa: E501
        (lambda: F.conv_transpose2d(X, W[:3], padding=9), RuntimeError, "Given input size per channel: (5 x 6). Calculated output size per channel: (-11 x -11). Output size is too small"),  # noqa: E501
        (lambda: F.conv_transpose2d(X, W[:3], padding="same"), TypeError, "conv_transpose2d(): argument 'padding' must be tuple of ints, not str"),  # noqa: E501
        (lambda: F.conv_transpose2d(X, W[:3], None, 1, "same"), TypeError, "conv_transpose2d(): argument 'padding' (position 5) must be tuple of ints, not str"),  # noqa: E501
        (lambda: F.conv_transpose2d(X), TypeError, 'conv_transpose2d() missing 1 required positional arguments: "weight"'),  # noqa: E501
        (lambda: F.conv_transpose2d(X, W, foo=1), TypeError, "conv_transpose2d() got an unexpected keyword argument 'foo'"),  # noqa: E501
        (lambda: F.conv_transpose2d(*[X] * 9), TypeError, "conv_transpose2d() takes from 2 to 8 positional arguments but 9 were given"),  # noqa: E501
    ],
)  # fmt: skip
def test_refusals(call, error, text):
    with pytest.raises(error) as caught:
        call()
    assert text in str(caught.value)
