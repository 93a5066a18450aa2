"""Lazy layers: what they are before and after the first call, what they load, what they refuse."""

import copy
import pickle

from conformance.programs import program

LAYERS = {
    "LazyLinear": ((4,), (3, 5)),
    "LazyConv1d": ((4, 2), (2, 3, 6)),
    "LazyConv2d": ((4, 2), (2, 3, 6, 5)),
    "LazyConv3d": ((4, 2), (2, 3, 3, 4, 5)),
    "LazyConvTranspose1d": ((4, 2), (2, 3, 6)),
    "LazyConvTranspose2d": ((4, 2), (2, 3, 6, 5)),
    "LazyConvTranspose3d": ((4, 2), (2, 3, 3, 4, 5)),
}


@program
def lazy_layers(torch, show):
    for name, (args, shape) in LAYERS.items():
        for bias in (True, False):
            m = getattr(torch.nn, name)(*args, bias=bias)
            show(m, m.weight, m.bias, m.has_uninitialized_params(), list(m._parameters), m.cls_to_become)
            x = torch.ones(shape)
            y = m(x)
            show(type(m), m, type(m.weight), m.weight.shape, m.weight.flatten()[:3].tolist(), y.shape)
            show("_initialize_hook" in m.__dict__, len(m._forward_pre_hooks), len(m._load_state_dict_pre_hooks))
            show(m(x).shape, round(y.flatten()[-1].item(), 4))
        show.raises(getattr(torch.nn, name)(*args), torch.ones(()))


@program
def lazy_options(torch, show):
    m = torch.nn.LazyConv2d(6, 3, 2, 1, 2, 3, False, "circular", dtype=torch.float64)
    show(m, m.weight.dtype, m(torch.ones(1, 3, 9, 9, dtype=torch.float64)).shape, m)
    m = torch.nn.LazyConvTranspose2d(6, 3, 2, 1, 1, 3, False, 2)
    show(m, m(torch.ones(1, 3, 5, 5)).shape, m)
    for wrong in (
        {"groups": 0},
        {"padding": "same", "stride": 2},
    ):
        show.raises(torch.nn.LazyConv1d, 4, 2, **wrong)
    show.raises(torch.nn.LazyConvTranspose1d, 4, 2, padding_mode="reflect")
    show.raises(torch.nn.LazyLinear)
    m = torch.nn.LazyConv1d(4, 2, groups=2)
    show.raises(m, torch.ones(1, 3, 5))
    show(m, m.has_uninitialized_params())
    show(m(torch.ones(4, 5)).shape)
    show.raises(torch.nn.LazyConv1d(4, 2), torch.ones(2, 2, 3, 4))


@program
def lazy_state(torch, show):
    m, full = torch.nn.LazyLinear(2), torch.nn.Linear(3, 2)
    show(list(m.state_dict().items()), m.state_dict()["weight"] is m.weight)
    show(m.load_state_dict(m.state_dict()), m.has_uninitialized_params())
    show.raises(full.load_state_dict, m.state_dict())
    show(m.load_state_dict(full.state_dict()), m, m.weight.shape, type(m), torch.equal(m.weight, full.weight))
    show.raises(m, torch.ones(1, 4))
    show(m(torch.ones(1, 3)).shape, type(m), m)
    m = torch.nn.Sequential(torch.nn.LazyLinear(2), torch.nn.LazyLinear(2))
    show.raises(m.load_state_dict, {"0.weight": torch.ones(2, 4), "1.bias": torch.ones(3)})
    show(m)
    m = torch.nn.LazyLinear(2)
    m.load_state_dict(full.state_dict(), assign=True)
    show(m.weight.shape, type(m.weight), m(torch.ones(3)).shape)


@program
def lazy_conversions(torch, show):
    m = torch.nn.LazyLinear(2)
    show(m.double() is m, m.weight, m.weight.dtype, m.bias.dtype, m.weight.requires_grad)
    show(m(torch.ones(1, 3, dtype=torch.float64)).dtype)
    m = torch.nn.LazyLinear(2)
    m.half()
    show(m.weight.dtype)
    m.to(torch.bfloat16)
    show(m.weight.dtype, m.to("cpu") is m, m.cpu().weight)
    m.zero_grad()
    show(m.train(False).training, [n for n, _ in m.named_parameters()], m.apply(lambda module: None) is m)
    m = torch.nn.LazyConv2d(1, 2)
    m.weight.note = 1
    show(m.reset_parameters(), m)


@program
def lazy_copies(torch, show):
    for copied in (copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))):
        m = torch.nn.Sequential(torch.nn.LazyLinear(2, dtype=torch.float64), torch.nn.ReLU())
        c = copied(m)
        show(c, c[0].weight, c[0].weight is m[0].weight)
        x = torch.ones(1, 3, dtype=c[0].weight.dtype)
        show(c[0].weight.dtype, c(x).shape, c[0].weight.shape, m[0].weight, len(c[0]._forward_pre_hooks))


@program
def a_lazy_module_of_ones_own(torch, show):
    from_lazy = torch.nn.modules.lazy.LazyModuleMixin

    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(1))

        def forward(self, x, *, factor=1):
            return x * self.scale * factor

    class LazyScale(from_lazy, Scale):
        cls_to_become = Scale

        def __init__(self):
            super().__init__()
            self.scale = torch.nn.UninitializedParameter()
            self.register_buffer("seen", torch.nn.UninitializedBuffer())

        def initialize_parameters(self, x, *, factor=1):
            self.scale.materialize(x.shape[-1:])
            with torch.no_grad():
                self.scale.fill_(factor)
            if factor != 3:
                self.seen.materialize((2,), dtype=torch.int64)

    m = LazyScale()
    show(m.seen, m.seen.requires_grad, m.seen.persistent, isinstance(m.seen, torch.nn.Buffer))
    show(m(torch.ones(2), factor=2), type(m).__name__, type(m.seen) is torch.Tensor, m.seen.dtype)
    show.raises(LazyScale(), torch.ones(2), factor=3)

    class Forgetful(from_lazy, Scale):
        pass

    show.raises(Forgetful(), torch.ones(1))
    show(Forgetful.cls_to_become)


def kind(show, function, *args):
    """The type of what is raised: the text names a function of torch's, and its address."""
    try:
        show(function(*args))
    except Exception as error:
        show(type(error).__name__, str(error).startswith("Attempted to use an uninitialized parameter in "))


@program
def uninitialized_tensors(torch, show):
    for make in (torch.nn.UninitializedParameter, torch.nn.UninitializedBuffer):
        p = make()
        show(p, p.data, p.dtype, p.device, p.requires_grad, p.is_leaf, p.grad, p.grad_fn, p.ndim, p.size(), p.nbytes)
        show(make(True).requires_grad, make(dtype=torch.float64).dtype, make(device="cpu").device)
        show(isinstance(p, torch.nn.Parameter), isinstance(p, torch.nn.Buffer), isinstance(p, torch.Tensor))
        show(p.is_floating_point(), p.is_complex(), p.itemsize, p.get_device(), p.is_cuda)
        show(p.double(), p.half(), p.float() is p, p.cpu() is p, p.int(), p.to(torch.float16), p.long(), p.char())
        show.raises(lambda p=p: p.shape)
        show.raises(p.share_memory_)
        for name in ("add", "mul", "view"):
            kind(show, getattr(p, name), 1)
        for name in ("detach", "clone", "numel", "dim", "zero_", "stride", "tolist", "sum", "requires_grad_", "item"):
            kind(show, getattr(p, name))
        kind(show, lambda p=p: p + 1)
        kind(show, lambda p=p: 2 * p)
        kind(show, lambda p=p: p == p)
        kind(show, len, p)
        kind(show, bool, p)
        kind(show, torch.add, p, p)
        kind(show, torch.empty_like, p)
        kind(show, torch.nn.functional.linear, torch.ones(1, 2), p)
        show(torch.nn.parameter.is_lazy(p), torch.nn.parameter.is_lazy(torch.ones(1)), torch.nn.parameter.is_lazy(None))
        kind(show, lambda p=p: type(copy.deepcopy(p)).__name__)
        show(type(pickle.loads(pickle.dumps(p))).__name__)
        show(p.materialize((2, 3)), type(p), p.shape, p.requires_grad, isinstance(p, torch.nn.Buffer))
        p = make(dtype=torch.float64)
        p.materialize((2,))
        q = make(dtype=torch.float64)
        q.materialize(torch.Size([1]), dtype=torch.float16)
        show(p.dtype, q.dtype, (p + 1).shape)
