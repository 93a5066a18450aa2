"""CTC against a sum over all alignments, and its gradient against finite differences through log_softmax."""

import itertools
import math

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck
from refnn.nn.functional import ctc_loss
from refnn.ops import loss_ctc as ops

RNG = np.random.default_rng(8)


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


def merged(path, blank):
    return [c for c, _ in itertools.groupby(path) if c != blank]


def by_enumeration(log_probs, target, blank):
    """−log of the sum, over all paths that merge to the target, of the product of their probabilities."""
    steps, classes = log_probs.shape
    total = 0.0
    for path in itertools.product(range(classes), repeat=steps):
        if merged(path, blank) == list(target):
            total += math.exp(sum(log_probs[t, c] for t, c in enumerate(path)))
    return -math.log(total) if total else math.inf


TARGETS = [(1, 2), (1, 1), (2,), (), (1, 2, 1), (2, 2, 2)]


@pytest.mark.parametrize("blank", [0, 1, 2])
@pytest.mark.parametrize("form", ["padded", "in a row"])
def test_all_alignments(blank, form):
    others = [c for c in range(3) if c != blank]
    targets = [tuple(others[c - 1] for c in t) for t in TARGETS]
    lengths = (5, 4, 3, 4, 5, 4)
    x = log_softmax(RNG.normal(size=(5, len(targets), 3)))
    flat = np.array([c for t in targets for c in t])
    padded = np.full((len(targets), 4), 99)
    for row, t in zip(padded, targets, strict=True):
        row[: len(t)] = t
    loss, _ = ops.ctc_loss(
        x,
        padded if form == "padded" else flat,
        input_lengths=lengths,
        target_lengths=tuple(map(len, targets)),
        blank=blank,
        zero_infinity=False,
    )
    expected = [by_enumeration(x[:k, n], t, blank) for n, (k, t) in enumerate(zip(lengths, targets, strict=True))]
    assert math.isinf(expected[-1])  # 2, 2, 2 needs five steps
    np.testing.assert_allclose(loss, expected, rtol=1e-13)


@pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
def test_gradient_through_log_softmax(reduction):
    targets = refnn.tensor([[1, 2, 2], [3, 0, 0], [0, 0, 0]])
    x = refnn.from_numpy(RNG.normal(size=(7, 3, 4))).requires_grad_()

    def loss(x):
        return ctc_loss(x.log_softmax(2), targets, (7, 4, 5), (3, 1, 0), reduction=reduction)

    assert gradcheck(loss, [x], nondet_tol=-1)


def test_nothing_beyond_a_length_matters():
    x = log_softmax(RNG.normal(size=(6, 2, 4)))
    x[4:, 1] = math.nan
    leaf = refnn.from_numpy(x).requires_grad_()
    loss = ctc_loss(leaf, refnn.tensor([[1, 2], [3, 77]]), (6, 4), (2, 1), reduction="none")
    loss.sum().backward()
    assert np.isfinite(loss.tolist()).all()
    assert (leaf.grad[4:, 1] == 0).all()
    assert leaf.grad.isfinite().all()


def test_an_impossible_target():
    x = refnn.from_numpy(log_softmax(RNG.normal(size=(2, 2, 3)))).requires_grad_()
    targets = refnn.tensor([[1, 1], [1, 2]])
    loss = ctc_loss(x, targets, (2, 2), (2, 2), reduction="none")
    assert loss[0] == math.inf
    (g,) = refnn.autograd.grad(loss.sum(), x)
    assert g[:, 0].isnan().all()
    assert g[:, 1].isfinite().all()
    loss = ctc_loss(x, targets, (2, 2), (2, 2), reduction="none", zero_infinity=True)
    assert loss[0] == 0
    (zeroed,) = refnn.autograd.grad(loss.sum(), x)
    assert (zeroed[:, 0] == 0).all()
    assert refnn.equal(zeroed[:, 1], g[:, 1])


def test_no_time():
    x = refnn.from_numpy(log_softmax(RNG.normal(size=(3, 2, 4)))).requires_grad_()
    loss = ctc_loss(x, refnn.tensor([1]), (0, 0), (1, 0), reduction="none")
    assert loss.tolist() == [math.inf, 0.0]
    loss.sum().backward()
    assert (x.grad == 0).all()


def test_a_label_that_is_no_class():
    x = refnn.zeros(3, 1, 4)
    for label in (4, -1):
        with pytest.raises(IndexError, match=f"Target {label} is out of bounds"):
            ctc_loss(x, refnn.tensor([[label]]), (3,), (1,))


def test_there_is_no_second_derivative():
    x = refnn.zeros(3, 1, 4, requires_grad=True)
    (g,) = refnn.autograd.grad(ctc_loss(x, refnn.tensor([[1]]), (3,), (1,)), x, create_graph=True)
    with pytest.raises(RuntimeError, match="derivative for aten::_ctc_loss_backward is not implemented"):
        g.sum().backward()
