"""Hooks on saved tensors and on several gradients, edges of the graph."""

import threading

import numpy as np
import pytest

import refnn
from refnn.autograd import graph

F = refnn.nn.functional


def leaf(*values):
    return refnn.tensor(values, dtype=refnn.float64, requires_grad=True)


class Squared(refnn.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2 * g * ctx.saved_tensors[0]


# Functions of (2, 3, 4) and (3, 3, 2), whose rules save arguments, results, several of both, and results by name.
FUNCTIONS = {
    "mul": lambda x, w: x * x * x,
    "exp": lambda x, w: (x * 1).exp(),
    "cat": lambda x, w: refnn.cat([x * x, x]).prod(0),
    "conv": lambda x, w: F.conv1d(x, w),
    "batch norm": lambda x, w: F.batch_norm(x, None, None, training=True),
    "max pool": lambda x, w: F.max_pool1d(x, 2) ** 2,
    "softmax": lambda x, w: F.log_softmax(x * w.sum(), 1),
    "var": lambda x, w: x.var(1),
    "index": lambda x, w: x[:, [0, 2]] ** 2,
    "function": lambda x, w: Squared.apply(x * w[0, 0, 0]),
    "norm": lambda x, w: x.norm(3, 1),
    "view": lambda x, w: (x.transpose(0, 1)[1:] ** 2) * w[0, 0, 1],
}
FORMS = {
    "the same": (lambda t: t, lambda t: t),
    "arrays": (lambda t: t.detach().numpy().copy(), refnn.from_numpy),
    "lists": (lambda t: (t.tolist(), t.dtype), lambda held: refnn.tensor(held[0], dtype=held[1])),
}


def derivatives(function, hooks):
    refnn.manual_seed(0)
    x = refnn.randn(2, 3, 4, dtype=refnn.float64).requires_grad_()
    w = refnn.randn(3, 3, 2, dtype=refnn.float64).requires_grad_()
    with hooks:
        y = function(x, w)
        found = refnn.autograd.grad((y**2).sum(), (x, w), create_graph=True, allow_unused=True)
    found = [g for g in found if g is not None]
    again = refnn.autograd.grad(sum((g**2).sum() for g in found), (x, w), allow_unused=True)
    return [g.tolist() for g in (*found, *again) if g is not None]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_of_what_was_packed_are_the_same(name, form):
    packed, unpacked = [], []
    pack, unpack = FORMS[form]
    hooks = graph.saved_tensors_hooks(
        lambda t: (packed.append(t.shape), pack(t))[1], lambda held: (unpacked.append(1), unpack(held))[1]
    )
    plain = graph.disable_saved_tensors_hooks("none")
    for found, expected in zip(derivatives(FUNCTIONS[name], hooks), derivatives(FUNCTIONS[name], plain), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)
    assert packed
    assert unpacked


def test_an_ordinary_pass_reads_what_the_hook_made():
    x = leaf(1.0, 2.0)
    with graph.saved_tensors_hooks(lambda t: t * 10, lambda t: t):
        y = x * x
    y.sum().backward()
    assert x.grad.tolist() == [20, 40]


def test_hooks_belong_to_a_thread_and_end():
    seen = []
    with graph.saved_tensors_hooks(lambda t: (seen.append(1), t)[1], lambda t: t):
        thread = threading.Thread(target=lambda: leaf(1.0).exp())
        thread.start()
        thread.join()
    leaf(1.0).exp()
    assert seen == []


REFUSED = {  # (call, exception, text)
    "no tensor back": (lambda: passed(lambda t: t, lambda t: 3), TypeError, "expected to be a Tensor but got"),
    "in place": (lambda: passed(lambda t: t.add_(1), lambda t: t), RuntimeError, "modifying its input in place"),
    "no function": (lambda: passed(3, 4), TypeError, "incompatible function arguments"),
    "forbidden": (lambda: forbidden(), RuntimeError, "^not here$"),
    "another mode": (lambda: graph.register_multi_grad_hook([], print, mode="most"), ValueError, "Expects mode"),
    "no gradient": (
        lambda: graph.register_multi_grad_hook([refnn.ones(1)], print),
        AssertionError,
        "gradient function",
    ),
    "no edge": (lambda: graph.get_gradient_edge(refnn.ones(1)), RuntimeError, "does not require gradients"),
}


def passed(pack, unpack):
    with graph.saved_tensors_hooks(pack, unpack):
        y = (leaf(1.0) * 1).exp()
    y.backward()


def forbidden():
    with graph.disable_saved_tensors_hooks("not here"):
        passed(lambda t: t, lambda t: t)


@pytest.mark.parametrize("row", REFUSED)
def test_refused(row):
    call, exception, text = REFUSED[row]
    with pytest.raises(exception, match=text):
        call()
    leaf(1.0).exp().backward()


PASSES = {  # (a pass through c = a b and d = a / b, whose gradients the hook on a, c and d gets)
    "of c": (lambda a, c, d: c.backward(), [True, True, False]),
    "of c, to a": (lambda a, c, d: c.backward(inputs=[a]), [True, True, False]),
    "of both": (lambda a, c, d: (c + d).backward(), [True, True, True]),
    "of d, to itself": (lambda a, c, d: refnn.autograd.grad((c * d), d), [False, False, True]),
}


@pytest.mark.parametrize("mode", ["all", "any"])
@pytest.mark.parametrize("row", PASSES)
def test_a_hook_on_several_gradients_runs_once_in_a_pass(row, mode):
    go, expected = PASSES[row]
    a, b, seen = leaf(2.0), leaf(4.0), []
    c, d = (a * b).sum(), (a / b).sum()
    with graph.register_multi_grad_hook([a, c, d], seen.append, mode=mode):
        go(a, c, d)
    assert len(seen) == 1
    if mode == "all":
        assert [g is not None for g in seen[0]] == expected


def test_an_edge_stands_for_a_tensor():
    a, b = leaf(2.0), leaf(4.0)
    c = a * b
    edge = graph.get_gradient_edge(c)
    assert isinstance(edge.node, graph.Node)
    assert refnn.autograd.grad((c * 3).sum(), [edge, graph.get_gradient_edge(b)], retain_graph=True)[0].tolist() == [3]
    refnn.autograd.backward(edge, refnn.tensor([5.0], dtype=refnn.float64))
    assert (a.grad.tolist(), b.grad.tolist()) == ([20], [10])


def test_a_counted_write_is_noticed():
    a = leaf(2.0)
    y = a * a
    a.detach().numpy()[:] = 3
    graph.increment_version(a)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()
