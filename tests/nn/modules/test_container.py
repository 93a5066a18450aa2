"""The containers against Python's own list and dict."""

import pytest

import refnn
from refnn import nn


def layers(n):
    return [nn.Linear(i + 1, i + 1) for i in range(n)]


OPERATIONS = [
    ("append", lambda c, new: c.append(new[0])),
    ("extend", lambda c, new: c.extend(new)),
    ("insert first", lambda c, new: c.insert(0, new[0])),
    ("insert middle", lambda c, new: c.insert(2, new[0])),
    ("set", lambda c, new: c.__setitem__(1, new[0])),
    ("set from the end", lambda c, new: c.__setitem__(-1, new[0])),
    ("delete", lambda c, new: c.__delitem__(1)),
    ("delete from the end", lambda c, new: c.__delitem__(-2)),
    ("delete a slice", lambda c, new: c.__delitem__(slice(1, 3))),
    ("pop", lambda c, new: c.pop(0)),
]


@pytest.mark.parametrize("kind", [nn.ModuleList, lambda x: nn.Sequential(*x)], ids=["ModuleList", "Sequential"])
@pytest.mark.parametrize("operation", [o for _, o in OPERATIONS], ids=[n for n, _ in OPERATIONS])
def test_like_a_list(kind, operation):
    given, new = layers(4), layers(2)
    container, expected = kind(given), list(given)
    operation(container, new)
    operation(expected, new)
    assert list(container) == expected
    assert len(container) == len(expected)
    assert [n for n, _ in container.named_children()] == [str(i) for i in range(len(expected))]
    for index in (*range(-len(expected), len(expected)), slice(1, None), slice(None, None, -1)):
        found = container[index]
        assert (list(found) if isinstance(index, slice) else found) == expected[index]


def test_sequential_is_a_composition():
    refnn.manual_seed(0)
    a, b = nn.Linear(2, 3), nn.Linear(3, 1)
    x = refnn.randn(5, 2)
    assert refnn.equal(nn.Sequential(a, nn.ReLU(), b)(x), b(nn.functional.relu(a(x))))
    assert nn.Sequential()(x) is x


@pytest.mark.parametrize("n", [1, 2, 3])
def test_sequential_times(n):
    s = nn.Sequential(*layers(2))
    assert list(s * n) == list(n * s) == list(s) * n


def test_module_dict_is_like_a_dict():
    a, b, c = layers(3)
    held = nn.ModuleDict({"a": a})
    expected = {"a": a}
    for d in (held, expected):
        d["b"] = b
        d.update({"c": c})
        assert d.pop("a") is a
    assert dict(held.items()) == expected
    assert list(held) == list(expected)
    assert [n for n, _ in held.named_parameters()] == ["b.weight", "b.bias", "c.weight", "c.bias"]


@pytest.mark.parametrize("values", [[], [refnn.ones(2)], [refnn.ones(1), 3, "text", refnn.zeros(2)]], ids=len)
def test_parameter_list_registers_tensors(values):
    held = nn.ParameterList(values)
    assert len(held) == len(values)
    for found, given in zip(held, values, strict=True):
        if isinstance(given, refnn.Tensor):
            assert isinstance(found, nn.Parameter)
            assert refnn.equal(found, given)
        else:
            assert found is given
    assert len(list(held.parameters())) == sum(isinstance(v, refnn.Tensor) for v in values)


def test_parameter_dict_orders_a_plain_dict():
    held = nn.ParameterDict({"b": refnn.ones(1), "a": refnn.ones(2)})
    held["0"] = refnn.ones(3)
    assert list(held) == ["a", "b", "0"]
    assert [n for n, _ in held.named_parameters()] == ["a", "b", "0"]
    assert held.popitem()[1].shape == (3,)


def test_repeated_layers_are_printed_once():
    text = repr(nn.ModuleList([nn.ReLU() for _ in range(3)]))
    assert text == "ModuleList(\n  (0-2): 3 x ReLU()\n)"
