"""Checks and error text of the losses; their older arguments."""

import math
import warnings

import pytest

import refnn
from refnn.nn import functional as F

LONG = refnn.int64


def x(*shape, dtype=refnn.float32):
    return refnn.full(shape, 0.5, dtype=dtype)


def leaf(*shape):
    return x(*shape).requires_grad_()


def zeros(*shape):
    return refnn.zeros(*shape, dtype=LONG)


T = refnn.tensor

ERRORS = [
    (lambda: F.mse_loss(x(3), x(3), reduction="x"), ValueError, "x is not a valid value for reduction"),
    (lambda: F.mse_loss(zeros(3), zeros(3)), NotImplementedError, "\"mse_cpu\" not implemented for 'Long'"),
    (lambda: F.mse_loss(x(3), x(3), weight=x(4)), ValueError, "Weights and input must have the same size."),
    (
        lambda: F.mse_loss(x(3), x(3), weight=x(3), reduction="x"),
        ValueError,
        "Invalid reduction mode: x. Expected one of 'none', 'mean', 'sum'.",
    ),
    (lambda: F.mse_loss(3, x(3)), AttributeError, "'int' object has no attribute 'size'"),
    (
        lambda: F.l1_loss(zeros(3), zeros(3)),
        RuntimeError,
        "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: Long",
    ),
    (lambda: F.nll_loss(x(), T(0)), ValueError, "Expected 1 or more dimensions (got 0)"),
    (
        lambda: F.nll_loss(x(3, 4), zeros(2)),
        ValueError,
        "Expected input batch_size (3) to match target batch_size (2).",
    ),
    (
        lambda: F.nll_loss(x(3, 4), zeros(3, 4)),
        RuntimeError,
        "0D or 1D target tensor expected, multi-target not supported",
    ),
    (
        lambda: F.nll_loss(x(4), zeros(2)),
        ValueError,
        "For 1D input, 1D target must have size 1, but got target size: 2",
    ),
    (
        lambda: F.nll_loss(x(3, 4, 5, 2), zeros(3, 5)),
        RuntimeError,
        "only batches of spatial targets supported (3D tensors) but got targets of dimension: 2",
    ),
    (
        lambda: F.nll_loss(x(3, 4, 5, 2), zeros(3, 5, 5)),
        RuntimeError,
        "size mismatch (got input: [3, 4, 5, 2] , target: [3, 5, 5]",
    ),
    (lambda: F.nll_loss(x(3, 4, 5), zeros(3, 4)), RuntimeError, "Expected target size [3, 5], got [3, 4]"),
    (
        lambda: F.nll_loss(x(3, 4), x(3)),
        RuntimeError,
        "expected target dtype to be Long or Byte, but got Float",
    ),
    (
        lambda: F.nll_loss(x(3, 4), zeros(3), x(3)),
        RuntimeError,
        "weight tensor should be defined either for all 4 classes or no classes but got weight tensor of shape: [3]",
    ),
    (
        lambda: F.nll_loss(x(3, 4, 1, 1), zeros(3, 1, 1), x(3)),
        RuntimeError,
        "weight tensor should be defined either for all or no classes",
    ),
    (
        lambda: F.nll_loss(x(3, 4), zeros(3), x(4, dtype=refnn.float64)),
        RuntimeError,
        "expected scalar type Float but found Double",
    ),
    (
        lambda: F.nll_loss(x(3, 4), zeros(3), leaf(4)),
        RuntimeError,
        "The function 'nll_loss_forward' is not differentiable with respect to argument 'weight'. "
        "This input cannot have requires_grad True.",
    ),
    (
        lambda: F.nll_loss(3, zeros(3)),
        TypeError,
        "nll_loss_nd(): argument 'input' (position 1) must be Tensor, not int",
    ),
    (lambda: F.cross_entropy(x(2, 3), T([0, 3])), IndexError, "Target 3 is out of bounds."),
    (
        lambda: F.cross_entropy(x(2, 3), zeros(2), label_smoothing=1.5),
        RuntimeError,
        "label_smoothing must be between 0.0 and 1.0. Got: 1.5",
    ),
    (
        lambda: F.cross_entropy(x(2, 3), x(2, 3), ignore_index=1),
        RuntimeError,
        "ignore_index is not supported for floating point target",
    ),
    (
        lambda: F.cross_entropy(x(2, 3), zeros(2, 3)),
        RuntimeError,
        "Expected floating point type for target with class probabilities, got Long",
    ),
    (
        lambda: F.cross_entropy(zeros(2, 3), zeros(2)),
        NotImplementedError,
        "\"log_softmax_lastdim_kernel_impl\" not implemented for 'Long'",
    ),
    (
        lambda: F.cross_entropy(x(2, 3), 3),
        TypeError,
        "cross_entropy_loss(): argument 'target' (position 2) must be Tensor, not int",
    ),
    (
        lambda: F.binary_cross_entropy(x(3), x(4)),
        ValueError,
        "Using a target size (torch.Size([4])) that is different to the input size (torch.Size([3])) is "
        "deprecated. Please ensure they have the same size.",
    ),
    (
        lambda: F.binary_cross_entropy(x(3) * 4, x(3)),
        RuntimeError,
        "all elements of input should be between 0 and 1",
    ),
    (
        lambda: F.binary_cross_entropy(x(3) * math.nan, x(3)),
        RuntimeError,
        "all elements of input should be between 0 and 1",
    ),
    (
        lambda: F.binary_cross_entropy(x(3), x(3) - 1),
        RuntimeError,
        "all elements of target should be between 0 and 1",
    ),
    (
        lambda: F.binary_cross_entropy(x(3), x(3, dtype=refnn.float64)),
        RuntimeError,
        "Found dtype Double but expected Float",
    ),
    (
        lambda: F.binary_cross_entropy(x(3), x(3), x(2, 3)),
        RuntimeError,
        "output with shape [3] doesn't match the broadcast shape [2, 3]",
    ),
    (
        lambda: F.binary_cross_entropy(x(3), x(3), x(4)),
        RuntimeError,
        "Attempting to broadcast a dimension of length 4 at -1! Mismatching argument at index 1 had "
        "torch.Size([4]); but expected shape should be broadcastable to [3]",
    ),
    (
        lambda: F.binary_cross_entropy_with_logits(x(3), x(4)),
        ValueError,
        "Target size (torch.Size([4])) must be the same as input size (torch.Size([3]))",
    ),
    (
        lambda: F.binary_cross_entropy_with_logits(x(3), x(3), pos_weight=x(4)),
        RuntimeError,
        "The size of tensor a (4) must match the size of tensor b (3) at non-singleton dimension 0",
    ),
    (
        lambda: F.binary_cross_entropy_with_logits(x(3), zeros(3)),
        RuntimeError,
        "result type Float can't be cast to the desired output type Long",
    ),
    (
        lambda: F.binary_cross_entropy_with_logits(x(3), x(3), pos_weight=leaf(3)),
        RuntimeError,
        "The function 'binary_cross_entropy_with_logits' is not differentiable with respect to argument "
        "'pos_weight'. This input cannot have requires_grad True.",
    ),
]


@pytest.mark.parametrize("wrong, kind, text", ERRORS)
def test_errors(wrong, kind, text):
    with pytest.raises(kind) as caught:
        wrong()
    assert type(caught.value) is kind
    assert str(caught.value) == text


def test_no_grad_allows_weights_that_require_grad():
    with refnn.no_grad():
        assert F.nll_loss(x(3, 4), zeros(3), leaf(4)).item() == -0.5


@pytest.mark.parametrize(
    "given, reduction",
    [
        ({"size_average": False}, "sum"),
        ({"size_average": True}, "mean"),
        ({"reduce": False}, "none"),
        ({"reduce": False, "size_average": True}, "none"),
        ({"reduce": True, "size_average": False}, "sum"),
    ],
)
@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.binary_cross_entropy])
def test_older_arguments(loss, given, reduction):
    text = f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead."
    with pytest.warns(UserWarning, match=text):
        old = loss(x(3), x(3), **given)
    assert old.tolist() == loss(x(3), x(3), reduction=reduction).tolist()


def test_elementwise_mean():
    with pytest.warns(UserWarning, match="reduction='elementwise_mean' is deprecated"):
        assert F.mse_loss(x(3), x(3) + 1, reduction="elementwise_mean").item() == 1


@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss])
def test_unequal_shapes_warn_and_broadcast(loss):
    a, b = leaf(3, 1), x(4)
    with pytest.warns(UserWarning, match="target size") as caught:
        result = loss(a, b, reduction="none")
    assert str(caught[0].message) == (
        "Using a target size (torch.Size([4])) that is different to the input size (torch.Size([3, 1])). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size."
    )
    assert caught[0].filename == __file__
    assert result.shape == (3, 4)
    result.sum().backward()
    assert a.grad.shape == (3, 1)


@pytest.mark.parametrize(
    "call, name",
    [
        (lambda a: F.mse_loss(a, x(2, 3)), "MseLossBackward0"),
        (lambda a: F.l1_loss(a, x(2, 3)), "MeanBackward0"),
        (lambda a: F.nll_loss(a, zeros(2)), "NllLossBackward0"),
        (lambda a: F.nll_loss(a[:, :, None, None], zeros(2, 1, 1)), "NllLoss2DBackward0"),
        (lambda a: F.nll_loss(a[:, :, None], zeros(2, 1), reduction="none"), "ViewBackward0"),
        (lambda a: F.cross_entropy(a, zeros(2)), "NllLossBackward0"),
        (lambda a: F.cross_entropy(a, zeros(2), label_smoothing=0.1), "AddBackward0"),
        (lambda a: F.cross_entropy(a, x(2, 3)), "DivBackward1"),
        (lambda a: F.cross_entropy(a, x(2, 3), reduction="sum"), "NegBackward0"),
        (lambda a: F.binary_cross_entropy(a, x(2, 3)), "BinaryCrossEntropyBackward0"),
        (lambda a: F.binary_cross_entropy_with_logits(a, x(2, 3)), "BinaryCrossEntropyWithLogitsBackward0"),
    ],
)
def test_names_in_the_graph(call, name):
    assert call(leaf(2, 3)).grad_fn.name() == name


def test_two_means_of_cross_entropy():
    """Class numbers are averaged over their weights, probabilities over the samples."""
    scores, weight = T([[1.0, 2.0], [0.5, -1.0]]), T([1.0, 3.0])
    numbers, one_hot = T([0, 1]), T([[1.0, 0.0], [0.0, 1.0]])
    total = F.cross_entropy(scores, numbers, weight, reduction="sum").item()
    assert F.cross_entropy(scores, numbers, weight).item() == pytest.approx(total / 4)
    assert F.cross_entropy(scores, one_hot, weight).item() == pytest.approx(total / 2)


def test_nothing_warns_in_an_ordinary_call():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        F.cross_entropy(T([[math.inf, 0.0]]), T([0]))
        F.binary_cross_entropy(T([0.0]), T([1.0]))
        F.mse_loss(refnn.zeros(0), refnn.zeros(0))


@pytest.mark.parametrize("shape, target", [((4, 3), (4,)), ((2, 3, 5, 5), (2, 5, 5))])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_a_penalty_is_added_to_cross_entropy_in_place(shape, target, smoothing):
    x, classes = refnn.randn(*shape, requires_grad=True), refnn.randint(0, 3, target)
    loss = F.cross_entropy(x, classes, label_smoothing=smoothing)
    (expected,) = refnn.autograd.grad(loss + x.square().sum(), x)
    loss = F.cross_entropy(x, classes, label_smoothing=smoothing)
    loss += x.square().sum()
    loss.backward()
    assert refnn.equal(x.grad, expected)
