"""Where gradients end: nodes that accumulate them, retained gradients, `inputs`, and views that went stale."""

from conformance.programs import program, scene


@program
def accumulate_grad(torch, show):
    x = torch.ones(3, requires_grad=True)
    ending = (x * 1).grad_fn.next_functions[0][0]
    show(ending.name(), ending.variable is x, ending.metadata, ending.next_functions)
    x.register_hook(lambda g: show("tensor", g))
    x.register_post_accumulate_grad_hook(lambda leaf: show("accumulated", leaf.grad))
    before = ending.register_prehook(lambda grads: show("before", grads))
    twice = ending.register_prehook(lambda grads: (grads[0] * 2,))
    after = ending.register_hook(lambda inputs, outputs: show("after", inputs, outputs))
    (x * 5).sum().backward()
    show(x.grad)
    for handle in (before, twice, after):
        handle.remove()
    del ending
    x.sum().backward()
    show(x.grad)


@program
def stopped(torch, show):
    """A leaf that no longer requires a gradient when it arrives."""
    x = torch.ones(2, requires_grad=True)
    y = x * 3
    x.requires_grad = False
    y.sum().backward()
    show(x.grad, x.requires_grad)


@program
def retained(torch, show):
    """A gradient that is retained follows the tensor where writing in place takes it; hooks stay."""
    x = torch.arange(3.0, requires_grad=True)
    y = x * 2
    y.retain_grad()
    y.register_hook(lambda g: show("hook", g))
    y.mul_(3)
    show(y.retains_grad)
    (y * x).sum().backward()
    show(y.grad, x.grad)
    y = x * 2
    v = y.view(3)
    v.retain_grad()
    y.mul_(2)
    (v * torch.arange(3.0)).sum().backward()
    show(v.grad, v.retains_grad, y.retains_grad)
    y = x * 2
    y.retain_grad()
    y[1:].mul_(2)
    (y * y).sum().backward()
    show(y.grad)


@program
def inputs(torch, show):
    x, w = (torch.arange(1.0, 4.0, requires_grad=True) for _ in range(2))
    w.register_post_accumulate_grad_hook(lambda leaf: show("accumulated", leaf.grad))
    y = x * w
    z = y * y
    y.retain_grad()
    z.sum().backward(inputs=(y, w))
    show(y.grad, w.grad, x.grad)
    y = x * w
    (y * 2).sum().backward(inputs=y)
    show(y.grad, y.retains_grad, x.grad)
    y = x * w
    y.retain_grad()
    show(torch.autograd.grad((y * 2).sum(), y), y.grad)
    show.raises(lambda: (x * w).sum().backward(inputs=[torch.ones(3)]))


@program
def stale_views(torch, show):
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        y = x * 1
        first, _ = y.chunk(2)
        y.add_(1)
        first.sum()
    with scene(show):
        torch.ones(4, requires_grad=True).unbind()[1].mul_(2)
    with scene(show):
        x = torch.ones(4, requires_grad=True)
        with torch.no_grad():
            v = x.view(2, 2)
        v.add_(1)
    with scene(show):
        y = torch.ones(2, requires_grad=True) * 1
        y[:1].add_(1)
        show(y, y.grad_fn.name(), y.grad_fn)
        z = y * y
        y[:1].add_(1)
        z.sum().backward()


@program
def named_arguments(torch, show):
    """Arguments of a Function by name take their places; beside setup_context, defaults do too."""

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, by=2):
            show(ctx.needs_input_grad, by)
            return x * by

        @staticmethod
        def backward(ctx, g):
            return g, None

    class Apart(torch.autograd.Function):
        @staticmethod
        def forward(x, by=2):
            return x * by

        @staticmethod
        def setup_context(ctx, inputs, output):
            show(len(inputs), ctx.needs_input_grad)

        @staticmethod
        def backward(ctx, g):
            return g, None

    x = torch.ones(2, requires_grad=True)
    for kind in (Scaled, Apart):
        show(kind.apply(x), kind.apply(x, by=3), kind.apply(x=x))
    show.raises(Apart.apply)
    show.raises(Apart.apply, x, 2, 3)
    show.raises(torch.autograd.Function.apply, x)
    with scene(show):
        Scaled()(x)


@program
def overlapping(torch, show):
    x = torch.arange(6.0)
    show.raises(lambda: x[1:].copy_(x[:-1]))
    show.raises(lambda: x[1:].add_(x[:-1]))
    show(x, x[::2].add_(x[1::2]), x.add_(x))
    with torch.no_grad():
        out = torch.ones(6, requires_grad=True)
        show(torch.add(x, out, out=out), out.requires_grad)


@program
def copies_of_views(torch, show):
    from copy import deepcopy

    x = torch.arange(6.0).view(2, 3)
    whole, row, column = deepcopy([x, x[1], x.t()[2]])
    row.zero_()
    show(whole, row, column, column.stride(), x)
    column, whole = deepcopy([x.t()[2], x])
    column.fill_(9)
    show(whole, column, x)


@program
def windows(torch, show):
    """as_strided: windows on memory, apart or overlapping, before and beyond a view."""
    x = torch.arange(6.0)
    show(x.as_strided((2, 2), (3, 1)), x[2:].as_strided((2,), (1,)), x[2:].as_strided((2,), (1,), 0))
    y = x.as_strided((2, 2), (3, 1), 1)
    y.fill_(7)
    show(x, x._version, y.storage_offset(), y._base is x)
    leaf = torch.arange(6.0, requires_grad=True)
    y = leaf.as_strided((3, 3), (1, 1))
    (slope,) = torch.autograd.grad(y.pow(3).sum(), leaf, create_graph=True)
    slope.sum().backward()
    show(y.grad_fn, slope, leaf.grad)
    show.raises(lambda: y.add_(1))
    y = leaf * 1
    window = y.as_strided((2, 2), (2, 1), 1)
    window.mul_(torch.arange(4.0).view(2, 2))
    leaf.grad = None
    (y * torch.arange(6.0)).sum().backward()
    show(leaf.grad, window.grad_fn)
    row = torch.arange(3.0, requires_grad=True)
    (row.expand(2, 3).as_strided((3,), (1,)) * torch.arange(3.0)).sum().backward()
    show(row.grad)
    z = torch.arange(6.0)
    show(z.as_strided_((2, 2), (2, 1)), z._version)
