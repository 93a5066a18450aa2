"""weight_norm and spectral_norm, the hooks and the parametrizations: values, states, versions, errors."""

import copy
import pickle

from conformance.programs import Near, program, scene


def layers(torch):
    nn = torch.nn
    return [
        nn.Linear(3, 2),
        nn.Conv2d(2, 3, 2),
        nn.ConvTranspose2d(2, 3, 2),
        nn.Conv1d(2, 3, 2),
        nn.ConvTranspose1d(2, 3, 2),
        nn.Conv3d(1, 2, 1),
        nn.ConvTranspose3d(1, 2, 1),
        nn.Bilinear(2, 2, 2),
    ]


def state(m):
    return {name: Near(value) for name, value in m.state_dict().items()}


def data_for(torch, m):
    if isinstance(m, torch.nn.Linear):
        return (torch.rand(2, 3),)
    if isinstance(m, torch.nn.Bilinear):
        return torch.rand(2, 2), torch.rand(2, 2)
    return (torch.rand(2, m.in_channels, *[3] * (m.weight.dim() - 2)),)


@program
def hook_weight_norm(torch, show):
    for m in layers(torch):
        for dim in (0, 1, None, -1, m.weight.dim() - 1):
            n = copy.deepcopy(m)
            show(torch.nn.utils.weight_norm(n, dim=dim) is n, state(n), n)
            show(type(n.weight).__name__, type(n.weight_g).__name__, Near(n.weight), sorted(n._parameters))
            y = n(*data_for(torch, n))
            y.sum().backward()
            show(Near(y), Near(n.weight_g.grad), Near(n.weight_v.grad, 1e-4))
            torch.nn.utils.remove_weight_norm(n)
            show(state(n), type(n.weight).__name__, n.weight.requires_grad, n._forward_pre_hooks)


@program
def hook_weight_norm_errors(torch, show):
    u = torch.nn.utils
    m = u.weight_norm(torch.nn.Linear(2, 2))
    show.raises(u.weight_norm, m)
    show.raises(u.weight_norm, torch.nn.LazyLinear(2))
    show.raises(u.weight_norm, m, "nothing")
    show.raises(u.remove_weight_norm, m, "bias")
    show.raises(u.weight_norm, torch.nn.Linear(2, 2), dim=2)
    show.raises(u.weight_norm, torch.nn.Linear(2, 2, bias=False), "bias")
    show.raises(copy.deepcopy, m)
    m.eval()
    with torch.no_grad():
        m(torch.ones(1, 2))
    show(len(copy.deepcopy(m)._forward_pre_hooks), pickle.loads(pickle.dumps(m)))
    u.weight_norm(m, "bias")
    show(list(m.state_dict()), [type(h).__name__ for h in m._forward_pre_hooks.values()])
    u.remove_weight_norm(m, "bias")
    show(list(m.state_dict()))


@program
def names_of_nodes(torch, show):
    u = torch.nn.utils
    for dim in (0, 1, 2, None):
        m = u.weight_norm(torch.nn.Conv1d(2, 2, 2), dim=dim)
        show(m.weight.grad_fn.name())
        show(torch.norm_except_dim(m.weight_v, 2, -1 if dim is None else dim).grad_fn.name())
    show(type(u.spectral_norm(torch.nn.Linear(2, 2)).weight.grad_fn).__name__)
    m = u.parametrizations.spectral_norm(torch.nn.Linear(2, 2))
    show(m.weight.grad_fn.name())


@program
def weight_norm_of_zero(torch, show):
    m = torch.nn.Linear(2, 2)
    with torch.no_grad():
        m.weight.zero_()
    torch.nn.utils.weight_norm(m)
    show(m.weight)
    m.weight.sum().backward()
    show(m.weight_g.grad, m.weight_v.grad)


@program
def norm_except_dim(torch, show):
    n, x = torch.norm_except_dim, torch.arange(6.0).reshape(1, 2, 3).expand(2, 2, 3) - 2
    for p in (1, 2, 3, 0, -1):
        for dim in (-1, 0, 1, 2, -2, -3):
            show(n(x, p, dim))
    show(n(x), n(torch.ones(2, 0)), n(torch.ones(2, 2).double(), 2, 1), n(torch.ones(2, 2).half(), dim=1))
    show.raises(n, x, 2, 3)
    show.raises(n, x.long())
    show.raises(n, torch.tensor(1.0))
    show.raises(n, 3)
    show.raises(n, x, 2.5)
    show.raises(n, x, 2, "a")


@program
def parametrized_weight_norm(torch, show):
    for m in layers(torch):
        for dim in (0, 1, None, -1):
            n = copy.deepcopy(m)
            show(torch.nn.utils.parametrizations.weight_norm(n, dim=dim) is n, state(n), n)
            y = n(*data_for(torch, n))
            y.sum().backward()
            show(Near(y), [Near(p.grad, 1e-4) for p in n.parameters()])
            n.weight = torch.ones(n.weight.shape)
            show(state(n), Near(n.weight))
            show(copy.deepcopy(n)(*data_for(torch, n)).shape)


@program
def states_of_the_hook_load_into_the_parametrization(torch, show):
    u = torch.nn.utils
    old, new = u.weight_norm(torch.nn.Linear(3, 2)), u.parametrizations.weight_norm(torch.nn.Linear(3, 2))
    show(new.load_state_dict(old.state_dict()), torch.allclose(new.weight, old.weight))
    net_old, net_new = torch.nn.Sequential(old), torch.nn.Sequential(new)
    show(net_new.load_state_dict(net_old.state_dict()))
    with scene(show):
        new.load_state_dict(torch.nn.Linear(3, 2).state_dict())
    with scene(show):
        old.load_state_dict(new.state_dict())


@program
def hook_spectral_norm(torch, show):
    u = torch.nn.utils
    for m in layers(torch):
        for options in ({}, {"dim": 1}, {"n_power_iterations": 3, "eps": 1e-3}):
            n = copy.deepcopy(m)
            x = data_for(torch, n)
            show(u.spectral_norm(n, **options) is n, list(n.state_dict()), n, n.state_dict()._metadata[""])
            show(type(n.weight).__name__, Near(n.weight), torch.rand(1))
            n.eval()(*x)
            show(state(n), Near(n.weight, 1e-4))
            n.train()
            y = [n(*x), n(*x)][1]
            show(Near(y, 1e-4), state(n))
            y.sum().backward()
            show([Near(p.grad, 1e-4) for p in n.parameters()])
            show(Near(copy.deepcopy(n.eval())(*x), 1e-4) if not n.weight.requires_grad else None)
            u.remove_spectral_norm(n)
            show(state(n), len(n._forward_pre_hooks), len(n._state_dict_hooks), len(n._load_state_dict_pre_hooks))
            show(type(n.weight).__name__, n.weight.requires_grad, n.state_dict()._metadata[""])


@program
def hook_spectral_norm_errors(torch, show):
    u = torch.nn.utils
    m = u.spectral_norm(torch.nn.Linear(2, 2))
    show.raises(u.spectral_norm, m)
    show.raises(u.spectral_norm, torch.nn.LazyLinear(2))
    show.raises(u.spectral_norm, m, "nothing")
    show.raises(u.spectral_norm, torch.nn.Linear(2, 2), n_power_iterations=0)
    show.raises(u.spectral_norm, torch.nn.Linear(2, 2, bias=False), "bias")
    show.raises(u.spectral_norm, torch.nn.Linear(2, 2), dim=2)
    show.raises(u.remove_spectral_norm, m, "bias")
    u.spectral_norm(m, "bias")
    show(list(m.state_dict()), m.state_dict()._metadata)
    hook = next(iter(m._forward_pre_hooks.values()))
    show(hook.name, hook.dim, hook.n_power_iterations, hook.eps, hook._version)
    show.raises(type(hook), n_power_iterations=-1)


@program
def states_of_earlier_versions(torch, show):
    u = torch.nn.utils
    m = u.spectral_norm(torch.nn.Linear(2, 3))
    m(torch.ones(1, 2))
    m.eval()(torch.ones(1, 2))
    now = m.state_dict()

    def without_version(state):
        state = copy.copy(state)
        state._metadata = {"": {"version": 1}}
        return state

    fresh = u.spectral_norm(torch.nn.Linear(2, 3))
    show(fresh.load_state_dict(without_version(now)))
    old = without_version(now)
    old["weight"] = m.weight.detach().clone()
    del old["weight_v"]
    fresh = u.spectral_norm(torch.nn.Linear(2, 3)).eval()
    show(
        fresh.load_state_dict(old), sorted(old), torch.allclose(fresh(torch.ones(1, 2)), m(torch.ones(1, 2)), atol=1e-5)
    )
    show(state(fresh))
    for missing in ("weight_orig", "weight", "weight_u"):
        for strict in (True, False):
            part = copy.copy(old)
            part._metadata = old._metadata
            part.pop(missing)
            with scene(show):
                show(u.spectral_norm(torch.nn.Linear(2, 3)).load_state_dict(part, strict=strict))
    with scene(show):
        u.spectral_norm(torch.nn.Linear(2, 3)).load_state_dict(torch.nn.Linear(2, 3).state_dict())
    again = u.spectral_norm(torch.nn.Linear(2, 3))
    u.remove_spectral_norm(again)
    with scene(show):
        show(again.load_state_dict(torch.nn.Linear(2, 3).state_dict()))


@program
def parametrized_spectral_norm(torch, show):
    s = torch.nn.utils.parametrizations.spectral_norm
    for m in layers(torch):
        for options in ({}, {"dim": -1}, {"n_power_iterations": 2, "eps": 1e-3}):
            n = copy.deepcopy(m)
            x = data_for(torch, n)
            show(s(n, **options) is n, state(n), n, torch.rand(1))
            y = [n(*x), n(*x)][1]
            y.sum().backward()
            show(Near(y, 1e-4), [Near(p.grad, 1e-4) for p in n.parameters()], state(n))
            show(Near(copy.deepcopy(n).eval()(*x), 1e-4))
            n.weight = torch.ones(n.weight.shape)
            show(state(n))
            torch.nn.utils.parametrize.remove_parametrizations(n, "weight")
            show(Near(n.weight, 1e-4))


@program
def parametrized_spectral_norm_of_vectors_and_errors(torch, show):
    s, m = torch.nn.utils.parametrizations.spectral_norm, torch.nn.Linear(2, 3)
    s(m, "bias")
    show(Near(m.bias), m, list(m.state_dict()))
    show.raises(s, m, "nothing")
    show.raises(s, m, "in_features")
    show.raises(s, m, n_power_iterations=0)
    show.raises(s, m, dim=2)
    show.raises(s, m, dim=-3)
    c = torch.nn.Module()
    c.weight = torch.nn.Parameter(torch.tensor([[1 + 1j, 2], [0, 1j]]))
    s(c)
    for _ in range(30):
        value = c.weight
    show([round(abs(v.item()), 3) for v in value.detach().flatten()], c.parametrizations.weight[0]._u.dtype)


@program
def memory_formats(torch, show):
    u, nn = torch.nn.utils, torch.nn
    net = nn.Sequential(
        nn.Conv2d(2, 3, 2), nn.Sequential(nn.ConvTranspose2d(2, 3, 2), nn.Conv3d(2, 3, 2)), nn.Linear(2, 2)
    )
    before = [p.detach().clone() for p in net.parameters()]
    show(u.convert_conv2d_weight_memory_format(net, torch.channels_last) is net)
    show([p.stride() for p in net.parameters()])
    show(u.convert_conv3d_weight_memory_format(net, torch.channels_last_3d) is net)
    show(
        [p.stride() for p in net.parameters()],
        [torch.equal(p, q) for p, q in zip(net.parameters(), before, strict=True)],
    )
    show(net[0](torch.ones(1, 2, 4, 4)).stride(), type(net[0].weight).__name__, net[0].weight.requires_grad)
    u.convert_conv2d_weight_memory_format(net, torch.contiguous_format)
    show([p.stride() for p in net.parameters()])
    show.raises(u.convert_conv2d_weight_memory_format, net, torch.channels_last_3d)
    show.raises(u.convert_conv3d_weight_memory_format, net, torch.channels_last)
    show.raises(u.convert_conv2d_weight_memory_format, net, torch.preserve_format)
    show(u.convert_conv2d_weight_memory_format(nn.Linear(2, 2), 3))
    show(u.convert_conv2d_weight_memory_format(nn.Conv2d(1, 1, 1), torch.channels_last).weight.stride())
