"""Parametrizations: registration, classes, states, copies, assignment, removal, and every message."""

import copy
import pickle

from conformance.programs import program, scene


def linear(torch, n=2, k=2):
    m = torch.nn.Linear(k, n)
    with torch.no_grad():
        m.weight.copy_(torch.arange(n * k).reshape(n, k) + 1.0)
        m.bias.copy_(torch.arange(n) + 0.5)
    return m


def made(torch, forward=None, right_inverse=None, name="Made"):
    """A parametrization out of functions."""
    body = {}
    if forward is not None:
        body["forward"] = lambda self, *x: forward(*x)
    if right_inverse is not None:
        body["right_inverse"] = lambda self, x: right_inverse(x)
    return type(name, (torch.nn.Module,), body)()


def symmetric(torch):
    return made(torch, lambda x: x.triu() + x.triu(1).mT, lambda a: a.triu(), "Symmetric")


def doubled(torch):
    return made(torch, lambda x: 2 * x, lambda x: x / 2, "Doubled")


def pair(torch):
    return made(torch, lambda a, b: a + b, lambda x: (x / 4, x * 3 / 4), "Pair")


def api(torch):
    return torch.nn.utils.parametrize


@program
def one(torch, show):
    P, m = api(torch), linear(torch)
    weight = m.weight
    show(P.register_parametrization(m, "weight", symmetric(torch)) is m, m)
    show(type(m).__name__, type(m).__qualname__, type(m).__module__, type(m).__bases__[0] is torch.nn.Linear)
    show(isinstance(m, torch.nn.Linear), P.type_before_parametrizations(m) is torch.nn.Linear)
    show(P.type_before_parametrizations(torch.nn.ReLU()) is torch.nn.ReLU)
    show(m.weight, m.parametrizations.weight.original is weight, weight, type(m.weight).__name__)
    show([(n, tuple(p.shape)) for n, p in m.named_parameters()], list(m.state_dict()), sorted(m._parameters))
    show(P.is_parametrized(m), P.is_parametrized(m, "weight"), P.is_parametrized(m, "bias"), P.is_parametrized(m, "x"))
    m(torch.ones(1, 2)).sum().backward()
    show(weight.grad, m.bias.grad, "weight" in dir(m), hasattr(type(m), "weight"), isinstance(type(m).weight, property))
    show(m.parametrizations.weight.unsafe, m.parametrizations.weight.is_tensor, m.parametrizations.weight.ntensors)


@program
def what_is_not_parametrized(torch, show):
    P, m = api(torch), torch.nn.Linear(1, 1)
    show(P.is_parametrized(m), P.is_parametrized(m, "weight"))
    m.parametrizations = 3
    show(P.is_parametrized(m))
    m.parametrizations = torch.nn.ModuleDict()
    show(P.is_parametrized(m), P.is_parametrized(m, "weight"))


@program
def several_on_one_tensor(torch, show):
    P, m = api(torch), linear(torch)
    P.register_parametrization(m, "weight", symmetric(torch))
    P.register_parametrization(m, "weight", doubled(torch))
    P.register_parametrization(m, "bias", doubled(torch))
    show(m, m.weight, m.bias, list(m.state_dict()), len(m.parametrizations.weight))
    m.weight = torch.tensor([[2.0, 4.0], [4.0, 6.0]])
    show(m.weight, m.parametrizations.weight.original, list(m.parametrizations))
    P.remove_parametrizations(m, "weight")
    show(m, m.weight, list(m.state_dict()), type(m).__name__)
    P.remove_parametrizations(m, "bias", leave_parametrized=False)
    show(m, m.bias, list(m.state_dict()), type(m) is torch.nn.Linear, hasattr(m, "parametrizations"))


@program
def several_originals(torch, show):
    P, m = api(torch), linear(torch)
    P.register_parametrization(m, "weight", pair(torch))
    held = m.parametrizations.weight
    show(m, m.weight, held.original0, held.original1, held.is_tensor, held.ntensors, list(m.state_dict()))
    m.weight = torch.ones(2, 2)
    show(held.original0, held.original1)
    show.raises(P.remove_parametrizations, m, "weight", leave_parametrized=False)
    P.register_parametrization(m, "weight", doubled(torch))
    show(m.weight)
    P.remove_parametrizations(m, "weight")
    show(m.weight, type(m.weight).__name__, list(m.state_dict()))


@program
def buffers(torch, show):
    P, m = api(torch), torch.nn.Module()
    m.register_buffer("b", torch.tensor([1.0, 2.0]))
    P.register_parametrization(m, "b", doubled(torch))
    show(m.b, list(m.state_dict()), [n for n, _ in m.named_buffers()], m)
    P.register_parametrization(m, "b", made(torch, lambda x: x + 1))
    show(m.b)
    P.remove_parametrizations(m, "b")
    show(m.b, [n for n, _ in m.named_buffers()])
    P.register_parametrization(m, "b", pair(torch))
    show(m.b, [n for n, _ in m.named_buffers()], list(m.parameters()))
    P.remove_parametrizations(m, "b")
    show(m.b, [n for n, _ in m.named_buffers()])


@program
def frozen(torch, show):
    P, m = api(torch), linear(torch)
    m.weight.requires_grad_(False)
    P.register_parametrization(m, "weight", pair(torch))
    show([(n, p.requires_grad) for n, p in m.named_parameters()])
    P.remove_parametrizations(m, "weight")
    show([(n, p.requires_grad) for n, p in m.named_parameters()], m.weight, [n for n, _ in m.named_buffers()])


@program
def training_mode(torch, show):
    P, m = api(torch), linear(torch).eval()
    p = symmetric(torch)
    P.register_parametrization(m, "weight", p)
    show(p.training, m.parametrizations.training, m.train().parametrizations.weight[0].training)


@program
def wrong_registrations(torch, show):
    P, m = api(torch), linear(torch)
    R = P.register_parametrization
    show.raises(R, m, "none", symmetric(torch))
    show.raises(R, m, "training", symmetric(torch))
    show.raises(R, m, "weight", made(torch, lambda x: x.double()))
    show.raises(R, m, "weight", made(torch, lambda x: x[0]))
    show.raises(R, m, "weight", made(torch, lambda x: 3))
    show.raises(R, m, "weight", made(torch, lambda x: x, lambda x: 3))
    show.raises(R, m, "weight", made(torch, lambda x: x, lambda x: (x, 3)))
    show.raises(R, m, "weight", made(torch, lambda x: x, lambda x: x.double()))
    show.raises(R, m, "weight", made(torch, None))
    show(m, type(m).__name__, list(m.state_dict()))
    show.raises(P.ParametrizationList, [], m.weight)
    show.raises(P.remove_parametrizations, m, "weight")
    R(m, "weight", doubled(torch))
    for wrong in (
        made(torch, lambda x: x.double()),
        made(torch, lambda x: x[0]),
        made(torch, lambda x: 3),
        made(torch, lambda x: x, lambda x: 3),
        made(torch, lambda x: x, lambda x: (x, x)),
        made(torch, lambda x: x, lambda x: x.double()),
        made(torch, lambda x: x, lambda x: x[0]),
    ):
        show.raises(R, m, "weight", wrong)
    show(m, m.weight)
    show.raises(P.remove_parametrizations, m, "bias")


def _raise(x):
    raise NotImplementedError("no")


@program
def without_a_right_inverse(torch, show):
    P, m = api(torch), linear(torch)
    P.register_parametrization(m, "weight", made(torch, lambda x: x + 1))
    show(m.weight)
    with scene(show):
        m.weight = torch.ones(2, 2)
    n = linear(torch)
    P.register_parametrization(n, "weight", made(torch, lambda x: x + 1, _raise))
    show(n.weight)
    with scene(show):
        n.weight = torch.ones(2, 2)
    P.register_parametrization(n, "weight", made(torch, lambda x: x + 1, _raise))
    show(n.weight)


@program
def wrong_assignments(torch, show):
    P = api(torch)
    results = [3, lambda x: x.double(), lambda x: (x,), lambda x: (x, 3), lambda x: (x, x.double())]
    for start in (lambda x: x, lambda x: (x, x)):
        for later in results:
            m = linear(torch)
            back = {"now": start}
            p = made(
                torch, lambda *x: x[0], lambda x, back=back: back["now"](x) if callable(back["now"]) else back["now"]
            )
            P.register_parametrization(m, "weight", p)
            back["now"] = later
            with scene(show):
                m.weight = torch.zeros(2, 2)
            show(m.weight)
    with scene(show):
        m.weight = torch.nn.Parameter(torch.zeros(2, 2))
    with scene(show):
        del m.weight


@program
def unsafe(torch, show):
    P, m = api(torch), linear(torch)
    R = P.register_parametrization
    R(m, "weight", made(torch, lambda x: x.double()[0], lambda x: x), unsafe=True)
    show(m.weight, m.parametrizations.weight.unsafe)
    R(m, "weight", made(torch, lambda x: x.sum()), unsafe=True)
    show(m.weight)
    show.raises(P.remove_parametrizations, m, "weight")
    P.remove_parametrizations(m, "weight", leave_parametrized=False)
    show(m.weight, type(m).__name__)
    R(m, "weight", symmetric(torch))
    R(m, "weight", made(torch, lambda x: x[0]), unsafe=True)
    show(m.parametrizations.weight.unsafe, m.weight)
    P.remove_parametrizations(m, "weight")
    show(m.weight, m.weight.shape)
    b = torch.nn.Module()
    b.register_buffer("t", torch.ones(2))
    R(b, "t", made(torch, lambda x: x.double()), unsafe=True)
    show.raises(P.remove_parametrizations, b, "t")


@program
def identity_of_the_original(torch, show):
    P, m = api(torch), linear(torch)
    weight = m.weight
    optimizer = torch.optim.SGD([weight], lr=0.5)
    P.register_parametrization(m, "weight", doubled(torch))
    show(weight, m.parametrizations.weight.original is weight)
    m.weight.sum().backward()
    optimizer.step()
    show(m.weight, weight)
    P.remove_parametrizations(m, "weight")
    show(m.weight is weight, weight)


@program
def copies(torch, show):
    P, m = api(torch), linear(torch)
    P.register_parametrization(m, "weight", doubled(torch))
    c = copy.deepcopy(m)
    show(c, type(c) is type(m), c.weight, c.parametrizations.weight.original is m.parametrizations.weight.original)
    with torch.no_grad():
        c.parametrizations.weight.original.zero_()
    show(c.weight, m.weight)
    both = copy.deepcopy(torch.nn.ModuleList([m, m]))
    show(both[0] is both[1], both[0].weight)
    show.raises(pickle.dumps, m)
    show.raises(copy.copy, m)
    s = linear(torch)
    with scene(show):
        s.load_state_dict(m.state_dict())
    c.load_state_dict(m.state_dict())
    show(c.weight)


class Slotted:
    __slots__ = ("extra",)


@program
def copies_of_other_classes(torch, show):
    P = api(torch)
    cls = type("Own", (Slotted, torch.nn.Linear), {})
    m = cls(1, 1)
    m.extra = [1]
    P.register_parametrization(m, "weight", doubled(torch))
    c = copy.deepcopy(m)
    show(type(c).__name__, c.extra == m.extra, c.extra is m.extra)
    own = type("Copied", (torch.nn.Linear,), {"__deepcopy__": lambda self, memo: "own copy"})(1, 1)
    P.register_parametrization(own, "weight", doubled(torch))
    show(copy.deepcopy(own))


@program
def cached(torch, show):
    P, m = api(torch), linear(torch)
    calls = []

    def counted(x):
        calls.append(1)
        return 2 * x

    P.register_parametrization(m, "weight", made(torch, counted, lambda x: x / 2))
    calls.clear()
    with P.cached():
        show(m.weight is m.weight, len(calls))
        with P.cached():
            show(m.weight is m.weight, len(calls))
        first = m.weight
        m.weight = torch.zeros(2, 2)
        show(m.weight is first, m.weight, len(calls))
    show(m.weight, m.weight is m.weight, len(calls))
    with scene(show), P.cached():
        raise KeyError("inside")
    show(m.weight is m.weight)


@program
def tied_parameters(torch, show):
    P = api(torch)
    a, b = linear(torch), linear(torch)
    b.weight = a.weight
    P.register_parametrization(a, "weight", doubled(torch))
    show(b.weight, a.weight, a.parametrizations.weight.original is b.weight)
    net = torch.nn.Sequential(a, b)
    show([n for n, _ in net.named_parameters()])


@program
def transfer(torch, show):
    P = api(torch)
    a, b = linear(torch), linear(torch)
    show(P.transfer_parametrizations_and_params(b, a) is a, type(a).__name__)
    P.register_parametrization(a, "weight", doubled(torch))
    P.register_parametrization(a, "weight", symmetric(torch))
    P.register_parametrization(a, "bias", pair(torch))
    with torch.no_grad():
        b.weight.zero_()
    show(P.transfer_parametrizations_and_params(a, b, "weight") is b, b, b.weight)
    show(b.parametrizations.weight.original is a.parametrizations.weight.original)
    c = torch.nn.Module()
    P.transfer_parametrizations_and_params(a, c)
    show(c, c.weight, c.bias, c.parametrizations.bias.original0 is a.parametrizations.bias.original0)
    show(list(c.state_dict()))
    show.raises(P.transfer_parametrizations_and_params, a, linear(torch), "nothing")


@program
def attribute_errors_inside(torch, show):
    P, m = api(torch), linear(torch)
    p = made(torch, lambda x: x.nothing)
    show.raises(P.register_parametrization, m, "weight", p)
    P.register_parametrization(m, "weight", p, unsafe=True)
    show.raises(getattr, m, "weight")
    show.raises(m, torch.ones(1, 2))


@program
def conversion(torch, show):
    P, m = api(torch), linear(torch)
    P.register_parametrization(m, "weight", doubled(torch))
    show(m.double().weight, m.half().weight.dtype, m.requires_grad_(False).weight.requires_grad)
    m.float().apply(lambda part: show(type(part).__name__))
    show([type(part).__name__ for part in m.modules()])
