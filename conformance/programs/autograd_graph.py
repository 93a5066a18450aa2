"""Backward passes, leaves and their gradients, the graph's nodes.

Each program is a row of scenes; what raises ends its scene.
"""

from conformance.programs import program, scene


@program
def backward_and_grad(torch, show):
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.sum().backward()
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = (x * x).sum()
        y.backward()
        show.raises(y.backward)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x.exp().sum()
        y.backward(retain_graph=True)
        y.backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        z = torch.ones(2, requires_grad=True)
        (x * z).sum().backward(inputs=[x])
        show(x.grad, z.grad)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        (x * 2).sum().backward(inputs=[])
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.sum().backward(inputs=[y])
        show(x.grad, y.grad)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.backward()
    with scene(show):
        x = torch.ones(2)
        x.sum().backward()
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.backward(torch.ones(3))
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.backward(torch.ones(2, dtype=torch.float64))
        show(x.grad.dtype)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        y.backward([1, 2])
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        torch.autograd.backward([y], [1.0])
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        torch.autograd.backward([y, y], [torch.ones(2)])
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        torch.autograd.backward([y], grad_tensors=[None])
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        z = torch.ones(2, requires_grad=True)
        torch.autograd.grad((x * 2).sum(), z)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        z = torch.ones(2, requires_grad=True)
        show(torch.autograd.grad((x * 2).sum(), [x, z], allow_unused=True))
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        z = torch.ones(2, requires_grad=True)
        show(torch.autograd.grad((x * 2).sum(), [x, z], materialize_grads=True))
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        torch.autograd.grad((x * 2).sum(), torch.ones(2))
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        show(torch.autograd.grad((x * 2).sum(), x, allow_unused=False, materialize_grads=True))
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        torch.autograd.grad((x * 2).sum(), [])


@program
def nodes_and_views(torch, show):
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        show(y.grad_fn, y.grad_fn.name(), y.grad_fn.next_functions, y.output_nr, y.is_leaf, y._version, x._version)
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x + x
        show(y.grad_fn.next_functions)
        show(y.grad_fn.next_functions[0][0].variable is x)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        a, b = x.split(2)
        show(a.grad_fn, b.output_nr, b.grad_fn.next_functions, a._is_view(), a._base is x)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        a, b = x.unbind()[:2]
        show(a, a.grad_fn, b.output_nr)
    with scene(show):
        x = torch.ones(4, requires_grad=True).clone()
        a, b = x.split(2)
        a.mul_(2)
    with scene(show):
        x = torch.ones(4, requires_grad=True).clone()
        a = x.unbind()[1]
        a.mul_(2)
    with scene(show):
        x = torch.ones(4, requires_grad=True).clone()
        a = x.chunk(2)[1]
        a += 1
    with scene(show):
        x = torch.ones(4).clone()
        a = x.chunk(2)[1]
        a.mul_(3)
        show(x, x._version, a._version)


@program
def leaves(torch, show):
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        x.requires_grad = False
        show(x.requires_grad)
        y = x.requires_grad_() * 2
        y.requires_grad = False
    with scene(show):
        x = torch.arange(3)
        x.requires_grad = True
    with scene(show):
        x = torch.arange(3, requires_grad=True)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.detach_()
        show(x, x.requires_grad, x.is_leaf)
        y = torch.ones(3, requires_grad=True) * 2
        y.detach_()
        show(y, y.is_leaf)
        torch.ones(3)[:1].detach_()
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.retain_grad()
        y.retain_grad()
        show(y.retains_grad, x.retains_grad)
        y.sum().backward()
        show(y.grad)
        torch.ones(2).retain_grad()
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        show(y.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.grad = 1
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.grad = torch.ones(2)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.grad = torch.ones(3, dtype=torch.float64)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.grad = x


@program
def gradients_kept(torch, show):
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.sum().backward(create_graph=True)
        show(x.grad, x.grad.requires_grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        (x**3).sum().backward(create_graph=True)
        show(x.grad)
        x.grad.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        g = torch.zeros(3)
        x.grad = g
        x.sum().backward()
        show(x.grad is g, g, g._version)
    with scene(show):
        x = torch.ones(3, requires_grad=True, dtype=torch.complex64)
        x.sum().backward()
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x.sum()
        y.backward(torch.tensor(1.0 + 1j))


@program
def nodes_of_several_kinds(torch, show):
    with scene(show):
        x = torch.ones(2, 3, requires_grad=True)
        y = x.t()
        show(y.grad_fn, y._is_view(), y._base is x)
        z = y[0]
        show(z._base is x, z.grad_fn)
    with scene(show):
        x = torch.ones(2, 3, requires_grad=True)
        show(
            x.max(),
            x.max(0),
            x.sort(),
            x.std(),
            x.var(0),
            x.norm(),
            x.cumsum(0).grad_fn,
            x.prod().grad_fn,
            x.prod(0).grad_fn,
        )
    with scene(show):
        x = torch.ones(2, 3, requires_grad=True)
        show(
            (x > 0).requires_grad,
            x.argmax().requires_grad,
            x.max(0).indices.requires_grad,
            x.long().requires_grad,
            x.int().grad_fn,
        )


@program
def numbers_and_graphs(torch, show):
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.numpy()
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        show(x.detach().numpy(), (x * 2).numpy(force=True))
        bool(x)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        show(float(x[0]), x[0].item(), int(x[0]), x.tolist())
        float(x)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        z = y * 3
        z.sum().backward(retain_graph=True)
        del y
        z.sum().backward()
        show(x.grad)
    with scene(show):
        a = torch.ones(2, requires_grad=True)
        b = a * 2
        c = b + 1
        d = b * c
        show(d.grad_fn.next_functions[0][0] is b.grad_fn, d.grad_fn.next_functions[1][0] is c.grad_fn)
    with scene(show):
        a = torch.ones(2, requires_grad=True)
        show(a.sum().grad_fn.next_functions[0][0] is a.sum().grad_fn.next_functions[0][0])
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        show(torch.autograd.grad([x.sum(), (x * 2).sum()], [x]))
        show(torch.autograd.grad(x * 2, x, torch.ones(2)), torch.autograd.grad((x * 2,), (x,), (torch.ones(2),)))
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        show(torch.autograd.grad(y.sum(), [x, y], retain_graph=True), torch.autograd.grad(y.sum(), y))


@program
def nodes_have_classes(torch, show):
    x = torch.ones(2, 3, requires_grad=True)
    y = (x * 2 + 1).exp()
    show(type(y.grad_fn), type(y.grad_fn).__name__, type(y.grad_fn).__qualname__, y.grad_fn)
    show([type(n).__name__ for n, _ in y.grad_fn.next_functions])
    show(type(x.exp().grad_fn) is type(y.grad_fn), type(x.log().grad_fn) is type(y.grad_fn))
    show(y.grad_fn is y.grad_fn, y.exp().grad_fn.next_functions[0][0] is y.grad_fn)
    show([type(t.grad_fn).__name__ for t in (x.sum(), x.sum(0), x.mean(1), x.t(), x[0], x.view(6), x**2, 2 - x)])
    z = x * 1
    z[0].mul_(2)
    show(type(z.grad_fn).__name__, [type(n).__name__ for n, _ in z.grad_fn.next_functions])
    seen, stack = [], [torch.nn.functional.linear(x, torch.ones(4, 3)).relu().sum().grad_fn]
    while stack:  # as viewers of graphs walk it
        node = stack.pop()
        seen.append(type(node).__name__)
        stack.extend(n for n, _ in node.next_functions if n is not None)
    show(seen)
    y.sum().backward()
    show(x.grad)
