"""state_dict and load_state_dict: keys, messages, hooks, extra state."""

from collections import OrderedDict

from conformance.programs import program


def net(torch):
    nn = torch.nn
    m = nn.Sequential(OrderedDict(first=nn.Linear(2, 2), second=nn.Sequential(nn.Linear(2, 1, bias=False))))
    m.register_buffer("kept", torch.ones(1))
    m.register_buffer("dropped", torch.ones(1), persistent=False)
    m.register_buffer("none", None)
    m.register_parameter("nothing", None)
    return m


@program
def keys_and_metadata(torch, show):
    m = net(torch)
    state = m.state_dict()
    show(type(state).__name__, list(state), state._metadata)
    show(m.state_dict(prefix="p."), list(m.state_dict(prefix="p.")._metadata))
    show([v.requires_grad for v in state.values()], [type(v).__name__ for v in state.values()])
    show([type(v).__name__ for v in m.state_dict(keep_vars=True).values()])
    show(state["first.weight"].data_ptr() == m.first.weight.data_ptr())


@program
def destinations(torch, show):
    m = net(torch)
    plain = {}
    show(m.state_dict(destination=plain) is plain, list(plain))
    show(list(m.state_dict(OrderedDict(), "q.")), list(m.state_dict(OrderedDict(), "q.", True)))


@program
def round_trip(torch, show):
    a, b = net(torch), net(torch)
    result = b.load_state_dict(a.state_dict())
    show(result, str(result), result.missing_keys, result.unexpected_keys, tuple(result))
    show(all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True)))
    show(b.first.weight is a.first.weight, b.first.weight._version)


@program
def mismatches(torch, show):
    m = net(torch)
    good = m.state_dict()

    def changed(**changes):
        state = OrderedDict(good)
        for key, value in changes.items():
            key = key.replace("__", ".")
            if value is None:
                del state[key]
            else:
                state[key] = value
        return state

    cases = [
        changed(first__weight=None),
        changed(first__weight=None, kept=None),
        changed(extra=torch.ones(1)),
        changed(first__extra=torch.ones(1), other__deep__key=torch.ones(1)),
        changed(first__weight__x=torch.ones(1)),
        changed(first__weight=torch.ones(3, 2)),
        changed(first__weight=torch.ones(3), first__bias=None, extra=torch.ones(1)),
        changed(first__weight=3),
        changed(first__weight="text", kept=[1.0]),
        changed(dropped=torch.ones(1)),
        changed(none=torch.ones(1)),
        changed(first__weight=torch.ones(2, 2, dtype=torch.float64)),
        changed(first__weight=torch.ones(2, 2, dtype=torch.int64)),
        changed(first___extra_state=torch.ones(1)),
        {},
    ]
    for state in cases:
        show.raises(m.load_state_dict, state)
        show.raises(m.load_state_dict, state, strict=False)
    show(m.first.weight, m.first.weight.dtype)
    for wrong in (None, 3, [("a", 1)], torch.ones(1)):
        show.raises(m.load_state_dict, wrong)


@program
def scalars_of_old(torch, show):
    m = torch.nn.Module()
    m.register_buffer("count", torch.tensor(0))
    m.load_state_dict({"count": torch.tensor([5])})
    show(m.count)
    show.raises(m.load_state_dict, {"count": torch.tensor([5, 6])})


@program
def incompatible_keys(torch, show):
    result = torch.nn.Linear(1, 1).load_state_dict({"weight": torch.ones(1, 1), "x": 1}, strict=False)
    show(result, str(result), result == (["bias"], ["x"]))


@program
def assignment(torch, show):
    m = net(torch)
    state = {k: torch.zeros_like(v, dtype=torch.float64) for k, v in m.state_dict().items()}
    m.first.bias.requires_grad_(False)
    before = m.first.weight
    show(m.load_state_dict(state, assign=True))
    show(m.first.weight, m.first.bias, m.kept, m.first.weight is before)
    show(m.first.weight.data_ptr() == state["first.weight"].data_ptr(), isinstance(m.kept, torch.nn.Parameter))
    p = torch.nn.Parameter(torch.ones(2))
    m.load_state_dict({**state, "first.bias": p}, assign=True)
    show(m.first.bias is p, p.requires_grad)


@program
def extra_state(torch, show):
    class Extra(torch.nn.Module):
        def __init__(self, value):
            super().__init__()
            self.value = value

        def get_extra_state(self):
            return {"value": self.value}

        def set_extra_state(self, state):
            self.value = state["value"]

    a, b = torch.nn.Sequential(Extra(1)), torch.nn.Sequential(Extra(2))
    show(a.state_dict(), b.load_state_dict(a.state_dict()), b[0].value)
    show.raises(b.load_state_dict, {})
    show.raises(torch.nn.Sequential(torch.nn.Module()).load_state_dict, a.state_dict())
    show.raises(torch.nn.Module().get_extra_state)
    show.raises(torch.nn.Module().set_extra_state, 1)


@program
def saving_hooks(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(1, 1))
    m.register_state_dict_pre_hook(lambda mod, prefix, keep: show("pre", type(mod).__name__, prefix, keep))
    m[0].register_state_dict_pre_hook(lambda mod, prefix, keep: show("inner", prefix, keep))
    m[0].register_state_dict_post_hook(lambda mod, state, prefix, meta: state.pop(prefix + "bias") and None)
    m._register_state_dict_hook(lambda mod, state, prefix, meta: show("old", list(state), prefix, meta))
    show(list(m.state_dict()))
    m._register_state_dict_hook(lambda mod, state, prefix, meta: {"replaced": 1})
    show(m.state_dict())


@program
def post_hooks_return_nothing(torch, show):
    m = torch.nn.Linear(1, 1)

    def hook(mod, state, prefix, meta):
        return state

    handle = m.register_state_dict_post_hook(hook)
    show.raises(m.state_dict)
    handle.remove()
    show.raises(m._register_state_dict_hook, hook)


@program
def loading_hooks(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(1, 1))

    def rename(mod, state, prefix, meta, strict, missing, unexpected, errors):
        show("pre", type(mod).__name__, prefix, meta, strict, missing, unexpected, errors, list(state))
        state[prefix + "weight"] = state.pop(prefix + "old")

    m[0].register_load_state_dict_pre_hook(rename)
    m[0]._register_load_state_dict_pre_hook(lambda *args: show("private", len(args)))
    m[0]._register_load_state_dict_pre_hook(lambda *args: show("bound", len(args)), with_module=True)
    m.register_load_state_dict_post_hook(lambda mod, keys: show("post", type(mod).__name__, keys))
    given = {"0.old": torch.ones(1, 1), "0.bias": torch.ones(1)}
    show(m.load_state_dict(given), list(given), m[0].weight)
    handle = m.register_load_state_dict_post_hook(lambda mod, keys: keys.missing_keys.clear())
    show(m.load_state_dict({"0.old": torch.ones(1, 1)}))
    handle.remove()
    show.raises(m.load_state_dict, {"0.old": torch.ones(1, 1)})
    m.register_load_state_dict_post_hook(lambda mod, keys: keys)
    show.raises(m.load_state_dict, given)


@program
def versions(torch, show):
    class Versioned(torch.nn.Module):
        _version = 2

        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.ones(1))

        def _load_from_state_dict(self, state, prefix, meta, *rest):
            show("load", prefix, meta, rest)
            super()._load_from_state_dict(state, prefix, meta, *rest)

    m = torch.nn.Sequential(Versioned())
    show(m.state_dict()._metadata)
    m.load_state_dict(m.state_dict())
    m.load_state_dict(dict(m.state_dict()))


@program
def a_dead_module(torch, show):
    m = torch.nn.Linear(1, 1)
    hook = m.register_load_state_dict_pre_hook(lambda *a: None)
    wrapped = m._load_state_dict_pre_hooks[hook.id]
    del m
    show.raises(wrapped, {}, "", {}, True, [], [], [])
