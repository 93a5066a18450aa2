"""How attributes become parameters, buffers and submodules, and what is refused."""

from conformance.programs import program


def registries(module):
    return {
        "parameters": list(module._parameters),
        "buffers": list(module._buffers),
        "modules": list(module._modules),
        "non_persistent": sorted(module._non_persistent_buffers_set),
    }


@program
def fresh_module(torch, show):
    m = torch.nn.Module()
    show(sorted(m.__dict__))
    show(m.training, m.dump_patches, m.call_super_init, m._version)
    show([type(m.__dict__[k]).__name__ for k in sorted(m.__dict__)])


@program
def constructor_arguments(torch, show):
    class Plain(torch.nn.Module):
        pass

    show.raises(Plain, 1)
    show.raises(Plain, 1, 2)
    show.raises(Plain, a=1)
    show.raises(Plain, 1, a=1)


@program
def call_super_init(torch, show):
    class Other:
        def __init__(self, *args, **kwargs):
            self.got = (args, kwargs)

    class Both(torch.nn.Module, Other):
        call_super_init = True

        def __init__(self):
            super().__init__(1, a=2)

    show(Both().got)


@program
def forward_missing(torch, show):
    class Named(torch.nn.Module):
        pass

    show.raises(Named(), 1)
    show.raises(torch.nn.Module().forward)


@program
def assignment_by_kind(torch, show):
    m = torch.nn.Module()
    m.w = torch.nn.Parameter(torch.ones(2))
    m.b = torch.nn.Buffer(torch.zeros(2))
    m.n = torch.nn.Buffer(torch.zeros(2), persistent=False)
    m.t = torch.ones(2)
    m.c = torch.nn.Identity()
    m.x = 3
    show(registries(m), sorted(set(m.__dict__) - set(torch.nn.Module().__dict__)))
    show(m.w, m.b, m.n, m.t, m.c, m.x)


@program
def reassignment_moves_a_name(torch, show):
    m = torch.nn.Module()
    m.a = 1
    m.a = torch.nn.Parameter(torch.ones(1))
    show(registries(m), "a" in m.__dict__)
    show.raises(setattr, m, "a", torch.ones(1))
    show.raises(setattr, m, "a", torch.nn.Identity())
    show.raises(setattr, m, "a", 5)
    m.a = None
    show(registries(m), m.a)
    del m.a
    m.a = torch.nn.Identity()
    show(registries(m))
    show.raises(setattr, m, "a", torch.ones(1))
    show.raises(setattr, m, "a", "text")
    show.raises(setattr, m, "a", torch.nn.Linear)
    m.a = torch.nn.Parameter(torch.ones(1))
    show(registries(m))
    m.c = torch.nn.Identity()
    m.c = None
    show(registries(m), m.c, m)


@program
def buffers_reassigned(torch, show):
    m = torch.nn.Module()
    m.register_buffer("p", torch.zeros(1))
    m.register_buffer("q", torch.zeros(1), persistent=False)
    m.register_buffer("none", None)
    m.p = torch.ones(1)
    m.q = torch.ones(1)
    m.none = torch.ones(1)
    show(registries(m), m.p, m.q, m.none)
    show.raises(setattr, m, "p", 3)
    show.raises(setattr, m, "p", [1.0])
    m.q = torch.nn.Buffer(torch.ones(1), persistent=True)
    show(registries(m))
    m.p = torch.nn.Buffer(torch.ones(1), persistent=False)
    show(registries(m))
    m.p = None
    show(m.p, registries(m))
    m.p = torch.nn.Parameter(torch.ones(1))
    show(registries(m))
    m.q = torch.nn.Identity()
    show(registries(m))


@program
def register_parameter_refuses(torch, show):
    m = torch.nn.Module()
    w = torch.nn.Parameter(torch.ones(1))
    m.x = 1
    for name in (3, None, "a.b", "", "x", "training", "forward"):
        show.raises(m.register_parameter, name, w)
    for value in (3, "text", torch.ones(1), [w], torch.nn.Identity(), int, torch.float32):
        show.raises(m.register_parameter, "w", value)
    m.register_parameter("w", w)
    m.register_parameter("w", None)
    show(m.w, registries(m))


@program
def register_buffer_refuses(torch, show):
    m = torch.nn.Module()
    m.x = 1
    for name in (3, None, "a.b", "", "x", "training"):
        show.raises(m.register_buffer, name, torch.ones(1))
    for value in (3, "text", [1.0], torch.nn.Identity(), None):
        show.raises(m.register_buffer, "b", value)
    show(registries(m))


@program
def add_module_refuses(torch, show):
    m = torch.nn.Module()
    m.x = 1
    inner = torch.nn.Identity()
    for name in (3, None, "a.b", "", "x"):
        show.raises(m.add_module, name, inner)
    for value in (3, torch.ones(1), torch.nn.Linear, "text", None):
        show.raises(m.add_module, "c", value)
    m.register_module("d", inner)
    show(registries(m))


@program
def setattr_with_dotted_and_taken_names(torch, show):
    class WithProperty(torch.nn.Module):
        @property
        def p(self):
            return 1

    m = WithProperty()
    show.raises(setattr, m, "a.b", torch.nn.Parameter(torch.ones(1)))
    show.raises(setattr, m, "p", torch.nn.Parameter(torch.ones(1)))
    show.raises(setattr, m, "p", torch.nn.Buffer(torch.ones(1)))
    setattr(m, "c.d", torch.nn.Identity())
    show(registries(m))


@program
def before_init(torch, show):
    class Eager(torch.nn.Module):
        def __init__(self, assign):
            assign(self)

    show.raises(Eager, lambda m: setattr(m, "w", torch.nn.Parameter(torch.ones(1))))
    show.raises(Eager, lambda m: setattr(m, "c", torch.nn.Identity()))
    show.raises(Eager, lambda m: setattr(m, "b", torch.nn.Buffer(torch.ones(1))))
    show.raises(Eager, lambda m: m.register_buffer("b", torch.ones(1)))
    show.raises(Eager, lambda m: m.register_parameter("w", None))
    show.raises(Eager, lambda m: m.missing)
    Eager(lambda m: setattr(m, "x", torch.ones(1)))


@program
def parameter_with_history(torch, show):
    m = torch.nn.Module()
    w = torch.nn.Parameter(torch.ones(1))
    m.w = w

    class Odd(torch.nn.Module):
        pass

    computed = torch.nn.Parameter(torch.ones(2))
    with torch.no_grad():
        computed.mul_(2)
    m.c = computed
    show(m.c)


@program
def missing_attribute(torch, show):
    show.raises(getattr, torch.nn.Linear(1, 1), "nothing")
    show.raises(delattr, torch.nn.Linear(1, 1), "nothing")
    show(hasattr(torch.nn.Linear(1, 1), "weight"), getattr(torch.nn.Linear(1, 1), "nothing", "default"))


@program
def deletion(torch, show):
    m = torch.nn.Linear(2, 2)
    m.register_buffer("b", torch.ones(1), persistent=False)
    m.c = torch.nn.Identity()
    m.x = 1
    for name in ("bias", "b", "c", "x"):
        delattr(m, name)
        show(registries(m), hasattr(m, name))


@program
def register_buffer_overridden(torch, show):
    class Old(torch.nn.Module):
        def register_buffer(self, name, tensor):
            show("register", name)
            super().register_buffer(name, tensor)

    class New(torch.nn.Module):
        def register_buffer(self, name, tensor, persistent=True):
            show("register", name, persistent)
            super().register_buffer(name, tensor, persistent)

    for cls in (Old, New):
        m = cls()
        m.b = torch.nn.Buffer(torch.ones(1))
        show.raises(setattr, m, "n", torch.nn.Buffer(torch.ones(1), persistent=False))
        m.b = torch.zeros(1)
        show(registries(m))


@program
def registration_hooks(torch, show):
    module = torch.nn.modules.module

    def seen(kind, replacement=None):
        def hook(owner, name, value):
            show(kind, type(owner).__name__, name, type(value).__name__)
            return replacement

        return hook

    handles = [
        module.register_module_parameter_registration_hook(seen("parameter")),
        module.register_module_buffer_registration_hook(seen("buffer")),
        module.register_module_module_registration_hook(seen("module")),
    ]
    m = torch.nn.Sequential(torch.nn.Linear(1, 1, bias=False))
    m.b = torch.nn.Buffer(torch.ones(1))
    m.c = torch.nn.Identity()
    m.c = None
    for handle in handles:
        handle.remove()
    replacement = torch.nn.Tanh()
    with module.register_module_module_registration_hook(seen("swap", replacement)):
        m.d = torch.nn.Identity()
        m.add_module("e", torch.nn.Identity())
    m.f = torch.nn.Identity()
    show(m)


@program
def representations(torch, show):
    nn = torch.nn

    class Extra(nn.Module):
        def __init__(self, text, *children):
            super().__init__()
            self.text = text
            for i, child in enumerate(children):
                self.add_module(f"c{i}", child)

        def extra_repr(self):
            return self.text

        def _get_name(self):
            return "Named"

    show(nn.Module(), Extra(""), Extra("a=1"), Extra("a=1\nb=2"))
    for m in (Extra("", nn.Identity()), Extra("a=1", nn.Identity(), None), Extra("x\n\ny", Extra("p\n\nq"))):
        show(str(m).split("\n"))
    show(str(nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Dropout(0.1)))).split("\n"))


@program
def directory(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Identity())
    m.register_buffer("running", torch.ones(1))
    m.weight = torch.nn.Parameter(torch.ones(1))
    m.add_module("named", torch.nn.Identity())
    names = dir(m)
    show([n in names for n in ("0", "running", "weight", "named", "training", "forward", "_parameters")])
    show(names == sorted(names))
