"""state_dict and load_state_dict."""

from collections import OrderedDict

import pytest

import refnn
from refnn import nn


def net():
    return nn.Sequential(OrderedDict(a=nn.Linear(2, 3), b=nn.Sequential(nn.Linear(3, 1, bias=False))))


def test_round_trip():
    first, second = net(), net()
    result = second.load_state_dict(first.state_dict())
    assert str(result) == "<All keys matched successfully>"
    x = refnn.randn(4, 2)
    assert refnn.equal(first(x), second(x))
    assert second.a.weight is not first.a.weight


def test_values_share_memory_with_the_module():
    m = net()
    state = m.state_dict()
    with refnn.no_grad():
        m.a.weight.fill_(7)
    assert (state["a.weight"] == 7).all()
    assert not state["a.weight"].requires_grad


WRONG = [  # change, text of the error
    ({"a.weight": None}, 'Missing key(s) in state_dict: "a.weight". '),
    ({"c": 1}, 'Unexpected key(s) in state_dict: "c". '),
    ({"a.weight.x": 1}, 'Unexpected key(s) in state_dict: "a.weight.x". '),
    (
        {"a.bias": refnn.ones(4)},
        "size mismatch for a.bias: copying a param with shape torch.Size([4]) from checkpoint, the shape in "
        "current model is torch.Size([3]).",
    ),
    (
        {"b.0.weight": 3},
        'While copying the parameter named "b.0.weight", expected torch.Tensor or Tensor-like object from '
        "checkpoint but received <class 'int'>",
    ),
]


@pytest.mark.parametrize("change, text", WRONG)
def test_strict_errors(change, text):
    m = net()
    state = OrderedDict(m.state_dict())
    for key, value in change.items():
        if value is None:
            del state[key]
        else:
            state[key] = value
    with pytest.raises(RuntimeError) as caught:
        m.load_state_dict(state)
    assert str(caught.value) == f"Error(s) in loading state_dict for Sequential:\n\t{text}"


def test_all_problems_at_once_and_the_rest_is_loaded():
    m = net()
    state = {"a.weight": refnn.zeros(3, 2), "a.bias": refnn.ones(9), "x": 1}
    with pytest.raises(RuntimeError) as caught:
        m.load_state_dict(state)
    assert str(caught.value).count("\n\t") == 3
    assert not m.a.weight.any()


def test_not_strict():
    keys = net().load_state_dict({"x": refnn.ones(1), "a.bias": refnn.zeros(3)}, strict=False)
    assert keys.missing_keys == ["a.weight", "b.0.weight"]
    assert keys.unexpected_keys == ["x"]


def test_assign():
    m = net()
    state = {k: refnn.zeros_like(v, dtype=refnn.float64) for k, v in m.state_dict().items()}
    m.load_state_dict(state, assign=True)
    assert m.a.weight.dtype is refnn.float64
    assert isinstance(m.a.weight, nn.Parameter)
    assert m.a.weight.data_ptr() == state["a.weight"].data_ptr()


def test_metadata_holds_versions():
    class Versioned(nn.Identity):
        _version = 5

    state = nn.Sequential(Versioned()).state_dict()
    assert state._metadata == {"": {"version": 1}, "0": {"version": 5}}


def test_a_pre_hook_may_rename():
    m = nn.Linear(1, 1)

    def rename(module, state, prefix, *rest):
        state[prefix + "weight"] = state.pop(prefix + "kernel")

    m.register_load_state_dict_pre_hook(rename)
    given = {"kernel": refnn.full((1, 1), 3.0), "bias": refnn.ones(1)}
    m.load_state_dict(given)
    assert m.weight.item() == 3
    assert "kernel" in given
