"""Custom Functions.

Each program is a row of scenes; what raises ends its scene.
"""

from conformance.programs import program, scene


@program
def functions(torch, show):
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, k):
                ctx.save_for_backward(x)
                ctx.k = k
                show(ctx.needs_input_grad)
                return x * k

            @staticmethod
            def backward(ctx, g):
                (x,) = ctx.saved_tensors
                show(x.requires_grad, ctx.needs_input_grad)
                return (g * ctx.k, None)

        x = torch.ones(2, requires_grad=True)
        y = A.apply(x, 3)
        show(y, y.grad_fn, y.grad_fn.next_functions, type(y.grad_fn).__name__, y.grad_fn.name())
        y.sum().backward()
        show(x.grad)
        show.raises(lambda: y.sum().backward())
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return (g, g)

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x * y

            @staticmethod
            def backward(ctx, g):
                return g

        x = torch.ones(2, requires_grad=True)
        A.apply(x, x).sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return (g, None, None)

        x = torch.ones(2, requires_grad=True)
        A.apply(x, 3).sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return 3

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g[:1]

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return torch.ones(3)

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g.double()

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return None

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

        x = torch.ones(2, requires_grad=True)
        A.apply(x).sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def backward(ctx, g):
                return g

        A.apply(torch.ones(2))
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, g):
                return g

        A()


@program
def functions_and_their_outputs(torch, show):
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 2

        x = torch.ones(2, requires_grad=True)
        y = x.clone()
        z = A.apply(y)
        show(z is y, y.grad_fn, y._version)
        z.sum().backward()
        show(x.grad)
        A.apply(x)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                x.mul_(2)
                ctx.mark_dirty(x)
                return x * 1

            @staticmethod
            def backward(ctx, g):
                return g * 2

        A.apply(torch.ones(2, requires_grad=True).clone())
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                a = x * 2
                b = x > 0
                ctx.mark_non_differentiable(b)
                return (a, b)

            @staticmethod
            def backward(ctx, ga, gb):
                show(ga, gb)
                return ga

        x = torch.ones(2, requires_grad=True)
        a, b = A.apply(x)
        show(a.requires_grad, b.requires_grad, b.grad_fn)
        a.sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.set_materialize_grads(False)
                return (x * 2, x * 3)

            @staticmethod
            def backward(ctx, ga, gb):
                show(ga, gb)
                return ga

        x = torch.ones(2, requires_grad=True)
        a, b = A.apply(x)
        show(b.output_nr, b.grad_fn)
        a.sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return (x * 2, x * 3)

            @staticmethod
            def backward(ctx, ga, gb):
                show(ga, gb)
                return ga

        x = torch.ones(2, requires_grad=True)
        a, b = A.apply(x)
        a.sum().backward()
        show(x.grad)
    with scene(show):
        from_ = torch.autograd.function.once_differentiable

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            @from_
            def backward(ctx, g):
                return g * 2

        x = torch.ones(2, requires_grad=True)
        (g,) = torch.autograd.grad(A.apply(x).sum(), x, create_graph=True)
        show(g, g.requires_grad)
        g.sum().backward()


@program
def what_is_saved(torch, show):
    class Keeps(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, *kept):
            ctx.save_for_backward("nothing of this")
            ctx.save_for_backward(*kept)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            show(ctx.saved_tensors)
            return (g,) + (None,) * len(ctx.saved_tensors)

    x = torch.ones(1, requires_grad=True)
    show.raises(lambda: Keeps()(x))
    show.raises(Keeps.apply, x, None, 3)
    show(Keeps.apply(x.detach(), 3))
    with torch.no_grad():
        show(Keeps.apply(x, 3))
    Keeps.apply(x, torch.ones(2), None).backward()
    show(x.grad)
