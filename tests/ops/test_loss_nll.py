"""Losses over classes against loops over the samples, and their derivatives against finite differences."""

import math

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops import _threads
from refnn.ops import loss_nll as ops

RNG = np.random.default_rng(5)


def by_loop(x, target, weight, ignore_index, smoothing, reduction, *, log_probabilities):
    """One sample after the other."""
    if x.ndim == 1:
        x, target = x[None], target.reshape(1)
        unbatched = True
    else:
        unbatched = False
    classes = x.shape[1]
    w = np.ones(classes) if weight is None else weight
    each, count = np.zeros(target.shape), 0.0
    for i in np.ndindex(target.shape):
        if target[i] == ignore_index:
            continue
        row = [x[(i[0], c, *i[1:])] for c in range(classes)]
        if not log_probabilities:
            top = max(row)
            total = top + math.log(math.fsum(math.exp(v - top) for v in row))
            row = [v - total for v in row]
        chosen = target[i]
        each[i] = -(1 - smoothing) * w[chosen] * row[chosen]
        each[i] -= smoothing / classes * math.fsum(w[c] * row[c] for c in range(classes))
        count += w[chosen]
    if reduction == "none":
        return each.reshape(()) if unbatched else each
    total = math.fsum(each.ravel().tolist())
    if reduction == "sum":
        return total
    return total / count if count else math.nan


SHAPES = [(4,), (3, 4), (2, 3, 5), (2, 3, 2, 1)]
CASES = [
    (shape, weighted, ignored, smoothing, reduction)
    for shape in SHAPES
    for weighted in (False, True)
    for ignored in ("none", "some")
    for smoothing in (0.0, 0.3)
    for reduction in ("none", "sum", "mean")
]


def example(shape, weighted, ignored):
    x = RNG.normal(0, 2, shape)
    classes = shape[0 if len(shape) == 1 else 1]
    target = np.asarray(RNG.integers(0, classes, shape[:1] + shape[2:] if len(shape) > 1 else ()))
    if ignored == "some" and target.size > 1:
        target.reshape(-1)[::2] = -100
    weight = RNG.uniform(0.5, 2, classes) if weighted else None
    return x, target, weight


def meta(shape, smoothing, reduction):
    return {
        "ignore_index": -100, "label_smoothing": smoothing, "reduction": reduction, "spatial": max(len(shape) - 2, 0)
    }  # fmt: skip


@pytest.mark.parametrize("shape, weighted, ignored, smoothing, reduction", CASES)
def test_cross_entropy(shape, weighted, ignored, smoothing, reduction):
    x, target, weight = example(shape, weighted, ignored)
    loss, p = ops.cross_entropy(x, target, weight, **meta(shape, smoothing, reduction))
    expected = by_loop(x, target, weight, -100, smoothing, reduction, log_probabilities=False)
    np.testing.assert_allclose(loss, expected, rtol=1e-12)
    np.testing.assert_allclose(p.sum(0 if x.ndim == 1 else 1), 1)


@pytest.mark.parametrize("shape, weighted, ignored, smoothing, reduction", CASES)
def test_cross_entropy_derivatives(shape, weighted, ignored, smoothing, reduction):
    x, target, weight = (a if a is None else refnn.from_numpy(np.asarray(a)) for a in example(shape, weighted, ignored))
    x.requires_grad_()

    def loss(x):
        return ops.cross_entropy(x, target, weight, **meta(shape, smoothing, reduction))[0]

    assert gradcheck(loss, x)
    assert gradgradcheck(loss, x)


@pytest.mark.parametrize("shape, weighted, ignored, smoothing, reduction", CASES[::7])
def test_cross_entropy_third_derivative(shape, weighted, ignored, smoothing, reduction):
    x, target, weight = (a if a is None else refnn.from_numpy(np.asarray(a)) for a in example(shape, weighted, ignored))
    x.requires_grad_()

    def slope(x):
        loss, p = ops.cross_entropy(x, target, weight, **meta(shape, smoothing, reduction))
        (g,) = refnn.autograd.grad((loss * loss).sum() + (p * p * p).sum(), x, create_graph=True)
        return g

    assert gradgradcheck(slope, x, atol=1e-4)


@pytest.mark.parametrize("shape, weighted, ignored, smoothing, reduction", [c for c in CASES if not c[3]])
def test_nll_loss(shape, weighted, ignored, smoothing, reduction):
    x, target, weight = example(shape, weighted, ignored)
    options = {k: v for k, v in meta(shape, 0.0, reduction).items() if k != "label_smoothing"}
    expected = by_loop(x, target, weight, -100, 0.0, reduction, log_probabilities=True)
    np.testing.assert_allclose(ops.nll_loss(x, target, weight, **options), expected, rtol=1e-12)
    x, target, weight = (a if a is None else refnn.from_numpy(np.asarray(a)) for a in (x, target, weight))
    x.requires_grad_()
    assert gradcheck(lambda x: ops.nll_loss(x, target, weight, **options), x)
    assert gradgradcheck(lambda x: ops.nll_loss(x, target, weight, **options), x)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weighted", [False, True])
def test_all_ignored(smoothing, weighted):
    """The mean is 0/0, and yet the gradient is 0."""
    x = refnn.randn(2, 3, requires_grad=True)
    loss, _ = ops.cross_entropy(
        x, refnn.tensor([-100, -100]), refnn.ones(3) if weighted else None, **meta((2, 3), smoothing, "mean")
    )
    assert math.isnan(loss.item())
    loss.backward()
    assert x.grad.tolist() == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize("ignore_index", [0, 2, 255])
def test_an_ignored_class_may_be_any_number(ignore_index):
    x = RNG.normal(0, 1, (4, 3))
    target = np.array([0, 2, 1, ignore_index], np.uint8)
    options = {"ignore_index": ignore_index, "label_smoothing": 0.0, "reduction": "mean", "spatial": 0}
    loss, _ = ops.cross_entropy(x, target, None, **options)
    np.testing.assert_allclose(loss, by_loop(x, target, None, ignore_index, 0, "mean", log_probabilities=False))


@pytest.mark.parametrize("wrong", [-1, 3, 7, -101])
def test_a_target_that_is_no_class(wrong):
    with pytest.raises(IndexError, match=f"Target {wrong} is out of bounds."):
        ops.cross_entropy(np.ones((2, 3)), np.array([1, wrong]), None, **meta((2, 3), 0.0, "mean"))
    with pytest.raises(IndexError, match=f"Target {wrong} is out of bounds."):
        ops.nll_loss(np.ones((2, 3)), np.array([1, wrong]), None, ignore_index=-100, reduction="sum", spatial=0)


@pytest.mark.parametrize(
    "row, expected",
    [
        ([1e4, 0.0, -1e4], [0.0, 1e4, 2e4]),
        ([-1e4, -1e4, -1e4], [math.log(3)] * 3),
        ([-math.inf, 0.0, 0.0], [math.inf, math.log(2), math.log(2)]),
        ([math.inf, 0.0, 0.0], [math.nan] * 3),
        ([math.nan, 0.0, 0.0], [math.nan] * 3),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extreme_rows(row, expected, dtype):
    x = np.array([row] * 3, dtype)
    with np.errstate(all="ignore"):
        loss, p = ops.cross_entropy(x, np.arange(3), None, **meta((3, 3), 0.0, "none"))
    assert loss.dtype == p.dtype == dtype
    np.testing.assert_allclose(loss, expected, rtol=1e-6)


def test_float32_error_does_not_grow_with_the_scores():
    """log Σ e^x − x_t is taken relative to the maximum: scores near 1000 cost nothing."""
    x = (RNG.normal(0, 1, (200, 10)) + 1000).astype(np.float32)
    target = RNG.integers(0, 10, 200)
    loss, _ = ops.cross_entropy(x, target, None, **meta(x.shape, 0.0, "none"))
    exact = by_loop(x.astype(np.float64), target, None, -100, 0.0, "none", log_probabilities=False)
    np.testing.assert_allclose(loss, exact, rtol=2e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("shape", [(2000, 300), (3, 20, 10000), (1, 600000)])
def test_parts_in_several_threads(shape, smoothing, monkeypatch):
    """The samples of a large batch are dealt out to threads, and each is the same as by itself."""
    x, target, weight = example(shape, True, "some")
    whole = []
    for threads in (1, 2):
        monkeypatch.setattr(_threads, "count", lambda threads=threads: threads)
        whole.append(ops.cross_entropy(x, target, weight, **meta(shape, smoothing, "none")))
    for one, two in zip(*whole, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-14)
