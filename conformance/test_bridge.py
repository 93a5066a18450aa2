"""refnn.bridge: what crosses comes out equal, works, and comes back equal."""

import collections
import functools
import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn, relu
from torch.cuda import synchronize

import refnn
from refnn.bridge import copy_state, from_torch, library_of, to_torch
from refnn.testing import assert_close

DTYPES = [
    "float16", "float32", "float64", "complex64", "complex128",
    "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64", "bool",
]  # fmt: skip


def same_in_both(module, *inputs, seed=0):
    """Convert, compare outputs and gradients, convert back, compare again."""
    converted = from_torch(module)
    back = to_torch(converted)
    assert repr(converted) == repr(module) == repr(back)
    assert list(converted.state_dict()) == list(module.state_dict()) == list(back.state_dict())
    results = []
    for m in (module, converted, back):
        library = library_of(m)
        library.manual_seed(seed)
        xs = [library.from_numpy(np.array(x)) for x in inputs]
        for x in xs:
            if x.dtype.is_floating_point:
                x.requires_grad_()
        out = m(*xs)
        leaves = out if isinstance(out, tuple) else (out,)
        sum((leaf * leaf).sum() for leaf in leaves).backward()
        results.append((list(leaves), [x.grad for x in xs], {n: p.grad for n, p in m.named_parameters()}))
    for result in results[1:]:
        assert_close(result, results[0], rtol=1e-4, atol=1e-5)
    return converted


def floats(*shape):
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


# Tensors


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_tensors_of_every_dtype(dtype, shape):
    x = torch.ones(shape, dtype=getattr(torch, dtype)) * (2 if dtype != "bool" else 1)
    y = from_torch(x)
    assert type(y) is refnn.Tensor
    assert_close(y, x)
    z = to_torch(y)
    assert type(z) is torch.Tensor
    torch.testing.assert_close(z, x)


def test_bfloat16():
    pytest.importorskip("ml_dtypes")
    x = torch.tensor([1.0, -3.140625, float("inf"), 1e-30]).bfloat16()
    y = from_torch(x)
    assert y.dtype is refnn.bfloat16
    assert_close(y, x)
    torch.testing.assert_close(to_torch(y), x, rtol=0, atol=0)


@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("parameter", [False, True])
def test_requires_grad_and_parameters(parameter, requires_grad):
    x = torch.ones(2, requires_grad=requires_grad)
    x = nn.Parameter(x.detach(), requires_grad=requires_grad) if parameter else x
    y = from_torch(x)
    assert isinstance(y, refnn.nn.Parameter) == parameter
    assert (y.requires_grad, y.is_leaf) == (requires_grad, True)
    assert type(to_torch(y)) is type(x)
    assert to_torch(y).requires_grad == requires_grad


@pytest.mark.parametrize(
    "x",
    [
        torch.arange(6.0).reshape(2, 3).t(),
        torch.ones(3).expand(2, 3),
        torch.arange(6.0)[::2],
        torch.tensor([1j]).conj(),
    ],
)
def test_views_of_every_kind(x):
    assert_close(from_torch(x), x)


def test_nothing_is_shared():
    x = torch.ones(2)
    y = from_torch(x)
    y += 1
    z = to_torch(y)
    z += 1
    assert (x[0].item(), y[0].item(), z[0].item()) == (1, 2, 3)


# Modules of the library

LIBRARY = {
    "Linear": (lambda: nn.Linear(4, 3), (2, 4)),
    "Linear without bias": (lambda: nn.Linear(4, 3, bias=False), (2, 4)),
    "Linear float64": (lambda: nn.Linear(4, 3, dtype=torch.float64), None),
    "Bilinear": (lambda: nn.Bilinear(4, 4, 2), None),
    "Conv2d": (lambda: nn.Conv2d(4, 6, (3, 2), stride=2, padding=(1, 0), dilation=(1, 2), groups=2), (2, 4, 9, 9)),
    "Conv2d same": (lambda: nn.Conv2d(1, 2, 4, padding="same", padding_mode="reflect", bias=False), (2, 1, 9, 9)),
    "MaxPool2d": (lambda: nn.MaxPool2d(3, 2, padding=1, ceil_mode=True), (2, 1, 8, 8)),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2, padding=1, count_include_pad=False), (2, 1, 8, 8)),
    "Flatten": (lambda: nn.Flatten(2), (2, 3, 4, 5)),
    "Unflatten": (lambda: nn.Unflatten(1, (2, 3)), (2, 6)),
    "RNN": (lambda: nn.RNN(3, 4, 2, nonlinearity="relu", bidirectional=True, batch_first=True), (2, 5, 3)),
    "RNN without bias": (lambda: nn.RNN(3, 4, bias=False), (5, 2, 3)),
    "Dropout": (lambda: nn.Dropout(0.3), (6, 7)),
    "Dropout in place": (lambda: nn.Sequential(nn.Linear(7, 7), nn.Dropout(0.3, inplace=True)), (6, 7)),
    "Softmax": (lambda: nn.Softmax(dim=1), (2, 3)),
    "LogSoftmax": (lambda: nn.LogSoftmax(dim=-1), (2, 3)),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.2), (2, 3)),
    "activations": (lambda: nn.Sequential(nn.ReLU(), nn.Sigmoid(), nn.Tanh(), nn.Identity()), (2, 3)),
    "Sequential, named": (
        lambda: nn.Sequential(collections.OrderedDict(a=nn.Linear(4, 4), b=nn.Sequential(nn.Linear(4, 2)))),
        (2, 4),
    ),
}


@pytest.mark.parametrize("name", LIBRARY)
def test_modules_of_the_library(name):
    build, shape = LIBRARY[name]
    torch.manual_seed(0)
    module = build()
    converted = same_in_both(module, floats(*shape)) if shape else from_torch(module)
    assert type(converted).__module__.startswith("refnn.nn")
    assert_close(dict(converted.state_dict()), dict(module.state_dict()), rtol=0, atol=0)


ONES = np.ones((4, 3), np.float32)
CLASSES = np.array([0, 1, 2, 0])
LOSSES = {
    "MSELoss": (lambda: nn.MSELoss(reduction="sum"), (4, 3), floats(4, 3)),
    "L1Loss": (lambda: nn.L1Loss(), (4, 3), floats(4, 3)),
    "BCELoss": (lambda: nn.BCELoss(weight=torch.rand(3), reduction="none"), "unit", ONES),
    "BCEWithLogitsLoss": (lambda: nn.BCEWithLogitsLoss(pos_weight=torch.rand(3)), (4, 3), ONES),
    "NLLLoss": (lambda: nn.NLLLoss(weight=torch.rand(3), ignore_index=1), (4, 3), CLASSES),
    "CrossEntropyLoss": (lambda: nn.CrossEntropyLoss(label_smoothing=0.1, reduction="sum"), (4, 3), CLASSES),
}  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses(name):
    build, shape, target = LOSSES[name]
    x = np.full((4, 3), 0.3, np.float32) if shape == "unit" else floats(*shape)
    module = build()
    converted = from_torch(module)
    assert_close(
        converted(refnn.from_numpy(x), refnn.from_numpy(target)),
        module(torch.from_numpy(x), torch.from_numpy(target)),
    )
    assert converted.reduction == module.reduction


def test_flags_and_frozen_parameters_travel():
    module = nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5), nn.Linear(2, 2))
    module[0].eval()
    module[2].bias.requires_grad_(False)
    converted = from_torch(module)
    assert [m.training for m in converted.modules()] == [m.training for m in module.modules()]
    assert [p.requires_grad for p in converted.parameters()] == [True, True, True, False]


def test_shared_parameters_and_modules_stay_shared():
    module = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3), nn.Linear(3, 3))
    module[1].weight = module[0].weight
    module.append(module[2])
    converted = from_torch(module)
    assert converted[1].weight is converted[0].weight
    assert converted[3] is converted[2]
    same_in_both(module, floats(2, 3))


def test_attributes_changed_after_construction_travel():
    module = nn.Dropout(0.5)
    module.p = 0.25
    assert from_torch(module).p == 0.25


def test_conversion_draws_no_random_numbers():
    refnn.manual_seed(3)
    torch.manual_seed(3)
    first = refnn.rand(2), torch.rand(2)
    refnn.manual_seed(3)
    torch.manual_seed(3)
    module = nn.Linear(5, 5)
    torch.manual_seed(3)
    to_torch(from_torch(module))
    assert_close((refnn.rand(2), torch.rand(2)), first)


# A person's own classes


TWO = torch.tensor(2.0)


def scaled(x, by=TWO):
    return torch.mul(x, by)


class Block(nn.Sequential):
    """A container with no forward of its own."""


class Attention(nn.Linear):
    """A layer that adds to one of the library's."""

    def __init__(self, size):
        super().__init__(size, size, bias=False)
        self._temperature = torch.full((1,), 2.0)

    def forward(self, x):
        weights = super().forward(x).softmax(dim=-1)
        return x * weights / self._temperature


class Clipped(torch.autograd.Function):
    """The gradient is limited, not the value."""

    @staticmethod
    def forward(ctx, x, limit):
        ctx.limit = limit
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        return g.clamp(-ctx.limit, ctx.limit), None


class Net(nn.Module):
    activations = {"relu": relu, "tanh": torch.tanh}

    def __init__(self, size, activation="relu"):
        super().__init__()
        self.register_buffer("mean", torch.ones(size))
        self.register_buffer("hidden", torch.zeros(1), persistent=False)
        self.layers = nn.ModuleList([nn.Linear(size, size), Attention(size)])
        self.named = nn.ModuleDict({"last": Block(nn.Linear(size, 2), nn.Tanh())})
        self.free = nn.ParameterList([nn.Parameter(torch.ones(size))])
        self.scale = nn.Parameter(torch.tensor(0.5), requires_grad=False)
        self.activation = self.activations[activation]
        self.kind = torch.float32
        self.options = {"dim": (1,), "limit": [0.5]}
        self.finish = functools.partial(F.leaky_relu, negative_slope=0.3)
        self.absent = None

    @property
    def limit(self):
        return self.options["limit"][0]

    def forward(self, x):
        x = (x - self.mean).to(self.kind)
        for layer in self.layers:
            x = self.activation(layer(x)) * self.free[0]
        x = Clipped.apply(scaled(x), self.limit)
        return self.finish(self.named["last"](x)) * self.scale


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_class_of_ones_own(activation):
    torch.manual_seed(0)
    converted = same_in_both(Net(4, activation), floats(3, 4))
    assert isinstance(converted, refnn.nn.Module)
    assert not isinstance(converted, nn.Module)
    assert type(converted).__name__ == "Net"
    assert isinstance(converted.layers[1], refnn.nn.Linear)
    assert type(converted.named["last"]).__bases__ == (refnn.nn.Sequential,)
    assert converted.kind is refnn.float32
    assert converted.limit == 0.5
    assert "hidden" not in converted.state_dict()
    assert converted.hidden.shape == (1,)
    assert converted.absent is None


def test_its_containers_are_not_shared():
    module = Net(4)
    converted = from_torch(module)
    converted.options["limit"].append(1)
    assert module.options["limit"] == [0.5]


def test_a_class_defined_inside_a_function():
    factor = 3

    class Inner(nn.Module):
        def forward(self, x):
            return torch.mul(x, factor) + F.relu(x)

    assert type(from_torch(Inner())) is not Inner
    same_in_both(Inner(), floats(2, 2))


def test_both_classes_go_on_working():
    module = Net(4)
    before = module(torch.ones(1, 4))
    converted = from_torch(module)
    converted.train()
    torch.testing.assert_close(module(torch.ones(1, 4)), before)
    fresh = type(converted)(4)
    assert isinstance(fresh, refnn.nn.Module)
    assert inspect.signature(type(converted).__init__) == inspect.signature(Net.__init__)


@pytest.mark.parametrize(
    "build, shape",
    [
        (lambda: nn.LazyLinear(3), (2, 4)),
        (lambda: nn.LazyConv2d(3, 2, bias=False), (2, 4, 3, 3)),
        (lambda: nn.Sequential(nn.LazyConvTranspose1d(2, 3, 2), nn.LazyLinear(1)), (2, 4, 3)),
    ],
)
def test_lazy_layers(build, shape):
    same_in_both(build(), floats(*shape))


# What does not cross


class UsesMissing(nn.Module):
    def forward(self, x):
        return synchronize() or x


class DerivesFromMissing(nn.modules.lazy.LazyModuleMixin, nn.Module):
    pass


def with_hook():
    module = nn.Linear(1, 1)
    module.register_forward_hook(lambda *a: None)
    return nn.Sequential(module)


def with_forward():
    module = nn.Linear(1, 1)
    module.forward = lambda x: x
    return module


@pytest.mark.parametrize(
    "build, message",
    [
        (lambda: nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), "cannot be converted|no counterpart"),
        (with_hook, r"torch's Linear has hooks \(forward_hooks\), which cannot be converted: remove them"),
        (with_forward, "forward of its own on the instance"),
        (lambda: torch.ones(2, dtype=torch.float8_e4m3fn), "refnn has no dtype that stands for torch.float8_e4m3fn"),
        (lambda: torch.jit.script(nn.Linear(2, 2)), "cannot be converted|no counterpart"),
        (UsesMissing, "refnn has no counterpart of torch.cuda.synchronize"),
        (DerivesFromMissing, "torch.nn.modules.lazy.LazyModuleMixin"),
    ],
)
def test_what_cannot_cross_says_so(build, message):
    module = build()
    with pytest.raises(TypeError, match=message):
        from_torch(module)


@pytest.mark.parametrize("x", [3, "text", None, [torch.ones(1)]])
def test_what_belongs_to_no_library(x):
    with pytest.raises(TypeError, match="expected a module or tensor of torch"):
        from_torch(x)


@pytest.mark.parametrize("convert, x", [(from_torch, refnn.ones(1)), (to_torch, torch.ones(1))])
def test_the_wrong_direction(convert, x):
    with pytest.raises(TypeError, match="expected a module or tensor of"):
        convert(x)


def test_copy_state():
    source, target = nn.Linear(3, 2), refnn.nn.Linear(3, 2)
    copy_state(source, target)
    assert_close(dict(target.state_dict()), dict(source.state_dict()))
    with pytest.raises(RuntimeError, match="size mismatch for weight"):
        copy_state(nn.Linear(2, 2), target)
