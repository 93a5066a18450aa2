"""autograd.Function: what forward keeps, what backward gets and may return, what each method of ctx does."""

import pytest

import refnn
from refnn.autograd import Function
from refnn.autograd.function import once_differentiable


def leaf(*values):
    return refnn.tensor(values, dtype=refnn.float64, requires_grad=True)


class Cube(Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * 3 * x * x


class CubeInTwoParts(Function):
    @staticmethod
    def forward(x):
        return x * x * x

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)

    backward = Cube.backward


@pytest.mark.parametrize("function", [Cube, CubeInTwoParts])
@pytest.mark.parametrize("order, expected", [(1, 12), (2, 12), (3, 6)])
def test_derivatives_of_every_order(function, order, expected):
    x = leaf(2.0)
    y = function.apply(x)
    assert (y.item(), y.grad_fn.name()) == (8, f"{function.__name__}Backward")
    for _ in range(order):
        (y,) = refnn.autograd.grad(y.sum(), x, create_graph=True)
    assert y.item() == expected


def test_forward_records_nothing_and_backward_neither():
    seen = []

    class Modes(Function):
        @staticmethod
        def forward(ctx, x):
            seen.append((x * 2).requires_grad)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen.append(refnn.is_grad_enabled())
            return g * 2

    x = leaf(1.0)
    Modes.apply(x).sum().backward()
    (g,) = refnn.autograd.grad(Modes.apply(x).sum(), x, create_graph=True)
    assert seen == [False, False, False, True]
    assert g.tolist() == [2]


def test_needs_input_grad_and_arguments_that_are_no_tensors():
    seen = []

    class Scaled(Function):
        @staticmethod
        def forward(ctx, x, factor, y, name):
            ctx.factor = factor
            return x * factor + y

        @staticmethod
        def backward(ctx, g):
            seen.append(ctx.needs_input_grad)
            return g * ctx.factor, None, None, None

    x = leaf(1.0)
    out = Scaled.apply(x, 3, refnn.ones(1), "name")
    out.sum().backward()
    assert seen == [(True, False, False, False)]
    assert x.grad.tolist() == [3]


def test_without_a_gradient_to_ask_for_nothing_is_recorded():
    assert not Cube.apply(refnn.ones(1)).requires_grad
    with refnn.no_grad():
        assert not Cube.apply(leaf(1.0)).requires_grad


class Parts(Function):
    """x + 1 and 2 x, and a mark of what their gradients were."""

    seen: list
    materialize = True

    @classmethod
    def forward(cls, ctx, x):
        ctx.set_materialize_grads(Parts.materialize)
        return x + 1, x * 2

    @staticmethod
    def backward(ctx, first, second):
        Parts.seen.append((first if first is None else first.tolist(), second.tolist()))
        return second * 2 if first is None else first + second * 2


@pytest.mark.parametrize("materialize, missing", [(True, [0]), (False, None)])
def test_a_gradient_that_never_arrives(materialize, missing):
    Parts.seen, Parts.materialize = [], materialize
    x = leaf(1.0)
    Parts.apply(x)[1].sum().backward()
    assert Parts.seen == [(missing, [1])]
    assert x.grad.tolist() == [2]


def test_several_results():
    Parts.seen, Parts.materialize = [], True
    x = leaf(3.0)
    a, b = Parts.apply(x)
    assert a.grad_fn is b.grad_fn
    (a * b).sum().backward()  # (x + 1) 2 x
    assert Parts.seen == [([6], [4])]
    assert x.grad.tolist() == [14]


def test_a_result_without_a_gradient():
    class Sorted(Function):
        @staticmethod
        def forward(ctx, x):
            values, order = x.sort()
            ctx.mark_non_differentiable(order)
            ctx.save_for_backward(order)
            return values, order

        @staticmethod
        def backward(ctx, g, _):
            (order,) = ctx.saved_tensors
            out = refnn.zeros(len(order), dtype=g.dtype)
            out[order] = g
            return out

    x = leaf(3.0, 1.0, 2.0)
    values, order = Sorted.apply(x)
    assert (values.requires_grad, order.requires_grad) == (True, False)
    (values * refnn.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [100, 1, 10]


class AddOne(Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 5


def test_an_input_that_was_written_to():
    x = leaf(1.0)
    y = x * 2
    z = AddOne.apply(y)
    assert z is y
    assert (y.tolist(), y.grad_fn.name(), y._version) == ([3], "AddOneBackward", 2)  # by add_, and by being marked
    y.sum().backward()
    assert x.grad.tolist() == [10]


def test_a_leaf_may_not_be_written_to():
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        AddOne.apply(leaf(1.0))


def test_a_saved_tensor_that_was_overwritten():
    x = leaf(2.0)
    middle = x * 1
    y = Cube.apply(middle)
    middle.add_(1)
    with pytest.raises(RuntimeError, match=r"has been modified by an inplace operation.*is at version 1; expected ver"):
        y.sum().backward()


def test_a_graph_is_freed():
    y = Cube.apply(leaf(2.0)).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


def returning(*results):
    class Returning(Function):
        @staticmethod
        def forward(ctx, x, y):
            return x + y

        @staticmethod
        def backward(ctx, g):
            return tuple(r(g) if callable(r) else r for r in results)

    return Returning


@pytest.mark.parametrize(
    "results, message",
    [
        ((lambda g: g,), r"returned an incorrect number of gradients \(expected 2, got 1\)"),
        ((lambda g: g, lambda g: g, lambda g: g), r"returned an incorrect number of gradients \(expected 2, got 3\)"),
        ((lambda g: g[:1], lambda g: g), "returned an invalid gradient at index 0 - got .1. but expected shape .*2"),
        ((3, lambda g: g), r"expected Variable or None \(got int\)"),
    ],
)
def test_what_backward_may_not_return(results, message):
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    with pytest.raises(RuntimeError, match=message):
        returning(*results).apply(x, y).sum().backward()


@pytest.mark.parametrize(
    "results, expected",
    [
        ((lambda g: g, None), ([1, 1], None)),
        ((None, lambda g: g * 2), (None, [2, 2])),
        ((lambda g: g, lambda g: g, None), ([1, 1], [1, 1])),  # Nones too many are let through
        ((lambda g: g.float(), lambda g: g), ([1, 1], [1, 1])),
    ],
)
def test_what_backward_may_return(results, expected):
    x, y = leaf(1.0, 2.0), leaf(3.0, 4.0)
    returning(*results).apply(x, y).sum().backward()
    assert tuple(None if t.grad is None else t.grad.tolist() for t in (x, y)) == expected
    assert all(t.grad is None or t.grad.dtype == refnn.float64 for t in (x, y))


def test_once_differentiable():
    class Once(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            assert not refnn.is_grad_enabled()
            return g * 2 * ctx.saved_tensors[0]

    x = leaf(3.0)
    y = Once.apply(x)
    (first,) = refnn.autograd.grad((y * y).sum(), x, create_graph=True)
    assert first.tolist() == [4 * 27]
    with pytest.raises(RuntimeError, match="trying to differentiate twice a function that was marked with @once_diff"):
        first.sum().backward()


def test_an_input_that_is_returned_as_it_is_becomes_a_view():
    class Same(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf(1.0)
    middle = x * 1
    y = Same.apply(middle)
    assert y is not middle
    with pytest.raises(RuntimeError, match="This view was created inside a custom Function"):
        y.add_(1)
    y.sum().backward()
    assert x.grad.tolist() == [2]


class Unfinished(Function):
    pass


class NoBackward(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda x: Unfinished.apply(x), "You must implement the forward function for custom autograd.Function."),
        (lambda x: NoBackward.apply(x).sum().backward(), "You must implement either the backward or vjp method"),
    ],
)
def test_what_has_to_be_defined(wrong, message):
    with pytest.raises(NotImplementedError, match=message):
        wrong(leaf(1.0))


def test_only_tensors_are_saved():
    class Saves(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, None, 3)
            return x * 2

    with pytest.raises(TypeError, match="save_for_backward can only save variables, but argument"):
        Saves.apply(leaf(1.0))


def test_an_instance_warns():
    with pytest.warns(DeprecationWarning, match="should not be instantiated"):
        Cube()
