"""Hooks around forward."""

from conformance.programs import program


def double(torch):
    class Double(torch.nn.Module):
        def forward(self, x, scale=2):
            return x * scale

    return Double()


@program
def pre_hooks(torch, show):
    m = double(torch)
    x = torch.ones(2)
    m.register_forward_pre_hook(lambda mod, args: show("first", mod is m, args))
    show(m(x))
    with m.register_forward_pre_hook(lambda mod, args: (args[0] + 1,)):
        show(m(x))
    with m.register_forward_pre_hook(lambda mod, args: args[0] + 5):
        show(m(x))
    show(m(x, scale=3))
    m.register_forward_pre_hook(lambda mod, args: show("prepended", args), prepend=True)
    show(m(x))


@program
def pre_hooks_with_kwargs(torch, show):
    m = double(torch)
    x = torch.ones(2)
    with m.register_forward_pre_hook(lambda mod, a, k: (a, {**k, "scale": 7}), with_kwargs=True):
        show(m(x), m(x, scale=1))
    with m.register_forward_pre_hook(lambda mod, a, k: None, with_kwargs=True):
        show(m(x))
    for wrong in ((1,), 3, (1, 2, 3), [1, {}]):
        with m.register_forward_pre_hook(lambda mod, a, k, wrong=wrong: wrong, with_kwargs=True):
            show.raises(m, x)
    show(dict(m._forward_pre_hooks_with_kwargs))


@program
def hooks(torch, show):
    m = double(torch)
    x = torch.ones(2)
    m.register_forward_hook(lambda mod, args, out: show("a", args, out))
    m.register_forward_hook(lambda mod, args, out: out + 1)
    m.register_forward_hook(lambda mod, args, out: show("b", args, out))
    m.register_forward_hook(lambda mod, args, out: show("c", args, out), prepend=True)
    show(m(x), m(x, scale=5))
    with m.register_forward_hook(lambda mod, a, k, out: show("kwargs", a, k, out), with_kwargs=True):
        m(x, scale=5)
    show(len(m._forward_hooks), len(m._forward_hooks_with_kwargs))


@program
def removal(torch, show):
    m = double(torch)
    first = m.register_forward_hook(lambda *a: show("one"), always_call=True, with_kwargs=True)
    second = m.register_forward_hook(lambda *a: show("two"))
    m(torch.ones(1))
    first.remove()
    first.remove()
    m(torch.ones(1))
    show(len(m._forward_hooks), len(m._forward_hooks_always_called), len(m._forward_hooks_with_kwargs))
    second.remove()
    show(m(torch.ones(1)), type(second).__name__)


@program
def always_called(torch, show):
    class Fails(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    m = Fails()
    m.register_forward_hook(lambda mod, args, out: show("plain", out))
    m.register_forward_hook(lambda mod, args, out: show("always", args, out), always_call=True)
    m.register_forward_hook(lambda mod, a, k, o: show("both", a, k, o), always_call=True, with_kwargs=True)
    show.raises(m, torch.ones(1))

    def broken(mod, args, out):
        raise RuntimeError("broken hook")

    m.register_forward_hook(broken, always_call=True)
    show.raises(m, torch.ones(1))


@program
def always_called_only_once(torch, show):
    m = double(torch)

    def broken(mod, args, out):
        show("broken", out)
        raise RuntimeError("broken hook")

    m.register_forward_hook(lambda mod, args, out: show("before", out), always_call=True)
    m.register_forward_hook(broken)
    m.register_forward_hook(lambda mod, args, out: show("after", out), always_call=True)
    show.raises(m, torch.ones(1))


@program
def failing_pre_hook(torch, show):
    m = double(torch)

    def broken(mod, args):
        raise KeyError("pre")

    m.register_forward_pre_hook(broken)
    m.register_forward_hook(lambda mod, args, out: show("always", args, out), always_call=True)
    show.raises(m, torch.ones(1))


@program
def global_hooks(torch, show):
    module = torch.nn.modules.module
    m = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.ReLU())
    torch.nn.init.ones_(m[0].weight)
    torch.nn.init.zeros_(m[0].bias)
    m.register_forward_hook(lambda mod, args, out: show("own", type(mod).__name__))
    pre = module.register_module_forward_pre_hook(lambda mod, args: show("pre", type(mod).__name__, args))
    post = module.register_module_forward_hook(lambda mod, args, out: show("post", type(mod).__name__, out))
    show(m(torch.ones(1, 2)))
    pre.remove()
    post.remove()
    show(m(torch.ones(1, 2)))
    with module.register_module_forward_hook(lambda mod, args, out: out * 2):
        show(m(torch.ones(1, 2)))
    with module.register_module_forward_pre_hook(lambda mod, args: args[0] * 3):
        show(m(torch.ones(1, 2)))


@program
def global_always_called(torch, show):
    module = torch.nn.modules.module

    class Fails(torch.nn.Module):
        def forward(self, x):
            raise ValueError("no")

    def broken(mod, args, out):
        raise RuntimeError("broken hook")

    with module.register_module_forward_hook(lambda mod, a, out: show("always", out), always_call=True):
        show.raises(Fails(), torch.ones(1))
    with module.register_module_forward_hook(broken, always_call=True):
        show.raises(Fails(), torch.ones(1))
    with module.register_module_forward_hook(lambda mod, a, k, o: show("k", a, k, o), with_kwargs=True):
        double(torch)(torch.ones(1), scale=4)
    show(torch.nn.Identity()(torch.ones(1)))


@program
def inside_a_network(torch, show):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    shapes = {}
    for name, layer in net.named_modules():
        layer.register_forward_hook(lambda mod, a, out, name=name: shapes.__setitem__(name, tuple(out.shape)))
    net(torch.ones(3, 2))
    show(shapes)
