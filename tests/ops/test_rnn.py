"""Recurrent layers against plain loops over time, and their derivatives against finite differences."""

import numpy as np
import pytest

import refnn
from refnn.autograd import gradcheck, gradgradcheck
from refnn.ops.gru import gru_layer
from refnn.ops.lstm import lstm_layer
from refnn.ops.packing import pack, pad_together, unpack
from refnn.ops.rnn import rnn_layer

T, B, F, H, P = 4, 3, 2, 3, 2
SIZES = (3, 2, 2, 1)  # sequences of lengths 4, 3, 1


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def rnn_step(act):
    def step(x, state, w_ih, w_hh, b_ih, b_hh, w_hr):
        (h,) = state
        return (act(w_ih @ x + b_ih + w_hh @ h + b_hh),)

    return step


def lstm_step(x, state, w_ih, w_hh, b_ih, b_hh, w_hr):
    h, c = state
    i, f, g, o = np.split(w_ih @ x + b_ih + w_hh @ h + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    h = sigmoid(o) * np.tanh(c)
    return (h if w_hr is None else w_hr @ h), c


def gru_step(x, state, w_ih, w_hh, b_ih, b_hh, w_hr):
    (h,) = state
    x_r, x_z, x_n = np.split(w_ih @ x + b_ih, 3)
    h_r, h_z, h_n = np.split(w_hh @ h + b_hh, 3)
    z = sigmoid(x_z + h_z)
    return ((1 - z) * np.tanh(x_n + sigmoid(x_r + h_r) * h_n) + z * h,)


KINDS = {  # step, gates, states, projection
    "tanh": (rnn_step(np.tanh), 1, 1, False),
    "relu": (rnn_step(lambda z: np.maximum(z, 0)), 1, 1, False),
    "gru": (gru_step, 3, 1, False),
    "lstm": (lstm_step, 4, 2, False),
    "lstm, projected": (lstm_step, 4, 2, True),
}
FORMS = {"padded": None, "packed": SIZES}


def layer(kind, x, states, weights, sizes, reverse):
    """(y, *last states) of the op under test."""
    if kind in ("tanh", "relu"):
        return rnn_layer(x, *states, *weights[:4], nonlinearity=kind, sizes=sizes, reverse=reverse)
    if kind == "gru":
        return gru_layer(x, *states, *weights[:4], sizes=sizes, reverse=reverse)[:2]
    return lstm_layer(x, *states, *weights, sizes=sizes, reverse=reverse)[:3]


def loop(kind, x, states, weights, sizes, reverse):
    """The same, one sequence and one step after another."""
    step = KINDS[kind][0]
    w_ih, w_hh, b_ih, b_hh, w_hr = weights
    zero = np.zeros(len(w_ih))
    weights = (w_ih, w_hh, zero if b_ih is None else b_ih, zero if b_hh is None else b_hh, w_hr)
    counts = (x.shape[1],) * len(x) if sizes is None else sizes
    starts = np.cumsum((0, *counts))
    rows = x.reshape(-1, x.shape[-1])
    y = np.zeros((len(rows), states[0].shape[1]))
    last = [state.copy() for state in states]
    for b in range(counts[0]):
        times = [t for t in range(len(counts)) if counts[t] > b]
        state = tuple(s[b] for s in states)
        for t in reversed(times) if reverse else times:
            state = step(rows[starts[t] + b], state, *weights)
            y[starts[t] + b] = state[0]
        for held, value in zip(last, state, strict=True):
            held[b] = value
    return [y.reshape(*x.shape[:-1], -1), *last]


def arguments(kind, sizes, bias, seed=0):
    """x, the states, the weights (None for those that there are not), as arrays."""
    _, gates, count, projected = KINDS[kind]
    rng = np.random.default_rng(seed)
    g, out = gates * H, P if projected else H

    def draw(*shape):
        return rng.standard_normal(shape) * 0.7

    x = draw(T, B, F) if sizes is None else draw(sum(sizes), F)
    states = [draw(B, out), draw(B, H)][:count]
    biases = [draw(g), draw(g)] if bias else [None, None]
    return x, states, [draw(g, F), draw(g, out), *biases, draw(out, H) if projected else None]


options = pytest.mark.parametrize("reverse", [False, True], ids=["forward", "reverse"])
kinds = pytest.mark.parametrize("kind", KINDS)
forms = pytest.mark.parametrize("form", FORMS)
biases = pytest.mark.parametrize("bias", [True, False], ids=["bias", "no bias"])


@kinds
@forms
@biases
@options
def test_layer_equals_the_loop(kind, form, bias, reverse):
    given = arguments(kind, FORMS[form], bias)
    results = layer(kind, *given, FORMS[form], reverse)
    for result, expected in zip(results, loop(kind, *given, FORMS[form], reverse), strict=True):
        np.testing.assert_allclose(result, expected, rtol=1e-12, atol=1e-13)


def flat(kind, sizes, bias, seed=0, dtype=np.float64):
    """All arguments that there are, as leaf tensors, and what puts them back in their places."""
    x, states, weights = arguments(kind, sizes, bias, seed)
    there = [w is not None for w in weights]
    arrays = [x, *states, *(w for w in weights if w is not None)]
    leaves = [refnn.tensor(a.astype(dtype), requires_grad=True) for a in arrays]

    def rebuild(given):
        k = 1 + len(states)
        remaining = iter(given[k:])
        return given[0], list(given[1:k]), [next(remaining) if t else None for t in there]

    return leaves, rebuild


@kinds
@forms
@biases
@options
def test_first_derivatives(kind, form, bias, reverse):
    leaves, rebuild = flat(kind, FORMS[form], bias)
    assert gradcheck(lambda *given: layer(kind, *rebuild(given), FORMS[form], reverse), leaves)


@pytest.mark.parametrize(
    "kind, form, reverse",
    [
        ("tanh", "padded", False),
        ("tanh", "packed", True),
        ("relu", "packed", False),
        ("gru", "packed", False),
        ("lstm, projected", "packed", True),
    ],
)
def test_second_derivatives(kind, form, reverse, monkeypatch):
    monkeypatch.setitem(globals(), "T", 2)
    monkeypatch.setitem(globals(), "B", 2)
    monkeypatch.setitem(globals(), "H", 2)
    monkeypatch.setitem(globals(), "P", 1)
    sizes = None if form == "padded" else (2, 1)
    leaves, rebuild = flat(kind, sizes, True, seed=3)
    assert gradgradcheck(lambda *given: layer(kind, *rebuild(given), sizes, reverse), leaves)


@kinds
def test_third_derivatives_go_through_the_elementary_ops(kind):
    """d³/dx³ of a sum, against finite differences of the second derivative."""
    leaves, rebuild = flat(kind, None, True)
    weight = refnn.tensor(np.random.default_rng(5).standard_normal((T, B, F)))

    def second(x):
        given = [refnn.tensor(x, requires_grad=True), *leaves[1:]]
        y = layer(kind, *rebuild(given), None, False)[0]
        (first,) = refnn.autograd.grad((y**3).sum(), given[0], create_graph=True)
        (found,) = refnn.autograd.grad((first * weight).sum(), given[0], create_graph=True)
        return found, given[0]

    x = leaves[0].detach().numpy()
    found, leaf = second(x)
    (third,) = refnn.autograd.grad((found * weight).sum(), leaf)
    step = 1e-5 * weight.numpy()
    difference = (second(x + step)[0] - second(x - step)[0]).detach().numpy() / 2e-5
    # both are Σ_jk H_ijk w_j w_k, for the third derivatives are symmetric
    np.testing.assert_allclose(third.numpy(), difference, rtol=1e-4, atol=1e-5)


@kinds
@forms
def test_only_what_is_needed_gets_a_gradient(kind, form):
    leaves, rebuild = flat(kind, FORMS[form], True)
    for k, leaf in enumerate(leaves):
        alone = [v.detach() for v in leaves]
        alone[k] = leaf
        y = layer(kind, *rebuild(alone), FORMS[form], False)[0]
        (g,) = refnn.autograd.grad(y.sum(), leaf)
        together = layer(kind, *rebuild(leaves), FORMS[form], False)[0]
        (expected,) = refnn.autograd.grad(together.sum(), leaf)
        np.testing.assert_array_equal(g.numpy(), expected.numpy())


@kinds
def test_a_rule_gives_the_same_bits_with_and_without_a_graph(kind):
    leaves, rebuild = flat(kind, SIZES, True)
    outputs = layer(kind, *rebuild(leaves), SIZES, True)
    seeds = [refnn.ones_like(y) for y in outputs]
    plain = refnn.autograd.grad(outputs, leaves, seeds, retain_graph=True)
    graph = refnn.autograd.grad(outputs, leaves, seeds, create_graph=True)
    for a, b in zip(plain, graph, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.detach().numpy())


@kinds
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_the_dtype_stays(kind, dtype):
    leaves, rebuild = flat(kind, None, True, dtype=dtype)
    outputs = layer(kind, *rebuild(leaves), None, False)
    grads = refnn.autograd.grad([y.sum() for y in outputs], leaves)
    assert {v._data.dtype for v in (*outputs, *grads)} == {np.dtype(dtype)}
    exact = layer(kind, *arguments(kind, None, True), None, False)
    for y, expected in zip(outputs, exact, strict=True):
        np.testing.assert_allclose(y.detach().numpy(), expected, atol=10 * np.finfo(dtype).eps)


@kinds
def test_saturated_gates_raise_no_warning(kind):
    x, states, weights = arguments(kind, None, True)
    with np.errstate(all="raise", under="ignore"):
        y = layer(kind, x * 1e4, states, weights, None, False)[0]
    assert np.isfinite(y).all()


def test_scratch_memory_is_never_returned():
    given = arguments("gru", None, True)
    leaves, rebuild = flat("gru", None, True)
    first = layer("gru", *rebuild(leaves), None, False)
    grads = refnn.autograd.grad(first[0].sum(), leaves)
    kept = [v.detach().numpy().copy() for v in (*first, *grads)]
    others, back = flat("gru", None, True, seed=9)
    refnn.autograd.grad(layer("gru", *back(others), None, False)[0].sum(), others)
    layer("gru", *given, None, True)
    for value, copy in zip((*first, *grads), kept, strict=True):
        np.testing.assert_array_equal(value.detach().numpy(), copy)


# Packing ------------------------------------------------------------------------------------------------


def test_pack_and_unpack_are_transposes():
    """⟨pack(x), u⟩ = ⟨x, unpack(u)⟩."""
    rng = np.random.default_rng(0)
    x, u = rng.standard_normal((T, B, F)), rng.standard_normal((sum(SIZES), F))
    back = unpack(u, sizes=SIZES, length=T, batch=B, value=0)
    assert np.sum(pack(x, sizes=SIZES) * u) == pytest.approx(np.sum(x * back))
    np.testing.assert_array_equal(pack(back, sizes=SIZES), u)


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize("left", [True, False])
def test_packing_derivatives(batch_first, left):
    rng = np.random.default_rng(1)

    def leaf(*shape):
        return refnn.tensor(rng.standard_normal(shape), requires_grad=True)

    sequences = (leaf(3, 2), leaf(1, 2), leaf(2, 2))
    x, rows = leaf(T, B, F), leaf(sum(SIZES), F)
    meta = {"batch_first": batch_first, "value": 7.0, "left": left}
    for check in (gradcheck, gradgradcheck):
        assert check(lambda x: pack(x, sizes=SIZES), (x,))
        assert check(lambda r: unpack(r, sizes=SIZES, length=T + 1, batch=B, value=2.0), (rows,))
        assert check(lambda *xs: pad_together(*xs, **meta), sequences)
