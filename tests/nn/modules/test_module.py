"""Module: registration, look-up, casts, copies. torch's texts are compared in conformance/test_module_system.py."""

import copy
import gc
import pickle
import weakref

import pytest

import refnn
from refnn import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(3, 2)
        self.scale = nn.Parameter(refnn.ones(2))
        self.register_buffer("steps", refnn.tensor(0))
        self.register_buffer("cache", refnn.ones(1), persistent=False)

    def forward(self, x):
        return self.inner(x) * self.scale


@pytest.mark.parametrize(
    "value, kind",
    [
        (lambda: nn.Parameter(refnn.ones(1)), "_parameters"),
        (lambda: nn.Buffer(refnn.ones(1)), "_buffers"),
        (nn.Identity, "_modules"),
        (lambda: refnn.ones(1), None),
        (lambda: 3, None),
    ],
)
def test_assignment_registers(value, kind):
    m, held = nn.Module(), value()
    m.x = held
    assert m.x is held
    assert [k for k in ("_parameters", "_buffers", "_modules") if "x" in getattr(m, k)] == ([kind] if kind else [])
    assert ("x" in m.__dict__) == (kind is None)
    del m.x
    assert not hasattr(m, "x")


REFUSED = [
    (lambda m: m.register_parameter("a.b", None), KeyError, 'parameter name can\'t contain "."'),
    (lambda m: m.register_parameter("", None), KeyError, 'parameter name can\'t be empty string ""'),
    (lambda m: m.register_parameter("steps", None), KeyError, "attribute 'steps' already exists"),
    (lambda m: m.register_parameter("w", refnn.ones(1)), TypeError, "torch.nn.Parameter or None required"),
    (lambda m: m.register_buffer("b", 3), TypeError, "cannot assign 'int' object to buffer 'b'"),
    (lambda m: m.add_module("m", 3), TypeError, "int is not a Module subclass"),
    (lambda m: setattr(m, "scale", refnn.ones(2)), TypeError, "as parameter 'scale'"),
    (lambda m: setattr(m, "inner", 3), TypeError, "as child module 'inner'"),
    (lambda m: setattr(m, "steps", 3), TypeError, "as buffer 'steps'"),
    (lambda m: m.nothing, AttributeError, "'Block' object has no attribute 'nothing'"),
    (lambda m: m.get_submodule("inner.x"), AttributeError, "Linear has no attribute `x`"),
    (lambda m: m.get_parameter("steps"), AttributeError, "`steps` is not an nn.Parameter"),
    (lambda m: m.train(1), ValueError, "training mode is expected to be boolean"),
    (lambda m: m.to(refnn.int64), TypeError, "only accepts floating point or complex dtypes"),
    (lambda m: nn.Module()(1), NotImplementedError, 'Module [Module] is missing the required "forward" function'),
]


@pytest.mark.parametrize("call, kind, text", REFUSED)
def test_refused_and_unchanged(call, kind, text):
    m = Block()
    before = repr(m), list(m.state_dict()), dict(m.named_modules())
    with pytest.raises(kind) as caught:
        call(m)
    assert text in str(caught.value.args[0])
    assert (repr(m), list(m.state_dict()), dict(m.named_modules())) == before


def test_names():
    m = nn.Sequential(Block(), nn.ReLU())
    assert [n for n, _ in m.named_parameters()] == ["0.scale", "0.inner.weight", "0.inner.bias"]
    assert [n for n, _ in m.named_buffers()] == ["0.steps", "0.cache"]
    assert [n for n, _ in m.named_modules()] == ["", "0", "0.inner", "1"]
    assert list(m.state_dict()) == ["0.scale", "0.steps", "0.inner.weight", "0.inner.bias"]
    assert m.get_parameter("0.inner.weight") is m[0].inner.weight


def test_shared_members_come_once():
    m = nn.ModuleList([nn.Linear(1, 1)] * 3)
    assert len(list(m.parameters())) == 2
    assert len(list(m.named_parameters(remove_duplicate=False))) == 6
    assert len(list(m.modules())) == 2
    assert len(list(m.children())) == 1


@pytest.mark.parametrize("cast, dtype", [("double", "float64"), ("half", "float16"), ("float", "float32")])
def test_casts_keep_identity(cast, dtype):
    m = Block()
    m(refnn.ones(1, 3)).sum().backward()
    before = {n: (p, p.grad) for n, p in m.named_parameters()}
    assert getattr(m, cast)() is m
    for name, p in m.named_parameters():
        assert (p, p.grad) == before[name] or (p is before[name][0] and p.grad is before[name][1])
        assert p.dtype is p.grad.dtype is getattr(refnn, dtype)
        assert p.requires_grad
        assert p.is_leaf
    assert m.steps.dtype is refnn.int64
    assert m.cache.dtype is getattr(refnn, dtype)


def test_deepcopy_and_pickle():
    m = nn.Sequential(Block(), Block())
    m[1].inner.weight = m[0].inner.weight
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert repr(other) == repr(m)
        assert other[1].inner.weight is other[0].inner.weight
        assert other[0].inner.weight is not m[0].inner.weight
        for a, b in zip(m.state_dict().values(), other.state_dict().values(), strict=True):
            assert refnn.equal(a, b)
        with refnn.no_grad():
            other[0].scale.zero_()
        assert (m[0].scale == 1).all()


def test_zero_grad():
    m = Block()
    m(refnn.ones(1, 3)).sum().backward()
    grads = [p.grad for p in m.parameters()]
    m.zero_grad(set_to_none=False)
    assert all(p.grad is g and not g.any() for p, g in zip(m.parameters(), grads, strict=True))
    m.zero_grad()
    assert all(p.grad is None for p in m.parameters())


def test_a_training_step_learns():
    refnn.manual_seed(0)
    m = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    x = refnn.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = refnn.tensor([[0.0], [1.0], [1.0], [0.0]])
    for _ in range(1500):
        m.zero_grad()
        loss = ((m(x) - y) ** 2).mean()
        loss.backward()
        with refnn.no_grad():
            for p in m.parameters():
                p -= 0.1 * p.grad
    assert loss.item() < 0.01


def test_a_module_is_freed():
    m = Block()
    m.register_full_backward_hook(lambda *args: None)
    m(refnn.ones(1, 3, requires_grad=True)).sum().backward()
    gone = weakref.ref(m)
    del m
    gc.collect()
    assert gone() is None


def test_methods_are_modules_own_by_name():
    with pytest.raises(TypeError, match=r"Module\.load_state_dict\(\) missing 1 required"):
        nn.Module().load_state_dict()
    assert nn.Module.to.__module__ == "refnn.nn.modules.module"
    assert pickle.loads(pickle.dumps(nn.Module.to)) is nn.Module.to
