"""parametrizations.orthogonal: maps, bases, shapes, assignment, errors."""

import copy

from conformance.programs import Near, program, scene

MAPS = (None, "matrix_exp", "cayley", "householder")


def state(m):
    return {name: value if value is None else Near(value) for name, value in m.state_dict().items()}


def holding(torch, *shape, dtype=None):
    m = torch.nn.Module()
    m.weight = torch.nn.Parameter(torch.randn(*shape, dtype=dtype))
    return m


def is_orthogonal(torch, q):
    q = q.detach()
    q = q if q.size(-2) >= q.size(-1) else q.mH
    return torch.allclose(q.mH @ q, torch.eye(q.size(-1), dtype=q.dtype), atol=1e-5)


@program
def maps_and_shapes(torch, show):
    orthogonal = torch.nn.utils.parametrizations.orthogonal
    for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 3), (2, 3, 2), (1, 1), (3, 1)):
        for which in MAPS:
            for base in (True, False):
                m = holding(torch, *shape)
                with torch.no_grad():
                    m.weight.mul_(0.5)
                show(orthogonal(m, orthogonal_map=which, use_trivialization=base) is m, m)
                show(state(m), Near(m.weight), is_orthogonal(torch, m.weight), torch.rand(1))
                (m.weight * torch.arange(1.0, m.weight.numel() + 1).reshape(shape)).sum().backward()
                show([Near(p.grad) for p in m.parameters()])
                with torch.no_grad():
                    m.parametrizations.weight.original.add_(0.125)
                show(Near(m.weight))


@program
def assignment(torch, show):
    orthogonal = torch.nn.utils.parametrizations.orthogonal
    for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 3)):
        for which in MAPS:
            for base in (True, False):
                m = orthogonal(holding(torch, *shape), orthogonal_map=which, use_trivialization=base)
                value = torch.nn.init.orthogonal_(torch.empty(shape[-2:])).expand(shape).clone()
                with scene(show):
                    m.weight = value
                    show(torch.allclose(m.weight, value, atol=1e-5), state(m))
                with scene(show):
                    m.weight = torch.randn(*shape)
                    show(Near(m.weight), is_orthogonal(torch, m.weight), state(m))
                with scene(show):
                    m.weight = torch.ones(2)


@program
def layers(torch, show):
    p = torch.nn.utils.parametrizations
    m = p.orthogonal(torch.nn.Linear(3, 2))
    y = m(torch.ones(1, 3))
    y.sum().backward()
    show(m, Near(y), Near(m.parametrizations.weight.original.grad), list(m.state_dict()))
    c = copy.deepcopy(m)
    show(Near(c.weight), c.load_state_dict(m.state_dict()))
    optimizer = torch.optim.SGD(m.parameters(), lr=0.1)
    for _ in range(3):
        optimizer.zero_grad()
        m(torch.ones(1, 3)).square().sum().backward()
        optimizer.step()
    show(Near(m.weight), is_orthogonal(torch, m.weight))
    torch.nn.utils.parametrize.remove_parametrizations(m, "weight")
    show(Near(m.weight), type(m.weight).__name__, list(m.state_dict()))
    names = {}
    for which in MAPS[1:]:
        n = p.orthogonal(torch.nn.Linear(3, 3), orthogonal_map=which)
        names[which] = n.weight.grad_fn.name()
    show(names, type(n.parametrizations.weight[0]).__name__, str(n.parametrizations.weight[0].orthogonal_map))


@program
def complex_numbers(torch, show):
    orthogonal = torch.nn.utils.parametrizations.orthogonal
    for which in MAPS:
        for shape in ((2, 2), (3, 2), (2, 3)):
            m = holding(torch, *shape, dtype=torch.complex64)
            with scene(show):
                orthogonal(m, orthogonal_map=which)
                q = m.weight.detach()
                q = q if q.size(-2) >= q.size(-1) else q.mT
                show(m, torch.allclose(q.mH @ q, torch.eye(q.size(-1), dtype=q.dtype), atol=1e-5))


@program
def errors(torch, show):
    orthogonal = torch.nn.utils.parametrizations.orthogonal
    m = torch.nn.Linear(2, 2)
    show.raises(orthogonal, m, "nothing")
    show.raises(orthogonal, m, "bias")
    show.raises(orthogonal, m, "in_features")
    show.raises(orthogonal, m, orthogonal_map="qr")
    show.raises(orthogonal, m, orthogonal_map="MATRIX_EXP")
    show(m)


@program
def double_precision_and_second_derivatives(torch, show):
    orthogonal = torch.nn.utils.parametrizations.orthogonal
    for which in MAPS[1:]:
        for base in (True, False):
            m = orthogonal(holding(torch, 3, 2, dtype=torch.float64), orthogonal_map=which, use_trivialization=base)
            x = m.parametrizations.weight.original
            with torch.no_grad():
                x.copy_(torch.tensor([[1.0, 0.5], [-0.25, -1.0], [0.75, 0.125]]))
            (g,) = torch.autograd.grad((m.weight**3).sum(), x, create_graph=True)
            (h,) = torch.autograd.grad((g * torch.arange(6.0).reshape(3, 2)).sum(), x)
            show(m.weight.dtype, Near(g, 1e-10), Near(h, 1e-9))
