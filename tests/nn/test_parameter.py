"""Parameter and Buffer."""

import copy
import pickle

import pytest

import refnn
from refnn import nn


class Marked(refnn.Tensor):
    """A subclass that survives detach."""

    def detach(self):
        other = super().detach()
        other.__class__ = type(self)
        return other


@pytest.mark.parametrize("requires_grad", [True, False])
@pytest.mark.parametrize("dtype", [refnn.float32, refnn.float64, refnn.complex64], ids=str)
def test_wraps_without_copying(dtype, requires_grad):
    data = refnn.ones(3, dtype=dtype)
    p = nn.Parameter(data, requires_grad)
    assert type(p) is nn.Parameter
    assert p.requires_grad is requires_grad
    assert p.data_ptr() == data.data_ptr()
    data.add_(1)
    assert p._version == data._version == 1
    assert not data.requires_grad


def test_integers_need_no_gradient():
    with pytest.raises(RuntimeError, match="Only Tensors of floating point and complex dtype can require gradients"):
        nn.Parameter(refnn.tensor([1]))
    assert nn.Parameter(refnn.tensor([1]), False).tolist() == [1]


def test_a_computed_tensor_becomes_a_leaf():
    p = nn.Parameter(refnn.ones(1, requires_grad=True) * 2)
    assert p.is_leaf
    assert p.item() == 2


def test_a_subclass_stays_itself():
    p = nn.Parameter(refnn.ones(2).as_subclass(Marked) if hasattr(refnn.Tensor, "as_subclass") else Marked([1.0, 1.0]))
    assert type(p) is Marked
    assert isinstance(p, nn.Parameter)
    m = nn.Module()
    m.p = p
    assert list(m.parameters()) == [p]


def test_results_are_plain_tensors():
    p = nn.Parameter(refnn.ones(2))
    for result in (p + 1, p.detach(), p.data, p[0], p.clone(), p.view(1, 2)):
        assert type(result) is refnn.Tensor
        assert not isinstance(result, nn.Parameter)


def test_text():
    assert repr(nn.Parameter(refnn.ones(2))) == "Parameter containing:\ntensor([1., 1.], requires_grad=True)"


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
@pytest.mark.parametrize("requires_grad", [True, False])
def test_copies(duplicate, requires_grad):
    p = nn.Parameter(refnn.randn(2, 3), requires_grad)
    q = duplicate(p)
    assert type(q) is nn.Parameter
    assert q.requires_grad is requires_grad
    assert refnn.equal(p, q)
    assert p.data_ptr() != q.data_ptr()


def test_pickle_keeps_attributes():
    p = nn.Parameter(refnn.ones(1))
    p.note = "kept"
    assert pickle.loads(pickle.dumps(p)).note == "kept"


def test_buffers_are_marked_tensors():
    b = nn.Buffer(refnn.ones(2), persistent=False)
    assert type(b) is refnn.Tensor
    assert isinstance(b, nn.Buffer)
    assert not isinstance(refnn.ones(1), nn.Buffer)
    m = nn.Module()
    m.b = b
    assert not m.state_dict()
    assert dict(m.named_buffers()) == {"b": b}
