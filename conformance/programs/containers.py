"""Sequential, ModuleList, ModuleDict, ParameterList, ParameterDict."""

from collections import OrderedDict

from conformance.programs import program


@program
def sequential_construction(torch, show):
    nn = torch.nn
    show(nn.Sequential(), nn.Sequential(nn.ReLU(), nn.Tanh()), nn.Sequential(OrderedDict(a=nn.ReLU())))
    for wrong in ((3,), ({"a": nn.ReLU()},), (nn.ReLU,), ([nn.ReLU()],), (OrderedDict([("a.b", nn.ReLU())]),)):
        show.raises(nn.Sequential, *wrong)
    show(len(nn.Sequential(nn.ReLU(), None)))


@program
def sequential_items(torch, show):
    nn = torch.nn
    m = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())
    show(len(m), m[0], m[-1], m[1:], m[::-1], m[5:], [type(x).__name__ for x in m])
    for wrong in (3, -4, "a", 1.0, None):
        show.raises(m.__getitem__, wrong)
    m[1] = nn.Identity()
    show.raises(m.__setitem__, 7, nn.ReLU())
    show.raises(m.__setitem__, 0, 3)
    show(m)
    del m[0]
    show(m)
    del m[0:1]
    show(m)
    show.raises(m.__delitem__, 4)
    named = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.Sigmoid()))
    show(named[1:], named.a)
    del named[0]
    show(named)


@program
def sequential_changes(torch, show):
    nn = torch.nn
    m = nn.Sequential(nn.ReLU())
    show(m.append(nn.Tanh()) is m, m.extend([nn.Sigmoid(), nn.Identity()]) is m, m)
    show(m.insert(1, nn.Flatten()) is m, m.insert(-1, nn.Softmax(1)), m.insert(len(m), nn.ReLU()))
    show.raises(m.insert, 99, nn.ReLU())
    show.raises(m.insert, 0, 3)
    show.raises(m.append, 3)
    show(m.pop(0), m.pop(-1), m)
    show.raises(m.pop, 50)
    show(m.pop(slice(0, 2)), m)


@program
def sequential_arithmetic(torch, show):
    nn = torch.nn
    a, b = nn.Sequential(nn.ReLU()), nn.Sequential(nn.Tanh(), nn.Sigmoid())
    show(a + b, (a + b)[0] is a[0], a * 2, 3 * a, (2 * b)[2] is b[0])
    c = nn.Sequential(nn.ReLU())
    c += b
    show(c)
    c *= 2
    show(c, len(c))
    for wrong in (0, -1, 1.5, "a", None):
        show.raises(lambda w=wrong: a * w)
        show.raises(a.__imul__, wrong)
    for wrong in (nn.ReLU(), [nn.ReLU()], 3):
        show.raises(lambda w=wrong: a + w)
        show.raises(a.__iadd__, wrong)


@program
def sequential_forward(torch, show):
    nn = torch.nn
    show(nn.Sequential()(3), nn.Sequential(nn.ReLU(), nn.Tanh())(torch.tensor([-1.0, 1.0])))
    show.raises(nn.Sequential(nn.ReLU()), 1, 2)
    show.raises(nn.Sequential(nn.ReLU()))
    show([n for n in dir(nn.Sequential(nn.ReLU())) if n.isdigit()])


@program
def module_lists(torch, show):
    nn = torch.nn
    m = nn.ModuleList([nn.ReLU(), nn.Tanh()])
    show(m, len(m), m[0], m[-1], m[:1], nn.ModuleList(), nn.ModuleList(None))
    show(m.append(nn.Sigmoid()) is m, m.extend([nn.Identity()]) is m, m.insert(1, nn.Flatten()), m)
    m[0] = nn.Softmax(0)
    m += [nn.ReLU()]
    longer = m.__add__([nn.Tanh()])
    show(m, longer, type(longer).__name__)
    show(m.pop(0), m.pop(slice(0, 2)), m)
    del m[0]
    show(m, list(m._modules))
    del m[0:2]
    show(m)
    show([type(x).__name__ for x in nn.ModuleList(x for x in [nn.ReLU(), nn.Tanh()])])


@program
def module_lists_refuse(torch, show):
    nn = torch.nn
    m = nn.ModuleList([nn.ReLU()])
    for wrong in (1, -2, "a", None, 0.5):
        show.raises(m.__getitem__, wrong)
    show.raises(m.__setitem__, 5, nn.ReLU())
    show.raises(m.__setitem__, 0, 5)
    show.raises(m.append, 3)
    show.raises(m.extend, 3)
    show.raises(m.extend, [3])
    show.raises(nn.ModuleList, 3)
    show.raises(m)
    show.raises(m.pop, 9)


@program
def module_list_repr(torch, show):
    nn = torch.nn

    def block():
        return nn.Sequential(nn.Linear(2, 2), nn.ReLU())

    show(str(nn.ModuleList([block() for _ in range(3)] + [nn.ReLU()] * 2 + [nn.Tanh(), nn.ReLU()])).split("\n"))


@program
def module_dicts(torch, show):
    nn = torch.nn
    m = nn.ModuleDict({"a": nn.ReLU(), "b": nn.Tanh()})
    show(m, len(m), list(m), list(m.keys()), list(m.values()), list(m.items()), "a" in m, "z" in m)
    m["c"] = nn.Sigmoid()
    del m["a"]
    show(m.pop("b"), m)
    m.update([("x", nn.ReLU()), ["y", nn.Tanh()]])
    m.update(OrderedDict(z=nn.Identity()))
    m.update(nn.ModuleDict({"w": nn.Identity()}))
    show(m, m["x"], nn.ModuleDict(), nn.ModuleDict([("k", nn.ReLU())]))
    m.clear()
    show(m, len(m))


@program
def module_dicts_refuse(torch, show):
    nn = torch.nn
    m = nn.ModuleDict({"a": nn.ReLU()})
    show.raises(m.__getitem__, "z")
    show.raises(m.__delitem__, "z")
    show.raises(m.pop, "z")
    show.raises(m.__setitem__, "b", 3)
    show.raises(m.__setitem__, 3, nn.ReLU())
    show.raises(m.__setitem__, "keys", nn.ReLU())
    show.raises(m.__setitem__, "p.q", nn.ReLU())
    show.raises(m.update, 3)
    show.raises(m.update, [3])
    show.raises(m.update, [("a",)])
    show.raises(m.update, [("k", nn.ReLU()), ("a", nn.ReLU(), 1)])
    show.raises(m)
    show(m)


@program
def parameter_lists(torch, show):
    nn = torch.nn
    p = nn.Parameter(torch.ones(2, 3))
    m = nn.ParameterList([p, torch.zeros(2), 3, "text"])
    show(m, len(m), m[0] is p, m[1], m[2], m[-1], m[:2], [type(x).__name__ for x in m])
    show([n for n, _ in m.named_parameters()])
    m[1] = torch.ones(1)
    m[2] = torch.zeros(1)
    m += [torch.ones(4)]
    show(m.append(torch.tensor(1.0)) is m, m.extend([1]) is m, m)
    show(nn.ParameterList(), nn.ParameterList(None), nn.ParameterList(torch.ones(2) for _ in range(2)))
    show(list(m.state_dict()), [n for n in dir(m) if n.isdigit()])


@program
def parameter_lists_refuse(torch, show):
    m = torch.nn.ParameterList([torch.ones(1)])
    for wrong in (1, -2, "a", None):
        show.raises(m.__getitem__, wrong)
    show.raises(m.__setitem__, 4, torch.ones(1))
    show.raises(m.extend, 3)
    show.raises(m.extend, torch.ones(2))
    show.raises(torch.nn.ParameterList, 3)
    show.raises(m, 1)
    show.raises(m.__setitem__, 0, 3)


@program
def parameter_dicts(torch, show):
    nn = torch.nn
    p = nn.Parameter(torch.ones(2))
    m = nn.ParameterDict({"b": p, "a": torch.zeros(1), "n": 3})
    show(m, list(m), len(m), m["b"] is p, m["a"], m["n"], "a" in m, "z" in m, list(reversed(m)))
    m["c"] = torch.ones(1)
    del m["n"]
    show(list(m.keys()), list(m.values()), list(m.items()))
    show(m.pop("c"), m.popitem(), m)
    show(m.get("a"), m.get("z"), m.get("z", 5), m.setdefault("a", 1), m.setdefault("q", torch.ones(1)))
    show(m.setdefault("r"), m.copy(), m.fromkeys(["x", "y"], 1), m.fromkeys(["x"]))
    m.clear()
    show(m, len(m), [n for n, _ in m.named_parameters()])


@program
def parameter_dict_updates(torch, show):
    nn = torch.nn
    m = nn.ParameterDict()
    m.update({"z": 1, "a": 2})
    m.update(OrderedDict(y=3, b=4))
    m.update([("x", 5), ["w", 6]])
    m.update(nn.ParameterDict({"v": 7}))
    show(list(m.items()), m)
    a, b = nn.ParameterDict({"k": 1, "l": 2}), nn.ParameterDict({"l": 3, "m": 4})
    show(list((a | b).items()), list(a.__ror__(b).items()), list(a.items()))
    a |= b
    show(list(a.items()), type(a).__name__)


@program
def parameter_dicts_refuse(torch, show):
    m = torch.nn.ParameterDict({"a": torch.ones(1)})
    for wrong in ("z", 3, None):
        show.raises(m.__getitem__, wrong)
        show.raises(m.__delitem__, wrong)
        show.raises(m.pop, wrong)
    show.raises(m.__setitem__, 3, torch.ones(1))
    show.raises(m.__setitem__, "a", 3)
    show.raises(m.update, 3)
    show.raises(m.update, [3])
    show.raises(m.update, [("a",)])
    show.raises(m, 1)
    show.raises(torch.nn.ParameterDict().popitem)


@program
def deprecated_container(torch, show):
    show(torch.nn.Container(a=torch.nn.ReLU()))
