"""linear_cross_entropy in chunks against the whole batch at once, and what its options refuse."""

import math

import numpy as np
import pytest

import refnn
from refnn.nn import LinearCrossEntropyLoss, LinearCrossEntropyOptions
from refnn.nn.functional import linear_cross_entropy

RNG = np.random.default_rng(11)
TARGET = refnn.tensor([0, 3, -100, 2, 6, 6, 1, 0, 5])


def leaves(dtype=refnn.float64):
    return [refnn.tensor(RNG.normal(size=shape), dtype=dtype, requires_grad=True) for shape in ((9, 4), (7, 4), (7,))]


def losses_and_gradients(tensors, **how):
    x, weight, bias = tensors
    loss = linear_cross_entropy(x, weight, TARGET, linear_bias=bias, **how)
    seeds = refnn.arange(1.0, 10.0, dtype=x.dtype) if loss.dim() else refnn.tensor(2.0, dtype=x.dtype)
    return [loss, *refnn.autograd.grad(loss, tensors, seeds)]


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "options", [{}, {"batch_chunk_size": 1}, {"batch_chunk_size": 4}, {"chunking_method": "aspect_ratio:4"}]
)
def test_chunks_change_nothing(reduction, weighted, options):
    tensors = leaves()
    how = {"reduction": reduction, "weight": refnn.arange(0.5, 7.0, dtype=refnn.float64) if weighted else None}
    whole = losses_and_gradients(tensors, **how)
    parts = losses_and_gradients(tensors, options=LinearCrossEntropyOptions(**options), **how)
    for a, b in zip(whole, parts, strict=True):
        np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("dtype, bound", [(refnn.float16, 2e-3), (refnn.bfloat16, 2e-2)])
@pytest.mark.parametrize("policy", ["auto", "accurate", "balanced", "compact"])
def test_half_precision(dtype, bound, policy):
    halves = leaves(dtype)
    doubles = [t.detach().double().requires_grad_() for t in halves]
    exact = losses_and_gradients(doubles)
    options = LinearCrossEntropyOptions(acc_policy=policy, acc_dtype=refnn.float32, batch_chunk_size=4)
    for a, b in zip(losses_and_gradients(halves, options=options), exact, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a.detach().double().numpy(), b.detach().numpy(), rtol=bound, atol=bound)


def test_gradients_are_used_once():
    tensors = leaves()
    loss = linear_cross_entropy(*tensors[:2], TARGET, options=LinearCrossEntropyOptions())
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="chunked backward called twice"):
        loss.backward()


@pytest.mark.parametrize("how", [{"reduction": "none"}, {"options": {"allow_retain_graph": True}}])
def test_gradients_that_are_kept(how):
    tensors = leaves()
    options = LinearCrossEntropyOptions(**how.get("options", {}))
    loss = linear_cross_entropy(*tensors[:2], TARGET, reduction=how.get("reduction", "mean"), options=options).sum()
    first = refnn.autograd.grad(loss, tensors[:2], retain_graph=True)
    second = refnn.autograd.grad(loss, tensors[:2])
    assert all(refnn.equal(a, b) for a, b in zip(first, second, strict=True))


def test_empty_and_all_ignored():
    x, weight, _ = leaves()
    options = LinearCrossEntropyOptions()
    nothing, ignored = refnn.zeros(0, dtype=refnn.int64), refnn.full((9,), -100)
    for batch, target in ((x[:0], nothing), (x, ignored)):
        assert math.isnan(linear_cross_entropy(batch, weight, target, options=options))
        assert linear_cross_entropy(batch, weight, target, options=options, reduction="sum") == 0


def test_one_sample():
    x, weight, bias = leaves()
    alone = linear_cross_entropy(x[0], weight, TARGET[0], linear_bias=bias, options=LinearCrossEntropyOptions())
    assert alone.shape == ()
    np.testing.assert_allclose(alone.item(), linear_cross_entropy(x[0], weight, TARGET[0], linear_bias=bias).item())


@pytest.mark.parametrize("what", ["smoothing", "probabilities", "grid"])
def test_options_are_ignored_with_a_warning(what):
    x, weight, _ = leaves()
    target, how = TARGET, {}
    if what == "smoothing":
        how = {"label_smoothing": 0.1}
    elif what == "probabilities":
        target = refnn.rand(9, 7, dtype=refnn.float64)
    else:
        weight, target = refnn.stack([weight, weight], 1), refnn.stack([TARGET, TARGET], 1)
    expected = linear_cross_entropy(x, weight, target, **how)
    with pytest.warns(UserWarning, match="``options`` ignored"):
        assert refnn.equal(
            linear_cross_entropy(x, weight, target, options=LinearCrossEntropyOptions(), **how), expected
        )


@pytest.mark.parametrize(
    "options, text",
    [
        ({"acc_policy": "best"}, "invalid acc_policy: 'best'"),
        ({"chunking_method": "aspect"}, "invalid chunking_method: 'aspect'"),
        ({"chunking_method": "aspect_ratio:0"}, "invalid chunking_method: 'aspect_ratio:0'"),
        ({"chunking_method": "aspect_ratio:"}, "invalid chunking_method: 'aspect_ratio:'"),
        ({"batch_chunk_size": 0}, "batch_chunk_size must be positive int or None, got 0"),
        ({"acc_dtype": refnn.int64}, "acc_dtype must be one of"),
    ],
)
def test_options_are_checked(options, text):
    with pytest.raises(ValueError, match=text):
        LinearCrossEntropyOptions(**options)


@pytest.mark.parametrize(
    "size, method, rows",
    [
        ((64, 8, 80), "aspect_ratio", 8),  # 80 / 8 = 10 times as wide: 7 rows, rounded up to a power of 2
        ((64, 8, 80), "aspect_ratio:2", 4),
        ((64, 8, 4), "aspect_ratio", 64),
        ((5, 8, 4), "aspect_ratio", 5),
        ((5, 8, 4), None, 5),
    ],
)
def test_rows_at_a_time(size, method, rows):
    options = LinearCrossEntropyOptions(chunking_method=method)._adjust(*size, refnn.float32, refnn.device("cpu"))
    assert (options.batch_chunk_size, options.acc_policy, options.acc_dtype) == (rows, "compact", refnn.float32)


def test_what_does_not_go_together():
    x, weight, _ = leaves()
    both = LinearCrossEntropyOptions(batch_chunk_size=3, chunking_method="aspect_ratio")
    with pytest.raises(ValueError, match="give different chunk sizes"):
        linear_cross_entropy(x, weight, TARGET, options=both)
    options = LinearCrossEntropyOptions()
    for error, text, target, how in [
        (RuntimeError, "index 7 is out of bounds for dimension 1 with size 7", TARGET + 1, {}),
        (RuntimeError, "exceeds dimension size", TARGET[:5], {}),
        (RuntimeError, "same number of dimensions", TARGET[:, None], {}),
        (IndexError, "index out of range in self", TARGET, {"weight": refnn.ones(3)}),
        (RuntimeError, "1D tensors expected, but got 2D and 1D tensors", TARGET, {"weight": refnn.ones(7, 1)}),
    ]:
        with pytest.raises(error, match=text):
            linear_cross_entropy(
                x, weight, target, options=options, ignore_index=-99 if "7" in text[:8] else None, **how
            )
    with pytest.raises(RuntimeError, match="expected m1 and m2 to have the same dtype, but got: double != float"):
        linear_cross_entropy(x, weight.float(), TARGET, options=options)
    with pytest.raises(RuntimeError, match="supports float32 acc_dtype with float16/bfloat16 inputs"):
        linear_cross_entropy(x, weight, TARGET, options=LinearCrossEntropyOptions(acc_dtype=refnn.float32))


def test_the_module_keeps_its_weight_flat():
    loss = LinearCrossEntropyLoss(4, 5, out_features=(2, 3), bias=True)
    assert {name: tuple(p.shape) for name, p in loss.named_parameters()} == {
        "linear.weight": (30, 4),
        "linear.bias": (30,),
    }
    target = refnn.tensor(RNG.integers(0, 5, (6, 2, 3)))
    assert loss(refnn.randn(6, 4), target).shape == ()
