"""The backward pass: order, accumulation, what is freed and when, depth, memory."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import refnn
from refnn.autograd import backward_pass

DEEP = 10_000


def leaf(*values):
    return refnn.tensor(values, dtype=refnn.float64, requires_grad=True)


@pytest.fixture
def no_collector():
    """Only reference counts free anything."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("order", range(1, 6))
def test_derivatives_of_every_order(order):
    x = leaf(0.7)
    y = x.sin().sum()
    for _ in range(order):
        (y,) = refnn.autograd.grad(y, x, create_graph=True)
    turned = [np.sin, np.cos, lambda v: -np.sin(v), lambda v: -np.cos(v)][order % 4]
    np.testing.assert_allclose(y.detach().numpy(), turned(np.array([0.7])), rtol=1e-14)


def test_gradients_of_many_paths_add_up():
    x = leaf(3.0)
    y = x
    for _ in range(10):
        y = y + y
    y.backward()
    assert x.grad.item() == 2**10


def test_gradients_accumulate_in_place():
    x = leaf(1.0, 2.0)
    (x * 3).sum().backward()
    first = x.grad
    (x * 4).sum().backward()
    assert x.grad is first
    assert first.tolist() == [7, 7]


def test_an_accumulated_gradient_is_not_shared():
    x, y = leaf(1.0), leaf(2.0)
    (x + y).sum().backward()
    x.grad.zero_()
    assert y.grad.tolist() == [1]


def test_a_sum_in_place_leaves_the_gradient_of_the_other_operand_alone():
    x, y = leaf(1.0), leaf(2.0)
    older = x * 3
    (older + (x + y)).sum().backward()  # x + y hands one and the same gradient to both
    assert (x.grad.tolist(), y.grad.tolist()) == ([4], [1])


def test_a_graph_is_freed_by_its_pass():
    x = leaf(2.0)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()
    assert x.grad.tolist() == [4]


def test_a_graph_that_saved_nothing_serves_again():
    x = leaf(2.0)
    y = (x + 1).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [2]


def test_retained_graph():
    x = leaf(2.0)
    y = (x * x).sum()
    for _ in range(3):
        y.backward(retain_graph=True)
    assert x.grad.tolist() == [12]


def test_only_the_inputs_that_were_asked_for():
    x, w = leaf(1.0), leaf(2.0)
    (x * w).sum().backward(inputs=[w])
    assert x.grad is None
    assert w.grad.tolist() == [1]


@pytest.mark.usefixtures("no_collector")
def test_saved_tensors_die_with_the_graph():
    x = leaf(2.0)
    middle = x * 2
    y = middle.exp() * middle
    seen = weakref.ref(middle)
    node = weakref.ref(y.grad_fn)
    del middle
    assert seen() is not None  # the product needs it
    y.sum().backward()
    assert seen() is None
    del y
    assert node() is None


@pytest.mark.usefixtures("no_collector")
def test_a_graph_without_a_pass_dies_too():
    x = leaf(2.0)
    y = (x.exp() * x).sigmoid().softmax(0)
    node = weakref.ref(y.grad_fn)
    del y
    assert node() is None


def chain(x, operation, depth):
    for _ in range(depth):
        x = operation(x)
    return x


@pytest.mark.parametrize("operation", [lambda t: t + 1, lambda t: t * 1.0001, lambda t: t.tanh(), lambda t: t[:]])
def test_deep_graphs(operation):
    x = leaf(0.5, 0.25)
    y = chain(x, operation, DEEP)
    (g,) = refnn.autograd.grad(y.sum(), x, create_graph=True)
    if g.requires_grad:
        g.sum().backward()
    assert refnn.isfinite(g).all()
    del y, g  # without a recursion in the destructors


def test_a_deep_graph_is_dropped():
    y = chain(leaf(0.5), lambda t: t * 2, 10 * DEEP)
    del y


def test_memory_stays_flat():
    refnn.manual_seed(0)
    model = refnn.nn.Sequential(refnn.nn.Linear(8, 16), refnn.nn.ReLU(), refnn.nn.Linear(16, 1))
    optimizer = refnn.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x, y = refnn.randn(4, 8), refnn.randn(4, 1)

    def train(steps):
        for _ in range(steps):
            optimizer.zero_grad()
            refnn.nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()

    gc.disable()
    tracemalloc.start()
    try:
        train(20)
        before = tracemalloc.get_traced_memory()[0]
        train(1000)
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
        gc.enable()
    assert grown < 20_000  # bytes: a graph of one step alone has as many


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda x: (x * 2).backward(), "grad can be implicitly created only for scalar outputs"),
        (lambda x: x.detach().sum().backward(), "element 0 of tensors does not require grad"),
        (lambda x: (x * 2).backward(refnn.ones(3)), r"Mismatch in shape: grad_output\[0\]"),
        (lambda x: refnn.autograd.grad(leaf(1.0).sum(), x), "appears to not have been used in the graph"),
        (lambda x: x.sum().backward(inputs=[]), "cannot be empty"),
    ],
)
def test_wrong_calls(wrong, message):
    x = leaf(1.0, 2.0)
    with pytest.raises(RuntimeError, match=message):
        wrong(x)
    assert x.grad is None


FLAT = {  # functions of (1, 2, 4), whose gradients have no slope
    "avg_pool1d": lambda x: refnn.nn.functional.avg_pool1d(x, 2),
    "adaptive_max_pool1d": lambda x: refnn.nn.functional.adaptive_max_pool1d(x, 3),
    "adaptive_avg_pool1d": lambda x: refnn.nn.functional.adaptive_avg_pool1d(x, 3),
    "reflect": lambda x: refnn.nn.functional.pad(x, (1, 1), "reflect"),
    "rrelu": lambda x: refnn.nn.functional.rrelu(x, training=True),
    "nll_loss": lambda x: refnn.nn.functional.nll_loss(x, refnn.zeros(1, 4, dtype=refnn.int64)),
}


@pytest.mark.parametrize("inner", [lambda x: x, lambda x: x * 1])
@pytest.mark.parametrize("name", FLAT)
def test_a_gradient_without_slope_has_a_derivative_of_zero(name, inner):
    leaf = refnn.arange(8.0).reshape(1, 2, 4).requires_grad_()
    x = inner(leaf)
    (g,) = refnn.autograd.grad(FLAT[name](x).sum(), x, create_graph=True)
    (h,) = refnn.autograd.grad((g * x).sum(), x, retain_graph=True)
    assert h.tolist() == g.tolist()
    (h,) = refnn.autograd.grad(g.sum(), leaf)
    assert h.tolist() == refnn.zeros(1, 2, 4).tolist()


def test_renorm_has_a_third_derivative():
    x = refnn.tensor([[3.0, 4.0]], dtype=refnn.float64, requires_grad=True)
    y = refnn.renorm(x, 2, 0, 1.0)[0, 0]
    for _ in range(3):
        (g,) = refnn.autograd.grad(y, x, create_graph=True)
        y = g[0, 0]
    # of a / r at (3, 4), but for the 10⁻⁷
    a, b, r = 3.0, 4.0, 5.0
    assert g[0, 0].item() == pytest.approx(3 * b**2 * (4 * a**2 - b**2) / r**7, rel=1e-5)


# What a leaf's gradient shares memory with ---------------------------------------------------------------


def two_sums(a, b, seen):
    return a + b


def two_views(a, b, seen):
    return a.t() + b.t()


def watched(a, b, seen):
    y = a.view(-1) * b.view(-1)
    y.register_hook(lambda g: seen.append(g))
    return y * 2


def watched_view(a, b, seen):
    y = a.view(-1)
    y.register_hook(lambda g: seen.append(g))
    return y * b.view(-1)


def retained(a, b, seen):
    y = a.view(-1)
    y.retain_grad()
    seen.append(y)
    return y * b.view(-1)


@pytest.mark.parametrize("function", [two_sums, two_views, watched, watched_view, retained])
@pytest.mark.parametrize("size", [3, 600])
@pytest.mark.parametrize("kept", [True, False])
def test_gradients_share_no_memory(function, size, kept):
    """Small ones and those in memory that is lent; a given gradient least of all."""
    a, b = (refnn.randn(size, size, requires_grad=True) for _ in "ab")
    seen = []
    y = function(a, b, seen)
    given = refnn.ones(y.shape)
    y.backward(given, retain_graph=kept)
    others = [t.grad if t.requires_grad else t for t in seen]
    arrays = [t.detach().numpy() for t in (a.grad, b.grad, given, a, b, *others)]
    for i, one in enumerate(arrays):
        assert not any(np.shares_memory(one, other) for other in arrays[:i])


def test_a_gradient_that_no_one_else_sees_is_not_copied(monkeypatch):
    copied = []
    monkeypatch.setattr(backward_pass, "_laid_out_like", lambda g, like: copied.append(g) or np.array(g))
    x = refnn.randn(600, 1000, requires_grad=True)
    refnn.nn.functional.layer_norm(x, (1000,)).square().sum().backward()
    assert copied == []
    x.grad = None
    x.backward(refnn.ones(600, 1000))
    assert len(copied) == 1
