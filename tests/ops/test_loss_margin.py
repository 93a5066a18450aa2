"""Losses with a margin against loops over samples and classes, and finite differences."""

import math

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck
from refnn.ops import loss_margin as ops

RNG = np.random.default_rng(6)
REDUCTIONS = ("none", "sum", "mean")
LABELS = np.array([2, 0, 3, 3, 1])
SEVERAL = np.array([[3, 0, -1, 1], [1, 1, -1, -1], [-1, 2, 0, 1], [0, 1, 2, 3], [2, -1, 2, -1]])


def reduced(each, reduction):
    return {"none": each, "sum": each.sum(), "mean": each.mean()}[reduction]


def one_of_several(x, labels, weight, p, margin):
    each = np.zeros(len(x))
    for n, t in enumerate(labels):
        for c in range(x.shape[1]):
            if c != t:
                each[n] += weight[t] * max(0.0, margin - x[n, t] + x[n, c]) ** p / x.shape[1]
    return each


def several_of_several(x, targets):
    each = np.zeros(len(x))
    for n, row in enumerate(targets.tolist()):
        chosen = row[: row.index(-1)] if -1 in row else row
        for t in chosen:
            for c in range(x.shape[1]):
                if c not in chosen:
                    each[n] += max(0.0, 1 - x[n, t] + x[n, c]) / x.shape[1]
    return each


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("p, margin", [(1, 1.0), (2, 1.0), (1, 0.25), (2, -0.5)])
@pytest.mark.parametrize("weighted", [False, True])
def test_multi_margin(reduction, p, margin, weighted):
    x = RNG.normal(size=(5, 4))
    weight = RNG.uniform(0.5, 2, 4) if weighted else None
    expected = reduced(one_of_several(x, LABELS, np.ones(4) if weight is None else weight, p, margin), reduction)
    meta = {"p": p, "margin": margin, "reduction": reduction}
    np.testing.assert_allclose(ops.multi_margin_loss(x, LABELS, weight, **meta), expected, rtol=1e-14)
    labels = refnn.from_numpy(LABELS)
    w = None if weight is None else refnn.from_numpy(weight)
    leaf = refnn.from_numpy(x).requires_grad_()
    assert gradcheck(lambda leaf: ops.multi_margin_loss(leaf, labels, w, **meta), [leaf], nondet_tol=-1)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_multilabel_margin(reduction):
    x = RNG.normal(size=(5, 4))
    expected = reduced(several_of_several(x, SEVERAL), reduction)
    np.testing.assert_allclose(ops.multilabel_margin_loss(x, SEVERAL, reduction=reduction), expected, rtol=1e-14)
    leaf, targets = refnn.from_numpy(x).requires_grad_(), refnn.from_numpy(SEVERAL)
    assert gradcheck(lambda leaf: ops.multilabel_margin_loss(leaf, targets, reduction=reduction), [leaf], nondet_tol=-1)


def test_one_sample():
    x, t = RNG.normal(size=4), np.array(2)
    meta = {"p": 1, "margin": 1.0, "reduction": "none"}
    assert ops.multi_margin_loss(x, t, None, **meta) == ops.multi_margin_loss(x[None], t[None], None, **meta)[0]
    row = np.array([1, -1, -1, -1])
    one = ops.multilabel_margin_loss(x, row, reduction="none")
    assert one.shape == ()
    assert one == ops.multilabel_margin_loss(x[None], row[None], reduction="none")[0]


def test_a_margin_hit_exactly_has_slope_0():
    x = refnn.tensor([[1.0, 0.0, -1.0]], requires_grad=True)
    ops.multi_margin_loss(x, refnn.tensor([0]), None, p=1, margin=1.0, reduction="sum").backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0]]
    ops.multilabel_margin_loss(x, refnn.tensor([[0, -1, -1]]), reduction="sum").backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "op, target, name",
    [
        (lambda *a: ops.multi_margin_loss(*a, None, p=1, margin=1.0, reduction="sum"), [0], "multi_margin_loss"),
        (lambda *a: ops.multilabel_margin_loss(*a, reduction="sum"), [[0, -1]], "multilabel_margin_loss"),
    ],
)
def test_there_is_no_second_derivative(op, target, name):
    x = refnn.tensor([[1.0, 0.5]], requires_grad=True)
    (g,) = refnn.autograd.grad(op(x, refnn.tensor(target)), x, create_graph=True)
    with pytest.raises(RuntimeError, match=f"derivative for aten::{name}_backward is not implemented"):
        g.sum().backward()


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_soft_margin(reduction):
    x, t = RNG.normal(0, 3, (3, 4)), RNG.choice([-1.0, 1.0], (3, 4))
    each = np.array(
        [[math.log1p(math.exp(-a * b)) for a, b in zip(*rows, strict=True)] for rows in zip(x, t, strict=True)]
    )
    np.testing.assert_allclose(ops.soft_margin_loss(x, t, reduction=reduction), reduced(each, reduction), rtol=1e-14)
    whole = ops.soft_margin_loss(x, t.astype(np.int64), reduction=reduction)
    np.testing.assert_array_equal(whole, ops.soft_margin_loss(x, t, reduction=reduction))


def test_empty():
    x = np.zeros((0, 3))
    none = np.zeros(0, np.int64)
    assert ops.multi_margin_loss(x, none, None, p=1, margin=1.0, reduction="mean") == 0
    assert ops.multilabel_margin_loss(x, x.astype(np.int64), reduction="mean") == 0
    assert ops.multi_margin_loss(x, none, None, p=1, margin=1.0, reduction="none").shape == (0,)
