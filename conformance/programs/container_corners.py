"""Rare corners of the containers: indices, arithmetic, updates, wrong members."""

import copy
import pickle
from collections import OrderedDict

from conformance.programs import program


def layers(torch, n):
    return [torch.nn.Linear(i + 1, 1) for i in range(n)]


@program
def rows_by_index(torch, show):
    nn = torch.nn
    for cls in (nn.Sequential, nn.ModuleList):
        make = (
            (lambda n, cls=cls: cls(*layers(torch, n)))
            if cls is nn.Sequential
            else lambda n: nn.ModuleList(layers(torch, n))
        )
        m = make(5)
        show(m[-1], m[1:3], m[::-2], m[10:], m[True], len(m), list(m._modules))
        for index in (5, -6, 1.0, "0", None):
            show.raises(lambda i=index, m=m: m[i])
            show.raises(m.pop, index)
            show.raises(m.__setitem__, index, nn.ReLU())
            show.raises(m.__delitem__, index)
        del m[1:3]
        show(m, list(m._modules), m.pop(-1), m.pop(slice(0, 1)), m, list(m._modules))
        m[0] = nn.ReLU()
        show(m)
        show.raises(m.__setitem__, 0, 3)
        show.raises(m.append, 3)
        show.raises(m.insert, 0, 3)
        show.raises(m.insert, 9, nn.ReLU())
        show.raises(m.extend, 3)
        show.raises(m.extend, [3])
        show(list(m._modules))
        m = make(4)
        m.insert(0, nn.Tanh())
        show.raises(m.insert, -1, nn.Sigmoid())
        m = make(4)
        m.insert(len(m), nn.Identity())
        show(m, list(m._modules), m.extend(layers(torch, 2)) is m, m.extend(make(1)))
        show([n for n in dir(m) if n.isdigit()], "append" in dir(m), nn.ReLU() in m, m[0] in m)
        show(make(0), bool(make(0)), bool(make(1)))
        show.raises(m, torch.ones(1)) if cls is nn.ModuleList else None


@program
def sequential_arithmetic(torch, show):
    nn = torch.nn
    a, b = nn.Sequential(nn.ReLU(), nn.Tanh()), nn.Sequential(OrderedDict(x=nn.Sigmoid()))
    show(a + b, b + a, a * 2, 2 * b, (a * 2)[0] is (a * 2)[2], nn.Sequential() + b)
    for wrong in (0, -1, 1.5, a):
        show.raises(lambda w=wrong: a * w)
        show.raises(a.__imul__, wrong)
    for wrong in ([nn.ReLU()], None, 3):
        show.raises(lambda w=wrong: a + w)
        show.raises(a.__iadd__, wrong)
    a += b
    a *= 2
    show(a, b[0], b.x, b[-1])
    b.append(nn.ReLU())
    show(list(b._modules), b[0:1])
    show.raises(nn.Sequential, 3)
    show.raises(nn.Sequential, {"a": nn.ReLU()})
    show.raises(nn.Sequential, None)
    show.raises(nn.Sequential, [nn.ReLU()])


@program
def module_dictionaries(torch, show):
    nn = torch.nn
    d = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Tanh()})
    show(d, list(d), list(d.keys()), list(d.items()), len(d), "a" in d, d["a"], bool(nn.ModuleDict()))
    d.update([("c", nn.Sigmoid()), ("a", nn.ReLU())])
    d.update({"z": nn.ReLU(), "y": nn.Tanh()})
    d.update(OrderedDict(w=nn.ReLU()))
    d.update(nn.ModuleDict({"v": None}))
    show(d, d.pop("a"), "a" in d)
    for wrong in (
        3,
        [3],
        [("a",)],
        [("a", 1, 2)],
        {"a": 3},
        [(1, nn.ReLU())],
        {"": nn.ReLU()},
        {"a.b": nn.ReLU()},
        ["ab"],
    ):
        show.raises(d.update, wrong)
    for key in ("q", 1, None):
        show.raises(lambda k=key: d[k])
        show.raises(d.pop, key)
        show.raises(d.__delitem__, key)
    show.raises(d.__setitem__, "forward", nn.ReLU())
    show.raises(d.__setitem__, 1, nn.ReLU())
    show.raises(d, 1)
    d.clear()
    show(d, len(d))


@program
def parameter_lists(torch, show):
    nn = torch.nn
    p = nn.ParameterList(
        [torch.ones(1), nn.Parameter(torch.zeros(2, 2)), 3, "x", None, torch.tensor([1.0, 2.0]).double()]
    )
    show(p, len(p), p[-2], p[0:2], p[::2], [n for n, _ in p.named_parameters()], p[2])
    for index in (9, -9, "a", 1.5):
        show.raises(lambda i=index: p[i])
        show.raises(p.__setitem__, index, torch.ones(1))
    p[0] = torch.full((3,), 2.0)
    p[2] = "now text"
    show.raises(p.__setitem__, -1, "text")
    p += (torch.ones(1), nn.Parameter(torch.ones(1)))
    show(p, type(p[0]), list(p.state_dict()))
    for wrong in (3, torch.ones(2), None):
        show.raises(p.extend, wrong)
    show.raises(p)
    show(nn.ParameterList(), nn.ParameterList(iter([torch.ones(1)])), [n for n in dir(p) if n.isdigit()])
    show(p.append(torch.ones(1)) is p, p.extend([]) is p, copy.deepcopy(p)[0], len(pickle.loads(pickle.dumps(p))))
    show.raises(nn.ParameterList, [torch.tensor([1])])


@program
def parameter_dictionaries(torch, show):
    nn = torch.nn
    d = nn.ParameterDict({"b": torch.ones(1), "a": nn.Parameter(torch.zeros(2))})
    show(d, list(d), list(reversed(d)), list(d.items()), list(d.values()), "a" in d, len(d))
    show(d.get("a"), d.get("q"), d.get("q", 5), d.setdefault("n", 3), d.setdefault("a", 9), d.setdefault("none"))
    show(d.copy() is d, d.copy()["a"] is d["a"], d.fromkeys(["x", "y"], 1.5), d.pop("n"), d.popitem(), d)
    e = nn.ParameterDict(OrderedDict(z=torch.ones(1), a=torch.ones(3)))
    show(d | e, e | d, list((d | e).keys()))
    d |= e
    show(d)
    for wrong in (3, [3], [("a",)], [("a", 1, 2)], None):
        show.raises(d.update, wrong)
    for key in ("q", 1, None):
        show.raises(lambda k=key: d[k])
        show.raises(d.pop, key)
        show.raises(d.__delitem__, key)
        show.raises(d.__setitem__, key, torch.ones(1)) if key != "q" else None
    show.raises(d, 1)
    d = nn.ParameterDict(e)
    show(copy.deepcopy(d), len(pickle.loads(pickle.dumps(d))), list(d.state_dict()))
    d.clear()
    show(d, len(d))
    show.raises(d.popitem)
    show.raises(lambda: d | {"a": 1})
    show.raises(lambda: {"a": 1} | d)
