"""Writing in place: versions, what is forbidden, views and their bases, gradients through them."""

import pytest

import refnn

LEAF = "a leaf Variable that requires grad is being used in an in-place operation"
VIEW_OF_LEAF = "a view of a leaf Variable that requires grad is being used in an in-place operation"
SEVERAL = "This view is the output of a function that returns multiple views"
NO_GRAD = "A view was created in no_grad mode and is being modified inplace with grad mode enabled"
OVERWRITTEN = "has been modified by an inplace operation"


def leaf(*values):
    return refnn.tensor(values, dtype=refnn.float64, requires_grad=True)


def arange(n):
    return refnn.arange(n, dtype=refnn.float64)


WRITES = {
    "add_": lambda x: x.add_(1),
    "mul_": lambda x: x.mul_(2),
    "+=": lambda x: x.__iadd__(1),
    "copy_": lambda x: x.copy_(arange(4)),
    "fill_": lambda x: x.fill_(3),
    "zero_": lambda x: x.zero_(),
    "setitem": lambda x: x.__setitem__(0, 5),
    "setitem by mask": lambda x: x.__setitem__(x > 1, 5),
    "clamp_": lambda x: x.clamp_(0, 1),
    "exp_": lambda x: x.exp_(),
    "uniform_": lambda x: x.uniform_(),
    "index_fill_": lambda x: x.index_fill_(0, refnn.tensor([1]), 3),
    "masked_fill_": lambda x: x.masked_fill_(x > 1, 3),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_write_raises_the_version_of_all_that_share_the_memory(name):
    x = arange(4)
    view, detached = x[1:], x.detach()
    WRITES[name](x)
    assert {t._version for t in (x, view, detached, view[:1])} == {1}
    WRITES[name](x)
    assert view._version == 2


@pytest.mark.parametrize("name", WRITES)
def test_a_leaf_that_requires_grad_is_not_written_to(name):
    x = arange(4).requires_grad_()
    with pytest.raises(RuntimeError, match=LEAF if "setitem" not in name else "leaf Variable that requires grad"):
        WRITES[name](x)
    assert x.tolist() == [0, 1, 2, 3]
    assert x._version == 0
    with refnn.no_grad():
        WRITES[name](x)
    assert x._version == 1
    assert x.is_leaf


@pytest.mark.parametrize("name", WRITES)
def test_a_view_of_such_a_leaf_neither(name):
    x = arange(4).requires_grad_()
    with pytest.raises(RuntimeError, match=VIEW_OF_LEAF):
        WRITES[name](x.view(4))
    assert x.tolist() == [0, 1, 2, 3]


def test_the_leaf_is_told_before_the_shape():
    with pytest.raises(RuntimeError, match=LEAF):
        leaf(1.0, 2.0).copy_(arange(3))


SAVERS = {
    "input": (lambda m: (m * m, m), True),
    "result": (lambda m: (lambda y: (y, y))(m.exp()), True),
    "nothing": (lambda m: (m + 1, m), False),
    "a view's base": (lambda m: (m[:1] * m[:1], m), True),
    "a base's view": (lambda m: (m * m, m[:1]), True),
}


@pytest.mark.parametrize("name", SAVERS)
def test_a_saved_tensor_that_is_overwritten(name):
    build, saves = SAVERS[name]
    x = leaf(1.0, 2.0)
    y, written = build(x * 1)
    before = y.sum() if written is not y else (y * 1).sum()
    with refnn.no_grad():
        written.add_(1)
    if saves:
        with pytest.raises(RuntimeError, match=OVERWRITTEN):
            before.backward()
    else:
        before.backward()
        assert x.grad.tolist() == [1, 1]


def test_gradients_through_a_write():
    x = leaf(1.0, 2.0)
    y = x * 3
    y.mul_(2)
    y += x
    y.sum().backward()
    assert (y.tolist(), x.grad.tolist()) == ([7, 14], [7, 7])


VIEWS = {  # a view of the four elements of (2, 2), and which of them it shows
    "row": (lambda m: m[0], [0, 1]),
    "column": (lambda m: m[:, 1], [1, 3]),
    "element": (lambda m: m[1, 0], [2]),
    "transpose": (lambda m: m.t(), [0, 1, 2, 3]),
    "view of a view": (lambda m: m.t()[1], [1, 3]),
    "flat": (lambda m: m.view(-1)[1:3], [1, 2]),
    "every second": (lambda m: m.view(4)[::2], [0, 2]),
    "unsqueezed": (lambda m: m.unsqueeze(0)[:, 1], [2, 3]),
    "narrowed": (lambda m: m.narrow(1, 0, 1), [0, 2]),
    "diagonal": (lambda m: m.diagonal(), [0, 3]),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_to_a_view_reaches_its_base_and_its_gradient(name):
    make, shown = VIEWS[name]
    x = leaf(1.0, 2.0, 3.0, 4.0)
    base = (x * 1).view(2, 2).clone()
    make(base).mul_(10)
    factors = [10.0 if k in shown else 1.0 for k in range(4)]
    assert base.view(-1).tolist() == [f * v for f, v in zip(factors, [1, 2, 3, 4], strict=True)]
    base.sum().backward()
    assert x.grad.tolist() == factors


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_to_a_base_reaches_its_view_and_its_gradient(name):
    make, shown = VIEWS[name]
    x = leaf(1.0, 2.0, 3.0, 4.0)
    base = (x * 1).view(2, 2).clone()
    view = make(base)
    base.mul_(10)
    assert sorted(view.reshape(-1).tolist()) == [10.0 * (k + 1) for k in shown]
    view.sum().backward()
    assert x.grad.tolist() == [10.0 if k in shown else 0.0 for k in range(4)]


def test_a_value_that_requires_grad_is_written_into_one_that_does_not():
    x, target = leaf(2.0), refnn.zeros(3, dtype=refnn.float64)
    view = target[:2]
    target[1] = x[0] * 5
    assert (target.requires_grad, view.requires_grad) == (True, True)
    (view * refnn.tensor([1.0, 7.0])).sum().backward()
    assert x.grad.tolist() == [35]


@pytest.mark.parametrize(
    "parts",
    [lambda m: m.unbind(0), lambda m: m.chunk(2), lambda m: m.split(1), lambda m: list(m)],
    ids=["unbind", "chunk", "split", "iteration"],
)
def test_one_of_several_views_is_not_written_to(parts):
    base = leaf(1.0, 2.0) * 1
    part = parts(base)[0]
    with pytest.raises(RuntimeError, match=SEVERAL):
        part.add_(1)
    with refnn.no_grad():
        part.add_(1)
    assert base.tolist() == [2, 2]


def test_a_view_of_no_grad_is_not_written_to_with_grad():
    base = leaf(1.0, 2.0) * 1
    with refnn.no_grad():
        view = base[:1]
        view.add_(1)
    with pytest.raises(RuntimeError, match=NO_GRAD):
        view.add_(1)
    assert base.tolist() == [2, 2]


def test_a_view_of_no_grad_over_memory_without_gradients_is():
    base = refnn.zeros(2)
    with refnn.no_grad():
        view = base[:1]
    view.add_(1)
    assert base.tolist() == [1, 0]


def test_expanded_memory_is_not_written_to():
    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor refers to a single memory"):
        refnn.zeros(1).expand(3).add_(1)


@pytest.mark.parametrize(
    "write, message",
    [
        (lambda: refnn.zeros(2).add_(refnn.ones(2, 2)), r"output with shape \[2\] doesn't match the broadcast shape"),
        (lambda: refnn.zeros(2, dtype=refnn.int64).add_(1.5), "result type Float can't be cast to the desired output"),
        (lambda: refnn.zeros(2).copy_(refnn.ones(3)), "The size of tensor a .2. must match the size of tensor b .3."),
    ],
)
def test_a_result_that_does_not_fit(write, message):
    with pytest.raises(RuntimeError, match=message):
        write()


def test_detached_memory_is_shared_and_its_version_too():
    x = leaf(1.0, 2.0)
    middle = x * 1
    y = middle * middle
    middle.detach().zero_()
    assert middle.tolist() == [0, 0]
    with pytest.raises(RuntimeError, match=OVERWRITTEN):
        y.sum().backward()


def test_detach_in_place():
    y = leaf(1.0) * 2
    y.detach_()
    assert (y.is_leaf, y.requires_grad, y.grad_fn) == (True, False, None)
    base = leaf(1.0, 2.0) * 1
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        base[:1].detach_()


def test_data_has_a_version_of_its_own():
    x = leaf(1.0, 2.0)
    middle = x * 1
    y = middle * middle
    middle.data.mul_(3)
    assert middle._version == 0
    y.sum().backward()
    assert x.grad.tolist() == [6, 12]
