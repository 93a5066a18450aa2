"""Hooks on what operations save, on several gradients; edges of the graph."""

from conformance.programs import Near, program, scene


def recording(show):
    def pack(t):
        show("pack", Near(t), t.requires_grad, t.is_leaf, type(t.grad_fn).__name__)
        return t

    def unpack(t):
        show("unpack", Near(t))
        return t

    return pack, unpack


CALLS = {
    "mul": lambda torch, x, c: x * c,
    "mul twice": lambda torch, x, c: x[0] * x,
    "square": lambda torch, x, c: x * x,
    "exp": lambda torch, x, c: (x + 1).exp(),
    "chain": lambda torch, x, c: x.exp().sin(),
    "add": lambda torch, x, c: x + c,
    "scaled": lambda torch, x, c: x * 2,
    "power": lambda torch, x, c: x**2,
    "div": lambda torch, x, c: x / c,
    "matmul": lambda torch, x, c: x.view(1, 2) @ x.view(2, 1),
    "several inputs": lambda torch, x, c: torch.cat([x, x * x]),
    "softmax": lambda torch, x, c: x.softmax(0),
    "custom": lambda torch, x, c: custom(torch).apply(x),
}


def custom(torch):
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            out = x * 2
            ctx.save_for_backward(x, out)
            return out

        @staticmethod
        def backward(ctx, g):
            x, out = ctx.saved_tensors
            return g * out / x

    return Doubled


@program
def what_is_packed(torch, show):
    graph = torch.autograd.graph
    for name, call in CALLS.items():
        x, c = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])
        show(name)
        with graph.saved_tensors_hooks(*recording(show)):
            y = call(torch, x, c)
        y.sum().backward()
        show(Near(x.grad))


@program
def packed_values_have_derivatives(torch, show):
    graph = torch.autograd.graph
    for pack, unpack in (
        (lambda t: t.detach().numpy().copy(), torch.from_numpy),
        (lambda t: t * 2, lambda t: t / 2),
        (lambda t: t * 2, lambda t: t),
    ):
        for call in CALLS.values():
            x, c = torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, 4.0])
            with graph.saved_tensors_hooks(pack, unpack):
                y = (call(torch, x, c) ** 2).sum()
                (g,) = torch.autograd.grad(y, x, create_graph=True)
            (h,) = torch.autograd.grad((g**2).sum(), x, allow_unused=True)
            show(Near(g), Near(h))


@program
def hooks_that_do_not_do(torch, show):
    graph = torch.autograd.graph
    for pack, unpack in (
        (lambda t: t, lambda t: 3),
        (lambda t: None, lambda t: t),
        (lambda t: 1 / 0, lambda t: t),
        (lambda t: t, lambda t: 1 / 0),
        (lambda t: t.add_(1), lambda t: t),
        (lambda t: t, lambda t: t.double()),
        (lambda t: t, lambda t: t[:1]),
    ):
        for call in (lambda x: (x * 1) * (x * 1), lambda x: (x * 1).exp()):
            with scene(show):
                x = torch.tensor([1.0, 2.0], requires_grad=True)
                with graph.saved_tensors_hooks(pack, unpack):
                    y = call(x)
                y.sum().backward()
                show(Near(x.grad))


@program
def nested_and_forbidden_hooks(torch, show):
    graph = torch.autograd.graph
    x, seen = torch.tensor([1.0, 2.0], requires_grad=True), []
    with graph.saved_tensors_hooks(lambda t: (seen.append("outer"), t)[1], lambda t: t):
        with graph.saved_tensors_hooks(lambda t: (seen.append("inner"), t)[1], lambda t: (seen.append("back"), t)[1]):
            y = x * x
        (y * 2).sum().backward()
        x**2
    show(seen)
    with graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        a = x * 1
        y = a * a
    a.add_(1)
    y.sum().backward()
    show(x.grad)
    for pin in (False, True):
        with graph.save_on_cpu(pin_memory=pin):
            y = x * x
        show(torch.autograd.grad(y.sum(), x))

    def enter(manager):
        with manager:
            return "entered"

    with graph.disable_saved_tensors_hooks("no hooks here"):
        show.raises(enter, graph.save_on_cpu())
        with graph.disable_saved_tensors_hooks("nor here"):
            show.raises(enter, graph.save_on_cpu())
        show.raises(enter, graph.save_on_cpu())
    with graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        show.raises(enter, graph.disable_saved_tensors_hooks("no hooks here"))
        show.raises(enter, graph.save_on_cpu())
    show(enter(graph.save_on_cpu()))
    show.raises(graph.saved_tensors_hooks(3, 4).__enter__)


@program
def hooks_on_several_gradients(torch, show):
    graph = torch.autograd.graph
    a, b = (torch.tensor([1.0, 2.0], requires_grad=True) for _ in range(2))
    c, d = a * b, a * b
    handle = graph.register_multi_grad_hook((a, b, c, d), lambda grads: show("all", grads))
    first = graph.register_multi_grad_hook((c, d, torch.ones(1)), lambda grad: show("any", grad), mode="any")
    c.sum().backward(retain_graph=True)
    c.sum().backward(inputs=(a,), retain_graph=True)
    (c + d).sum().backward(retain_graph=True)
    handle.remove()
    c.sum().backward(retain_graph=True)
    first.remove()
    c.sum().backward()
    c, d = a * b, a * b
    e = c * d
    with graph.register_multi_grad_hook((c, d, e), lambda grads: show("of grad", grads)):
        for inputs in ([c, d], [c], [e], [a]):  # torch waits for no leaf here
            torch.autograd.grad(e.sum(), inputs, retain_graph=True)
    with graph.register_multi_grad_hook((a,), lambda grads: show("inside", grads)):
        (a * 1).sum().backward()
    (a * 1).sum().backward()
    show.raises(graph.register_multi_grad_hook, (a, torch.ones(2)), print)
    show.raises(graph.register_multi_grad_hook, (a,), print, mode="none")


@program
def edges(torch, show):
    graph = torch.autograd.graph
    edge = graph.get_gradient_edge
    a, b = (torch.ones(2, requires_grad=True) for _ in range(2))
    c = a * 2
    show(edge(a), edge(c), edge(a.unbind()[1]).output_nr, edge(a).node is edge(a).node)
    show([isinstance(edge(t).node, graph.Node) for t in (a, c)], isinstance(3, graph.Node))
    show.raises(edge, torch.ones(2))
    grad = torch.autograd.grad
    show(grad((c * b).sum(), edge(c), retain_graph=True), grad((c * b).sum(), [edge(a), b], retain_graph=True))
    show(grad(edge(c), a, torch.ones(2), retain_graph=True))
    show.raises(grad, edge(c), a)
    show.raises(grad, edge(c), a, torch.ones(3))
    show.raises(grad, a.sum(), edge(b))
    show(grad(a.sum(), edge(b), allow_unused=True), grad(b.sum(), edge(b), materialize_grads=True))
    show.raises(grad, a.sum(), edge(b), materialize_grads=True)
    torch.autograd.backward(edge((a * b).sum()))
    show(a.grad, b.grad)
    (a * b).sum().backward(inputs=[edge(a)])
    show(a.grad, b.grad)
    graph.increment_version(a)
    graph.increment_version([a, b])
    show(a._version, b._version)
