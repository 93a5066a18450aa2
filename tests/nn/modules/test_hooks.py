"""Hooks: the order in which they run, what they may replace, and that gradients stay right."""

import pytest

import refnn
from refnn import nn
from refnn.nn.modules import module as modules


@pytest.fixture
def log():
    return []


def test_order_of_everything(log):
    m = nn.Tanh()
    note = log.append
    with (
        modules.register_module_forward_pre_hook(lambda *a: note("global pre")),
        modules.register_module_forward_hook(lambda *a: note("global post")),
        modules.register_module_full_backward_pre_hook(lambda *a: note("global backward pre")),
        modules.register_module_full_backward_hook(lambda *a: note("global backward")),
    ):
        m.register_forward_pre_hook(lambda *a: note("pre"))
        m.register_forward_hook(lambda *a: note("post"))
        m.register_forward_hook(lambda *a: note("first post"), prepend=True)
        m.register_full_backward_pre_hook(lambda *a: note("backward pre"))
        m.register_full_backward_hook(lambda *a: note("backward"))
        m(refnn.ones(1, requires_grad=True)).backward()
    assert log == [
        "global pre", "pre", "global post", "first post", "post",
        "global backward pre", "backward pre", "global backward", "backward",
    ]  # fmt: skip
    log.clear()
    nn.Tanh()(refnn.ones(1))
    assert log == []


def test_backward_hooks_see_the_gradients():
    m = nn.Linear(3, 2)
    seen = {}
    m.register_full_backward_hook(lambda mod, gi, go: seen.update(gi=gi, go=go))
    x = refnn.randn(4, 3, requires_grad=True)
    g = refnn.randn(4, 2)
    m(x).backward(g)
    assert refnn.equal(seen["go"][0], g)
    assert refnn.equal(seen["gi"][0], x.grad)
    plain = x.detach().requires_grad_()
    nn.functional.linear(plain, m.weight, m.bias).backward(g)
    assert refnn.equal(plain.grad, x.grad)


@pytest.mark.parametrize(
    "register, hook, factor",
    [
        ("register_forward_pre_hook", lambda m, a: (a[0] * 2,), 2),
        ("register_forward_hook", lambda m, a, out: out * 3, 3),
        ("register_full_backward_pre_hook", lambda m, go: (go[0] * 5,), 5),
        ("register_full_backward_hook", lambda m, gi, go: (gi[0] * 7,), 7),
    ],
)
def test_replacements_reach_the_gradient(register, hook, factor):
    m = nn.Identity()
    handle = getattr(m, register)(hook)
    x = refnn.ones(2, requires_grad=True)
    m(x).sum().backward()
    assert x.grad.tolist() == [factor, factor]
    handle.remove()
    x.grad = None
    m(x).sum().backward()
    assert x.grad.tolist() == [1, 1]


def test_always_called_hook_sees_a_failure(log):
    m = nn.Linear(2, 2)
    m.register_forward_hook(lambda mod, args, out: log.append(out), always_call=True)
    m.register_forward_hook(lambda mod, args, out: log.append("not reached"))
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        m(refnn.ones(1, 3))
    assert log == [None]


def test_kinds_do_not_mix():
    m = nn.ReLU()
    m.register_full_backward_hook(lambda *a: None)
    with pytest.raises(RuntimeError, match="Cannot use both regular backward hooks and full backward hooks"):
        m.register_backward_hook(lambda *a: None)


def test_second_derivatives_pass_through_hooks():
    m = nn.Tanh()
    m.register_full_backward_hook(lambda *a: None)
    x = refnn.randn(3, dtype=refnn.float64, requires_grad=True)
    assert refnn.autograd.gradcheck(m, (x,))
    assert refnn.autograd.gradgradcheck(m, (x,))


def test_handles():
    m = nn.Identity()
    handles = [m.register_forward_hook(lambda *a: None, with_kwargs=True, always_call=True) for _ in range(3)]
    assert len({h.id for h in handles}) == 3
    for handle in handles:
        handle.remove()
        handle.remove()
    assert not m._forward_hooks
    assert not m._forward_hooks_with_kwargs
    assert not m._forward_hooks_always_called
