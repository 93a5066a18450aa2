"""functional_call, deprecated and not, and stack_module_state."""

from conformance.programs import program, scene


def network(torch):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    net.register_buffer("b", torch.ones(1))
    return net


def zeros(torch, net):
    return {name: torch.zeros_like(p) for name, p in net.named_parameters()}


@program
def call(torch, show):
    f, net, x = torch.func.functional_call, network(torch), torch.ones(1, 2)
    show(f(net, zeros(torch, net), (x,)), f(net, zeros(torch, net), x), f(net, {}, x).shape)
    show(f(net, {"1.bias": torch.tensor([5.0]), "1.weight": torch.zeros(1, 2)}, x))
    show(f(net, (zeros(torch, net), {"b": torch.zeros(1)}), x))
    show(f(net, [], kwargs={"input": x}).shape, torch.equal(f(net, {}, x), net(x)))
    show([type(p).__name__ for p in net.parameters()])


@program
def gradients(torch, show):
    layer = torch.nn.Linear(2, 1)
    w = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = torch.func.functional_call(layer, {"weight": 2 * w, "bias": torch.zeros(1)}, torch.ones(1, 2))
    show(torch.autograd.grad(y.sum(), w), layer.weight.grad)


@program
def wrong_dictionaries(torch, show):
    f, net, x = torch.func.functional_call, network(torch), torch.ones(1, 2)
    show.raises(f, net, 3, x)
    show.raises(f, net, [3], x)
    show.raises(f, net, ({"b": x}, {"b": x}), x)
    show.raises(f, net, {"b": 3}, x)
    show.raises(f, net, {"0.weight": "text"}, x)
    show.raises(f, net, {"nothing.weight": x}, x)
    show.raises(f, net, {"0.nothing.weight": x}, x)
    show.raises(f, net, {"0.training.weight": x}, x)
    show.raises(f, net, {"0.training": x}, x)
    show.raises(f, net, {"": x}, x)
    show.raises(f, net, {"0.": x}, x)
    show.raises(f, net, {"0.weight": torch.zeros(2, 2), "1.nothing.weight": x}, x)
    show(bool((net[0].weight == 0).all()))
    show.raises(f, net, {"0.weight": None}, x)


@program
def strict(torch, show):
    f, net, x = torch.func.functional_call, network(torch), torch.ones(1, 2)
    full = {**zeros(torch, net), "b": torch.ones(1)}
    show(f(net, full, x, strict=True))
    show.raises(f, net, {"b": x}, x, strict=True)
    show.raises(f, net, {**full, "z": x, "y": x}, x, strict=True)
    show.raises(f, net, {"z": x}, x, strict=True)


@program
def other_attributes(torch, show):
    f, net, x = torch.func.functional_call, torch.nn.Identity(), torch.ones(1)
    show(f(net, {"extra": x}, x), hasattr(net, "extra"))
    net.plain = torch.zeros(1)
    seen = {}
    net.forward = lambda y: y + net.plain
    given = {"plain": torch.tensor([3.0])}
    show(f(net, given, x), net.plain, given, seen)


@program
def changed_meanwhile(torch, show):
    class Counter(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("n", torch.zeros(1))

        def forward(self, x):
            self.n = self.n + 1
            return x

    m, given = Counter(), {"n": torch.tensor([5.0])}
    torch.func.functional_call(m, given, torch.ones(1))
    show(given, m.n)
    twice = ({"n": torch.tensor([5.0])},)
    torch.func.functional_call(m, twice, torch.ones(1))
    show(twice, m.n)


@program
def tied(torch, show):
    f, x = torch.func.functional_call, torch.ones(1, 2)
    a = torch.nn.Linear(2, 2, bias=False)
    net = torch.nn.Sequential(a, torch.nn.Linear(2, 2, bias=False))
    net[1].weight = a.weight
    one, two = torch.ones(2, 2), torch.full((2, 2), 2.0)
    show(f(net, {"0.weight": one}, x), f(net, {"1.weight": one}, x), torch.equal(net[1].weight, a.weight))
    show(f(net, {"0.weight": one, "1.weight": one}, x))
    show.raises(f, net, {"0.weight": one, "1.weight": two}, x)
    show(f(net, {"0.weight": one, "1.weight": two}, x, tie_weights=False))
    given = {"0.weight": one}
    f(net, given, x)
    show(sorted(given), net[1].weight is a.weight)
    show.raises(f, net, {"0.weight": one}, x, strict=True, tie_weights=False)
    show(f(net, {"0.weight": one}, x, strict=True))


@program
def an_exception_in_forward(torch, show):
    layer = torch.nn.Linear(2, 2)
    before = layer.weight
    with scene(show):
        torch.func.functional_call(layer, {"weight": torch.zeros(2, 2)}, torch.ones(1, 3))
    show(layer.weight is before)


@program
def parametrized(torch, show):
    layer = torch.nn.Linear(2, 2, bias=False)
    double = type("D", (torch.nn.Module,), {"forward": lambda self, x: 2 * x})()
    torch.nn.utils.parametrize.register_parametrization(layer, "weight", double)
    x = torch.ones(1, 2)
    show(torch.func.functional_call(layer, {"parametrizations.weight.original": torch.ones(2, 2)}, x))
    show.raises(torch.func.functional_call, layer, {"weight": torch.ones(2, 2)}, x)


@program
def deprecated(torch, show):
    f = torch.nn.utils.stateless.functional_call
    layer, x = torch.nn.Linear(2, 1), torch.ones(1, 2)
    show(f(layer, {"weight": torch.ones(1, 2), "bias": torch.zeros(1)}, x))
    show(f(layer, {"weight": torch.ones(1, 2)}, (), {"input": x}).shape)
    show.raises(f, layer, {"weights": x}, x, strict=True)


@program
def stacked(torch, show):
    stack = torch.func.stack_module_state
    models = [torch.nn.Linear(2, 1) for _ in range(3)]
    for model in models:
        model.register_buffer("b", torch.ones(2))
    params, buffers = stack(models)
    show({n: (p.shape, p.requires_grad, p.is_leaf, type(p).__name__) for n, p in params.items()})
    show(
        {n: (p.shape, p.requires_grad) for n, p in buffers.items()}, torch.equal(params["weight"][1], models[1].weight)
    )
    show(stack(torch.nn.ModuleList(models))[1])
    show.raises(stack, [])
    show.raises(stack, [models[0], torch.nn.ReLU()])
    show.raises(stack, [models[0], torch.nn.Linear(2, 1).eval()])
    models[0].requires_grad_(False)
    show.raises(stack, models)
    show(stack(models[:1])[0]["weight"].requires_grad)
