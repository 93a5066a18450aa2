"""Memory that processes share, and what else torch asks of a tensor's memory."""

import os

import pytest

import refnn


def in_a_child(function):
    """Run a function in a forked process; whether it went well."""
    child = os.fork()
    if not child:
        try:
            function()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


@pytest.mark.filterwarnings("ignore:.*fork")
@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    "make", [lambda: refnn.zeros(2, 3), lambda: refnn.zeros(3, 2).t().clone(), lambda: refnn.zeros(())]
)
def test_forked_processes_write_to_the_same_memory(make, shared):
    x = make()
    if shared:
        assert x.share_memory_() is x
        assert x.share_memory_() is x
    assert x.is_shared() is shared
    in_a_child(lambda: x.add_(1))
    assert x.sum().item() == (x.numel() if shared else 0)
    x.mul_(2)
    assert x.clone().is_shared() is False


@pytest.mark.filterwarnings("ignore:.*fork")
def test_a_module_is_trained_in_another_process():
    model = refnn.nn.Sequential(refnn.nn.Linear(2, 1), refnn.nn.BatchNorm1d(1)).share_memory()
    before = {name: t.clone() for name, t in model.state_dict().items()}
    assert all(t.is_shared() for t in [*model.parameters(), *model.buffers()])

    def step():
        optimizer = refnn.optim.SGD(model.parameters(), lr=0.1)
        model(refnn.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 5.0]])).pow(3).sum().backward()
        optimizer.step()

    in_a_child(step)
    moved = [name for name, t in model.state_dict().items() if not refnn.equal(t, before[name])]
    assert "0.weight" in moved
    assert {"1.bias", "1.running_mean", "1.num_batches_tracked"} <= set(moved)


@pytest.mark.filterwarnings("ignore:.*fork")
@pytest.mark.parametrize("steps", [0, 1])
def test_processes_share_what_adagrad_sums(steps):
    weights = [refnn.ones(2, requires_grad=True), refnn.ones(3, requires_grad=True)]
    optimizer = refnn.optim.Adagrad(weights)
    for weight in weights:
        weight.share_memory_()
        weight.grad = weight.detach() * 2
    for _ in range(steps):
        optimizer.step()
    optimizer.share_memory()
    in_a_child(optimizer.step)
    optimizer.step()
    sums = [optimizer.state[w]["sum"] for w in weights]
    assert [s.tolist() for s in sums] == [[4 * (2 + steps)] * 2, [4 * (2 + steps)] * 3]
    assert all(s.is_shared() for s in sums)


SEEN = {  # what looks at the memory of x
    "a view": lambda x: x[0],
    "a row's view": lambda x: x[0][1:],
    "a detached tensor": lambda x: x.detach(),
    "an array": lambda x: x.numpy(),
    "the graph's data": lambda x: x.data,
}


@pytest.mark.parametrize("row", SEEN)
def test_memory_that_others_look_at_is_not_moved(row):
    x = refnn.arange(6.0).reshape(2, 3).clone()
    other = SEEN[row](x)
    with pytest.raises(RuntimeError, match="share it before making views"):
        x.share_memory_()
    del other
    assert x.share_memory_().tolist() == [[0, 1, 2], [3, 4, 5]]
    assert x[0].is_shared()
    assert x[0].share_memory_().is_shared()


def test_nothing_is_pinned():
    x = refnn.ones(2)
    assert x.is_pinned() is False
    with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is available"):
        x.pin_memory()


MAPPED = {  # (call on [1, 2], what comes of it)
    "map_": (lambda x: x.map_(refnn.tensor(3.0), lambda a, b: a * b), [3, 6]),
    "map2_": (lambda x: x.map2_(x.clone(), refnn.ones(1), lambda a, b, c: a + b + c), [3, 5]),
}


@pytest.mark.parametrize("row", MAPPED)
def test_a_function_of_numbers_is_mapped(row):
    call, expected = MAPPED[row]
    x = refnn.tensor([1.0, 2.0])
    assert call(x) is x
    assert x.tolist() == expected
