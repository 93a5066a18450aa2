"""Rare corners of Module: names, assignments, casts, loading, copies, wrong calls of constructors."""

import copy
import pickle
from collections import OrderedDict

from conformance.programs import program


@program
def names_and_paths(torch, show):
    nn = torch.nn
    m = nn.Sequential(OrderedDict(a=nn.Sequential(nn.Linear(1, 1)), b=nn.ReLU()))
    m.register_buffer("buf", torch.ones(1))
    show(m.get_submodule(""), m.get_submodule("a.0"), m.get_parameter("a.0.weight"), m.get_buffer("buf"))
    for name in ("c", "a.1", "a.0.weight", "a..0", ".a", "a.", "training"):
        show.raises(m.get_submodule, name)
        show.raises(m.get_parameter, name)
        show.raises(m.get_buffer, name)
        show.raises(m.set_submodule, name, nn.Tanh(), True)
    m.set_submodule("a.0", nn.Tanh())
    m.set_submodule("a.new", nn.ReLU())
    show(m)
    for args in (("", nn.ReLU()), ("a.0", 3), ("q.r", nn.ReLU()), ("a.0.weight.x", nn.ReLU()), ("buf", nn.ReLU())):
        show.raises(m.set_submodule, *args)
    show.raises(m.get_extra_state)
    show.raises(m.set_extra_state, None)
    m.register_module("late", None)
    show(m, m.late, list(m.named_children()), list(dict(m.named_modules())))
    show.raises(m.register_module, "late", 3)
    show.raises(lambda: m.nothing)
    show.raises(delattr, m, "nothing")
    del m.late, m.buf
    show(m, "late" in dir(m))


@program
def assignments(torch, show):
    nn = torch.nn
    m = nn.Module()
    m.x = nn.Parameter(torch.ones(1))
    show.raises(setattr, m, "x", torch.ones(1))
    show.raises(setattr, m, "x", 3)
    m.x = None
    show(m._parameters)
    show.raises(setattr, m, "x", nn.Linear(1, 1))
    del m.x
    m.x = nn.Linear(1, 1)
    show(m._parameters, list(m._modules))
    show.raises(setattr, m, "x", torch.ones(1))
    show.raises(setattr, m, "x", nn.Buffer(torch.ones(1)))
    del m.x
    m.x = nn.Buffer(torch.ones(1), persistent=False)
    show(list(m._modules), list(m._buffers), m._non_persistent_buffers_set, list(m.state_dict()))
    m.x = torch.zeros(2)
    show(m._buffers, m._non_persistent_buffers_set, type(m.x))
    show.raises(setattr, m, "x", 3)
    m.x = nn.Parameter(torch.ones(1))
    show(list(m._buffers), m._non_persistent_buffers_set, list(m._parameters))
    del m.x
    m.x = 3
    m.x = nn.ReLU()
    show("x" in m.__dict__, m.x)
    m.x = None
    show(m._modules, m.x)
    m.t = torch.ones(1)
    show("t" in m.__dict__, list(m.state_dict()))
    show.raises(m.register_parameter, "t", nn.Parameter(torch.ones(1)))
    show.raises(m.register_parameter, "y", torch.ones(1))
    show.raises(m.register_parameter, "y", nn.Parameter(torch.ones(1)) * 2)
    show.raises(m.register_buffer, "t", torch.ones(1))
    show.raises(m.register_buffer, "y", 3)
    for name in ("", "a.b", 3, None):
        show.raises(m.register_buffer, name, torch.ones(1))
        show.raises(m.register_parameter, name, None)
        show.raises(m.add_module, name, nn.ReLU())

    class Early(nn.Module):
        def __init__(self, value):
            self.value = value

    for value in (nn.Parameter(torch.ones(1)), nn.ReLU(), nn.Buffer(torch.ones(1)), torch.ones(1), 3):
        show.raises(lambda v=value: type(Early(v)).__name__)
    show.raises(nn.Module, 1)
    show.raises(nn.Module, a=1)


@program
def forward_is_missing(torch, show):
    class Empty(torch.nn.Module):
        pass

    show.raises(Empty(), 1)
    show.raises(torch.nn.Module(), 1, 2, a=3)
    show(torch.nn.Module(), Empty())


@program
def super_init(torch, show):
    class Side:
        def __init__(self, tag=None):
            show("side", tag)
            self.tag = tag

    class Both(torch.nn.Module, Side):
        call_super_init = True

    class Not(torch.nn.Module, Side):
        pass

    show(Both(tag=3).tag, Both().tag, hasattr(Not(), "tag"))
    show.raises(Not, tag=3)


@program
def gradients_cleared(torch, show):
    m = torch.nn.Linear(2, 1)
    for to_none in (True, False):
        m(torch.ones(1, 2)).sum().backward()
        m.zero_grad(to_none)
        show(m.weight.grad, m.bias.grad)
    m.weight.grad = (torch.ones(1, 2, requires_grad=True) * 2) + 0
    m.zero_grad(set_to_none=False)
    show(m.weight.grad, m.weight.grad.requires_grad, m.requires_grad_(False) is m, m.weight.requires_grad)
    for wrong in (1, None, "x"):
        show.raises(m.train, wrong)
    show(m.train(False).training, m.eval().training, m.train().training)


@program
def casts(torch, show):
    m = torch.nn.Linear(2, 1)
    m.register_buffer("count", torch.tensor([1]))
    m.register_buffer("mean", torch.ones(1))
    m.weight.grad = torch.ones(1, 2)
    for cast in ("half", "bfloat16", "double", "float"):
        show(getattr(m, cast)() is m, m.weight.dtype, m.weight.grad.dtype, m.count.dtype, m.mean.dtype)
    w = m.weight
    m.to(torch.float64, non_blocking=True)
    show(m.weight is w, w.dtype, m.to(torch.ones(1)).weight.dtype, m.to("cpu", torch.float16).bias.dtype)
    for wrong in ((torch.int64,), ("nowhere",), (torch.float32, 1), (None, None, None, None, None), ()):
        show.raises(m.to, *wrong)
    show.raises(m.to, dtype=torch.bool)
    show.raises(m.to, other=3)
    show(m.type(torch.float64).count.dtype, m.to_empty(device="cpu") is m, m.cpu() is m)
    m.weight.grad = None
    show(m.float().weight.requires_grad, m.weight.is_leaf)


@program
def loading(torch, show):
    nn = torch.nn
    m = nn.Sequential(nn.Linear(2, 1), nn.ReLU())
    state = m.state_dict()
    show(state._metadata, m.load_state_dict(state), list(state))
    show.raises(m.load_state_dict, {**state, "1.x": torch.ones(1), "more": torch.ones(1)})
    show.raises(m.load_state_dict, {"0.weight": torch.ones(3, 3)})
    show(m.load_state_dict({"0.bias": torch.ones(1), "q": 1}, strict=False))
    show.raises(m.load_state_dict, {**state, "0.bias": 3})
    show.raises(m.load_state_dict, [1])
    show(m.load_state_dict({**state, "0.bias": torch.tensor([5.0]).double()}), m[0].bias)
    given = {"0.weight": torch.zeros(1, 2).double(), "0.bias": nn.Parameter(torch.zeros(1))}
    m[0].bias.requires_grad_(False)
    show(m.load_state_dict(given, assign=True), m[0].weight, m[0].bias, m[0].bias is given["0.bias"])
    show(m.state_dict(prefix="p.", keep_vars=True)["p.0.weight"] is m[0].weight)
    scalar = nn.Module()
    scalar.s = nn.Parameter(torch.tensor(1.0))
    show(scalar.load_state_dict({"s": torch.tensor([2.0])}), scalar.s)

    class Extra(nn.Linear):
        def get_extra_state(self):
            return {"seen": 3}

        def set_extra_state(self, state):
            show("set", state)

    e = Extra(1, 1)
    show(list(e.state_dict()), e.load_state_dict(e.state_dict()))
    show.raises(e.load_state_dict, nn.Linear(1, 1).state_dict())
    show.raises(nn.Linear(1, 1).load_state_dict, e.state_dict())

    class Old(nn.Linear):
        _version = 3

        def _load_from_state_dict(self, state_dict, prefix, local_metadata, *rest):
            show(prefix, local_metadata, len(rest))
            super()._load_from_state_dict(state_dict, prefix, local_metadata, *rest)

    o = nn.Sequential(Old(1, 1))
    show(o.load_state_dict(o.state_dict()), o.load_state_dict(dict(o.state_dict())))


@program
def shallow_copies(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(1, 1))
    c = copy.copy(m)
    show(c[0] is m[0], c._modules is m._modules, c._parameters is m._parameters)
    c.append(torch.nn.ReLU())
    show(m, c)


@program
def names_of_ones_own(torch, show):
    class Own(torch.nn.Linear):
        def _forget(self):
            return "mine"

        def _present(self):
            return "mine"

        def _own_state(self):
            return "mine"

        def _set_module(self):
            return "mine"

    m = Own(2, 1)
    m.inner, m.scale = torch.nn.ReLU(), torch.nn.Parameter(torch.ones(1))
    show(m, m._forget(), list(m.state_dict()), list(m.named_children()))


@program
def wrong_constructor_calls(torch, show):
    nn = torch.nn
    pools, losses = (nn.MaxPool1d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d), (nn.L1Loss, nn.BCELoss)
    convolutions = (nn.Conv1d, nn.ConvTranspose2d, nn.LazyConv3d, nn.LazyConvTranspose1d)
    for cls in (*pools, *losses, *convolutions, nn.Linear, nn.LazyLinear, nn.CrossEntropyLoss):
        show.raises(cls, *range(1, 15))
        show.raises(cls, bad=1)
        show(cls.__constants__)


@program
def wrong_pooling_calls(torch, show):
    F, x = torch.nn.functional, torch.ones(1, 1, 4, 4)
    for name in ("max_pool2d", "avg_pool2d", "max_pool2d_with_indices"):
        show.raises(getattr(F, name))
        show.raises(getattr(F, name), x)
        show.raises(getattr(F, name), x, 2, foo=1)
        show(getattr(F, name).__name__)
    show.raises(F.max_pool2d, x, 2, return_indices=True, foo=1)
    show.raises(F.avg_pool2d, x, 2, divisor_override=0)


@program
def old_pooling_state(torch, show):
    m = torch.nn.AvgPool3d(2)
    state = m.__getstate__()
    for name in ("padding", "ceil_mode", "count_include_pad"):
        del state[name]
    new = torch.nn.AvgPool3d.__new__(torch.nn.AvgPool3d)
    new.__setstate__(state)
    show(new, new.ceil_mode, new.count_include_pad)


@program
def marks_in_copies(torch, show):
    nn = torch.nn
    for copied in (copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))):
        b = copied(nn.Buffer(torch.ones(1), persistent=False))
        show(b, isinstance(b, nn.Buffer), b.persistent)
        p = nn.Parameter(torch.ones(1))
        p._private, p.public = 1, 2
        p = copied(p)
        show(p, isinstance(p, nn.Parameter), getattr(p, "_private", None), getattr(p, "public", None))
        t = torch.ones(1)
        t._private = 3
        show(getattr(copied(t), "_private", None))
