"""Recurrent layers against torch on sizes, options and lengths that hypothesis draws."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import refnn
import refnn.nn.utils.rnn

BOUND = {"float32": {"rtol": 1.3e-6, "atol": 1e-5}, "float64": {"rtol": 1e-7, "atol": 1e-7}}
SIZE = st.integers(1, 5)


@st.composite
def layer_options(draw, kind):
    hidden = draw(st.integers(2, 5))
    named = {
        "input_size": draw(SIZE),
        "hidden_size": hidden,
        "num_layers": draw(st.integers(1, 3)),
        "bias": draw(st.booleans()),
        "batch_first": draw(st.booleans()),
        "bidirectional": draw(st.booleans()),
        "dropout": draw(st.sampled_from([0.0, 0.0, 1.0])),
    }
    if kind == "RNN":
        named["nonlinearity"] = draw(st.sampled_from(["tanh", "relu"]))
    if kind == "LSTM":
        named["proj_size"] = draw(st.sampled_from([0, 0, 1]))
    return named


@st.composite
def calls(draw, kind):
    named = draw(layer_options(kind))
    form = draw(st.sampled_from(["batch", "one", "packed", "packed unsorted"]))
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    if form == "packed":
        lengths.sort(reverse=True)
    return named, form, lengths, draw(st.booleans()), draw(st.sampled_from(list(BOUND))), draw(st.integers(0, 2**16))


def inputs_of(lib, rng, dtype, named, form, lengths):
    """(what to call the layer with, the leaves)."""

    def leaf(*shape):
        return lib.from_numpy(rng.standard_normal(shape).astype(dtype)).requires_grad_()

    features = named["input_size"]
    if form.startswith("packed"):
        leaves = [leaf(n, features) for n in lengths]
        return lib.nn.utils.rnn.pack_sequence(leaves, enforce_sorted=form == "packed"), leaves
    x = leaf(lengths[0], features) if form == "one" else leaf(lengths[0], len(lengths), features)
    return x, [x]


def states_of(lib, rng, dtype, named, form, lengths):
    runs = named["num_layers"] * (2 if named["bidirectional"] else 1)
    batch = () if form == "one" else (len(lengths),)
    sizes = [named.get("proj_size") or named["hidden_size"], named["hidden_size"]]
    return [lib.from_numpy(rng.standard_normal((runs, *batch, n)).astype(dtype)).requires_grad_() for n in sizes]


def flat(value):
    """The tensors of (y, h), (y, (h, c)), y perhaps packed."""
    if isinstance(value, tuple):
        if hasattr(value, "batch_sizes"):
            return [value.data]
        return [tensor for part in value for tensor in flat(part)]
    return [value]


def run(lib, kind, weights, call, dtype):
    """Outputs, gradients, and for the parameters' gradients again their gradients."""
    named, form, lengths, with_state, _, seed = call
    rng = np.random.default_rng(seed)
    layer = getattr(lib.nn, kind)(**named, dtype=getattr(lib, dtype))
    layer.load_state_dict({name: lib.from_numpy(w.copy()) for name, w in weights.items()})
    if form != "batch":
        layer.batch_first = False
    elif named["batch_first"]:
        lengths = [len(lengths)] + [0] * (lengths[0] - 1)  # (B, T) as (T, B)
    x, leaves = inputs_of(lib, rng, dtype, named, form, lengths)
    state = None
    if with_state:
        count = lengths if not (form == "batch" and named["batch_first"]) else [0] * lengths[0]
        states = states_of(lib, rng, dtype, named, form, count)[: 2 if kind == "LSTM" else 1]
        leaves += states
        state = tuple(states) if kind == "LSTM" else states[0]
    outputs = flat(layer(x, state))
    seeds = [lib.from_numpy(rng.standard_normal(y.shape).astype(dtype)) for y in outputs]
    targets = [*leaves, *layer.parameters()]
    first = lib.autograd.grad(outputs, targets, seeds, create_graph=True, allow_unused=True)
    results = [*outputs, *first]
    if dtype == "float64" and len(lengths) < 4:
        kept = [g for g in first if g is not None and g.requires_grad]
        total = sum((g * g).sum() for g in kept)
        results += lib.autograd.grad(total, targets, allow_unused=True) if kept else []
    return [None if r is None else r.detach().numpy() for r in results]


def check(kind, call):
    named, dtype = call[0], call[4]
    reference = getattr(torch.nn, kind)(**named, dtype=getattr(torch, dtype))
    weights = {name: w.numpy().copy() for name, w in reference.state_dict().items()}
    expected, found = (run(lib, kind, weights, call, dtype) for lib in (torch, refnn))
    assert len(found) == len(expected)
    for e, f in zip(expected, found, strict=True):
        if e is None or f is None:  # unused, or zero: torch and refnn may each say either
            assert not np.any([v for v in (e, f) if v is not None])
            continue
        assert f.dtype == e.dtype
        np.testing.assert_allclose(f, e, **BOUND[dtype])


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
@settings(max_examples=120, deadline=None)
@given(calls("RNN"))
def test_rnn(call):
    check("RNN", call)


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
@settings(max_examples=60, deadline=None)
@given(calls("LSTM"))
def test_lstm(call):
    check("LSTM", call)


@pytest.mark.filterwarnings("ignore:dropout option adds dropout")
@settings(max_examples=60, deadline=None)
@given(calls("GRU"))
def test_gru(call):
    check("GRU", call)
