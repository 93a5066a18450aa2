"""A call with other tensors: what it computes, and that the module is as before."""

import pytest

import refnn
from refnn import func, nn


def test_other_tensors():
    layer = nn.Linear(2, 1)
    before = layer.weight
    w = refnn.tensor([[1.0, 2.0]], requires_grad=True)
    y = func.functional_call(layer, {"weight": w, "bias": refnn.zeros(1)}, refnn.tensor([[3.0, 4.0]]))
    assert y.item() == 11.0
    y.backward()
    assert w.grad.tolist() == [[3.0, 4.0]]
    assert layer.weight is before
    assert before.grad is None


def test_tied_tensors_change_together():
    net = nn.Sequential(nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    net[1].weight = net[0].weight
    assert func.functional_call(net, {"0.weight": refnn.full((1, 1), 3.0)}, refnn.ones(1, 1)).item() == 9.0
    assert net[1].weight is net[0].weight


def test_an_exception_leaves_the_module():
    layer = nn.Linear(2, 1)
    before = layer.weight
    with pytest.raises(RuntimeError):
        func.functional_call(layer, {"weight": refnn.zeros(5, 5)}, refnn.ones(1, 2))
    assert layer.weight is before


def test_buffers_that_forward_assigns_come_back_in_the_dictionary():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", refnn.zeros(()))

        def forward(self):
            self.n = self.n + 1

    counter, given = Counter(), {"n": refnn.tensor(5.0)}
    func.functional_call(counter, given)
    assert (given["n"].item(), counter.n.item()) == (6.0, 0.0)


def test_stacked_state():
    models = [nn.Linear(2, 1) for _ in range(3)]
    params, buffers = func.stack_module_state(models)
    assert params["weight"].shape == (3, 1, 2)
    assert params["weight"].is_leaf
    assert params["weight"].requires_grad
    assert buffers == {}


def test_the_former_place_is_deprecated():
    with pytest.warns(FutureWarning, match="torch.func.functional_call"):
        nn.utils.stateless.functional_call(nn.Identity(), {}, refnn.ones(1))
