"""Hooks on a module's gradients."""

from conformance.programs import program


def product(torch):
    class Product(torch.nn.Module):
        def forward(self, x, y, factor=2):
            return x * y * factor, x + y

    return Product()


def leaf(torch, *values):
    return torch.tensor(values, requires_grad=True)


@program
def full_hook_sees_all(torch, show):
    m = product(torch)
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", mod is m, gi, go))
    x, y = leaf(torch, 1.0, 2.0), leaf(torch, 3.0, 4.0)
    a, b = m(x, y)
    show(a, b)
    (a.sum() + 2 * b.sum()).backward()
    show(x.grad, y.grad)


@program
def full_hook_with_other_arguments(torch, show):
    m = product(torch)
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
    x, y = leaf(torch, 1.0, 2.0), torch.tensor([3.0, 4.0])
    a, _ = m(x, y, 5)
    a.sum().backward()
    show(x.grad, y.grad)


@program
def full_hook_replaces(torch, show):
    m = torch.nn.ReLU()
    m.register_full_backward_hook(lambda mod, gi, go: (gi[0] * 10,))
    m.register_full_backward_hook(lambda mod, gi, go: show("second", gi, go))
    m.register_full_backward_hook(lambda mod, gi, go: show("prepended", gi, go), prepend=True)
    x = leaf(torch, 1.0, -2.0)
    m(x).sum().backward()
    show(x.grad)


@program
def full_hook_replaces_wrongly(torch, show):
    m = torch.nn.ReLU()
    m.register_full_backward_hook(lambda mod, gi, go: (gi[0], gi[0]))
    show.raises(m(leaf(torch, 1.0)).backward)


@program
def pre_hook_replaces(torch, show):
    m = torch.nn.ReLU()
    m.register_full_backward_pre_hook(lambda mod, go: (go[0] * 3,))
    m.register_full_backward_pre_hook(lambda mod, go: show("second", go))
    m.register_full_backward_pre_hook(lambda mod, go: show("prepended", go), prepend=True)
    m.register_full_backward_hook(lambda mod, gi, go: show("full", gi, go))
    x = leaf(torch, 1.0, -2.0)
    m(x).sum().backward()
    show(x.grad)


@program
def pre_hook_replaces_wrongly(torch, show):
    m = torch.nn.ReLU()
    m.register_full_backward_pre_hook(lambda mod, go: (go[0], go[0]))
    show.raises(m(leaf(torch, 1.0)).backward)


@program
def no_input_requires_grad(torch, show):
    m = torch.nn.Linear(2, 1)
    torch.nn.init.ones_(m.weight)
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
    m(torch.ones(1, 2)).sum().backward()
    show(m.weight.grad)
    m.register_full_backward_hook(lambda mod, gi, go: (None,))
    m(torch.ones(1, 2)).sum().backward()
    m.register_full_backward_hook(lambda mod, gi, go: (torch.ones(1),))
    show.raises(m(torch.ones(1, 2)).sum().backward)


@program
def nothing_requires_grad(torch, show):
    m = torch.nn.ReLU()
    m.register_full_backward_hook(lambda mod, gi, go: show("hook"))
    y = m(torch.ones(2))
    show(y, y.requires_grad)
    with torch.no_grad():
        show(m(leaf(torch, 1.0)))
    m.register_full_backward_pre_hook(lambda mod, go: None)
    show(m(torch.ones(2)).grad_fn)


@program
def node_names(torch, show):
    m = torch.nn.ReLU()
    m.register_full_backward_hook(lambda mod, gi, go: None)
    y = m(leaf(torch, 1.0))
    show(y, y.grad_fn.name())


@program
def outputs_of_other_types(torch, show):
    class Lists(torch.nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.kind = kind

        def forward(self, x):
            return self.kind(x * 2)

    for kind in (lambda t: [t], lambda t: {"y": t}, lambda t: (t, None, 3), lambda t: (t,)):
        m = Lists(kind)
        m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
        out = m(leaf(torch, 1.0))
        show(type(out).__name__)
        first = next(iter(out.values())) if isinstance(out, dict) else out[0]
        first.sum().backward()


@program
def named_tuples_stay(torch, show):
    import collections

    pair = collections.namedtuple("pair", "a b")

    class Pairs(torch.nn.Module):
        def forward(self, x):
            return pair(x * 2, x + 1)

    m = Pairs()
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
    out = m(leaf(torch, 1.0))
    show(type(out).__name__, out.b)
    out.b.sum().backward()


@program
def kinds_do_not_mix(torch, show):
    for first, second in (("full_backward", "backward"), ("backward", "full_backward")):
        m = torch.nn.ReLU()
        getattr(m, f"register_{first}_hook")(lambda *a: None)
        show.raises(getattr(m, f"register_{second}_hook"), lambda *a: None)


@program
def old_hook(torch, show):
    m = torch.nn.ReLU()
    m.register_backward_hook(lambda mod, gi, go: show("hook", mod is m, gi, go))
    x = leaf(torch, 1.0, -2.0)
    m(x * 2).sum().backward()
    show(x.grad)


@program
def old_hook_warns(torch, show):
    class Odd(torch.nn.Module):
        def __init__(self, function):
            super().__init__()
            self.function = function

        def forward(self, *args):
            return self.function(*args)

    x, y = leaf(torch, 1.0), leaf(torch, 2.0)
    cases = [
        (lambda a: [a * 2], (x,)),
        (lambda a: {"k": a * 2}, (x,)),
        (lambda a: (a * 2, a * 3), (x,)),
        (lambda a: (a * 2).exp(), (x,)),
        (lambda a, k: a * k, (x, 3)),
        (lambda a: ((a * 2,),), (x,)),
        (lambda a, b: a * b, (x, y)),
        (lambda a: a * 2, (x * 1,)),
    ]
    for function, args in cases:
        m = Odd(function)
        m.register_backward_hook(lambda mod, gi, go: show("hook", len(gi), len(go)))
        show(type(m(*args)).__name__)


@program
def old_hook_replaces(torch, show):
    m = torch.nn.ReLU()
    m.register_backward_hook(lambda mod, gi, go: (gi[0] * 10,))
    x = leaf(torch, 1.0, -2.0)
    m(x * 1).sum().backward()
    show(x.grad)


@program
def global_full_hooks(torch, show):
    module = torch.nn.modules.module
    net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Tanh())
    for p in net.parameters():
        torch.nn.init.ones_(p)
    net[0].register_full_backward_hook(lambda mod, gi, go: show("own", gi, go))
    full = module.register_module_full_backward_hook(lambda mod, gi, go: show("full", type(mod).__name__, gi, go))
    pre = module.register_module_full_backward_pre_hook(lambda mod, go: show("pre", type(mod).__name__, go))
    show.raises(module.register_module_backward_hook, lambda *a: None)
    x = torch.ones(1, 2, requires_grad=True)
    net(x).sum().backward()
    full.remove()
    pre.remove()
    net(x).sum().backward()
    show(x.grad)


@program
def gradients_of_gradients(torch, show):
    m = torch.nn.Tanh()
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
    x = leaf(torch, 0.5)
    (g,) = torch.autograd.grad(m(x).sum(), x, create_graph=True)
    show(g.grad_fn is not None)
    g.sum().backward()
    show(x.grad)


@program
def twice_in_one_graph(torch, show):
    m = torch.nn.Tanh()
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
    x = leaf(torch, 0.5)
    m(m(x)).sum().backward()
    show(x.grad)


@program
def unused_output(torch, show):
    m = product(torch)
    m.register_full_backward_hook(lambda mod, gi, go: show("hook", gi, go))
    x = leaf(torch, 1.0, 2.0)
    _, b = m(x, x)
    b.sum().backward()
    show(x.grad)
