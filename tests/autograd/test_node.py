"""Nodes of the graph as their users see them."""

import pytest

import refnn

NAMES = {  # of the node's class
    "ExpBackward0": lambda x: x.exp(),
    "AddBackward0": lambda x: x + 1,
    "SumBackward1": lambda x: x.sum(0),
    "CopySlices": lambda x: written(x * 1),
    "DoubledBackward": lambda x: Doubled.apply(x),
}


class Doubled(refnn.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g * 2


def written(x):
    x[0].mul_(2)
    return x


@pytest.mark.parametrize("name", NAMES)
def test_a_node_is_of_a_class_of_its_name(name):
    x = refnn.ones(2, 3, requires_grad=True)
    first, second = NAMES[name](x).grad_fn, NAMES[name](x).grad_fn
    assert type(first).__name__ == name
    assert type(first) is type(second)
    assert type(x.log().grad_fn) is not type(first)


@pytest.mark.parametrize("name", NAMES)
def test_looking_at_a_node_changes_no_gradient(name):
    looked, plain = refnn.ones(2, 3, requires_grad=True), refnn.ones(2, 3, requires_grad=True)
    y = NAMES[name](looked)
    for node, _ in y.grad_fn.next_functions:
        assert node is None or type(node).__name__ not in ("OpNode", "Node")
    y.sum().backward()
    NAMES[name](plain).sum().backward()
    assert looked.grad.tolist() == plain.grad.tolist()
