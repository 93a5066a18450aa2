"""Hooks of leaves, results and nodes, after accumulation; retained gradients."""

import pytest

import refnn


def leaf(*values):
    return refnn.tensor(values, dtype=refnn.float64, requires_grad=True)


CHANGES = {  # what a hook returns of g, and the factor that comes of it
    "nothing": (lambda g: None, 1),
    "twice": (lambda g: g * 2, 2),
    "none of it": (lambda g: g * 0, 0),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("place", ["leaf", "result"])
def test_a_tensor_hook_sees_the_gradient_and_may_replace_it(place, change):
    hook, factor = CHANGES[change]
    seen = []
    x = leaf(1.0, 2.0)
    y = x * 3
    (x if place == "leaf" else y).register_hook(lambda g: (seen.append(g.tolist()), hook(g))[1])
    (y * y).sum().backward()
    full = [2 * 9 * 1.0, 2 * 9 * 2.0]
    assert seen == [full if place == "leaf" else [6.0, 12.0]]
    assert x.grad.tolist() == [factor * g for g in full]


def test_hooks_run_in_order_each_on_what_the_last_returned():
    x = leaf(1.0)
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    (x * 5).sum().backward()
    assert x.grad.tolist() == [60]


def test_a_leaf_hook_runs_once_on_the_sum_of_all_paths():
    seen = []
    x = leaf(1.0)
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * 2 + x * 3).sum().backward()
    assert seen == [[5]]


def test_a_removed_hook_is_not_called():
    x, seen = leaf(1.0), []
    handle = x.register_hook(seen.append)
    handle.remove()
    handle.remove()
    with x.register_hook(seen.append):
        pass
    (x * 2).sum().backward()
    assert seen == []


def test_hooks_run_in_grad_too():
    x = leaf(1.0)
    y = x * 2
    x.register_hook(lambda g: g * 3)
    y.register_hook(lambda g: g * 5)
    assert refnn.autograd.grad(y.sum(), x)[0].tolist() == [30]


def test_a_hook_takes_part_in_higher_derivatives():
    x = leaf(2.0)
    y = x * x
    y.register_hook(lambda g: g * x)
    (first,) = refnn.autograd.grad(y.sum(), x, create_graph=True)  # 2 x · x
    (second,) = refnn.autograd.grad(first.sum(), x)
    assert (first.item(), second.item()) == (8, 8)


@pytest.mark.parametrize(
    "result, error, message",
    [
        (lambda g: 3, TypeError, "expected Variable, but hook returned 'int'"),
        (lambda g: g.float(), RuntimeError, "has changed the type of value"),
        (lambda g: g[:1], RuntimeError, "has changed the size of value"),
    ],
)
def test_what_a_hook_may_not_return(result, error, message):
    x = leaf(1.0, 2.0)
    x.register_hook(result)
    with pytest.raises(error, match=message):
        (x * 2).sum().backward()


def test_a_hook_needs_a_gradient():
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        refnn.ones(1).register_hook(print)


def test_after_accumulation():
    seen = []
    x = leaf(1.0)
    x.register_hook(lambda g: seen.append("before"))
    handle = x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.tolist())))
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    handle.remove()
    (x * 2).sum().backward()
    assert seen == ["before", (True, [2]), "before", (True, [4]), "before"]


def test_after_accumulation_the_gradient_may_be_dropped():
    x = leaf(1.0)
    x.register_post_accumulate_grad_hook(lambda t: setattr(t, "grad", None))
    (x * 2).sum().backward()
    assert x.grad is None


def test_after_accumulation_is_for_leaves():
    with pytest.raises(RuntimeError, match="post accumulate grad hooks cannot be registered on non-leaf tensors"):
        (leaf(1.0) * 2).register_post_accumulate_grad_hook(print)


def test_a_node_hook_sees_both_sides_and_may_replace_the_inputs_gradients():
    seen = []
    x, w = leaf(2.0), leaf(5.0)
    y = x * w

    def hook(grad_inputs, grad_outputs):
        seen.append(([g.tolist() for g in grad_inputs], [g.tolist() for g in grad_outputs]))
        return grad_inputs[0] * 10, grad_inputs[1]

    y.grad_fn.register_hook(hook)
    (y * 3).sum().backward()
    assert seen == [([[15], [6]], [[3]])]
    assert (x.grad.tolist(), w.grad.tolist()) == ([150], [6])


def test_a_node_prehook_may_replace_the_outputs_gradients():
    x = leaf(2.0)
    y = x * 5
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 2,))
    y.sum().backward()
    assert x.grad.tolist() == [10]


def test_a_node_hook_returns_one_gradient_for_each_input():
    x, w = leaf(2.0), leaf(5.0)
    y = x * w
    y.grad_fn.register_hook(lambda inputs, outputs: inputs[:1])
    with pytest.raises(RuntimeError, match=r"incorrect number of values \(got 1, but expected 2\)"):
        y.sum().backward()


def test_a_retained_gradient():
    x = leaf(1.0, 2.0)
    y = x * 3
    y.retain_grad()
    y.retain_grad()
    assert (y.retains_grad, y.is_leaf, x.retains_grad) == (True, False, False)
    (y * y).sum().backward()
    assert y.grad.tolist() == [6, 12]
    (x * 3 + y.detach()).sum().backward()
    assert y.grad.tolist() == [6, 12]


def test_a_retained_gradient_is_what_the_hooks_left():
    y = leaf(1.0) * 3
    y.register_hook(lambda g: g * 7)
    y.retain_grad()
    y.sum().backward()
    assert y.grad.tolist() == [7]


def test_retained_gradients_add_up_and_are_not_shared():
    x = leaf(1.0)
    y = x * 3
    y.retain_grad()
    y.sum().backward(retain_graph=True)
    y.sum().backward(retain_graph=True)
    assert (y.grad.tolist(), x.grad.tolist()) == ([2], [6])
    y.grad.zero_()
    assert x.grad.tolist() == [6]


def test_only_what_requires_grad_can_retain_it():
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"):
        refnn.ones(1).retain_grad()


def test_reading_the_gradient_of_a_result_warns():
    y = leaf(1.0) * 2
    with pytest.warns(UserWarning, match="The .grad attribute of a Tensor that is not a leaf Tensor is being accessed"):
        assert y.grad is None


def test_a_retained_gradient_of_a_recorded_pass_is_differentiable():
    x = leaf(2.0)
    y = x * x
    y.retain_grad()
    (y * y).sum().backward(create_graph=True)  # dy = 2 y
    (second,) = refnn.autograd.grad(y.grad.sum(), x)
    assert second.tolist() == [8]
