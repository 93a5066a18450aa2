"""Custom Functions: what they save, and how they run.

Each program is a row of scenes; what raises ends its scene.
"""

from conformance.programs import program, scene


@program
def functions_and_what_they_save(torch, show):
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(x, k):
                return x * k

            @staticmethod
            def setup_context(ctx, inputs, output):
                x, k = inputs
                ctx.k = k
                ctx.save_for_backward(x, output)
                show(output.requires_grad)

            @staticmethod
            def backward(ctx, g):
                x, o = ctx.saved_tensors
                show(x.requires_grad, o.requires_grad, o.grad_fn)
                return (g * ctx.k, None)

        x = torch.ones(2, requires_grad=True)
        A.apply(x, 3).sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(3)
                return x

            @staticmethod
            def backward(ctx, g):
                return g

        A.apply(torch.ones(1, requires_grad=True))
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * x

            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]

        x = torch.ones(2, requires_grad=True)
        y = A.apply(x)
        with torch.no_grad():
            x.add_(1)
        show.raises(lambda: y.sum().backward())
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                o = x * x
                ctx.save_for_backward(o)
                return o

            @staticmethod
            def backward(ctx, g):
                return g * ctx.saved_tensors[0]

        x = torch.ones(2, requires_grad=True)
        y = A.apply(x)
        y.add_(1)
        show.raises(lambda: y.sum().backward())
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x

            @staticmethod
            def backward(ctx, g):
                return g * 5

        x = torch.ones(2, requires_grad=True)
        y = A.apply(x)
        show(y is x, y.grad_fn, y._is_view(), y._base is x)
        y.sum().backward()
        show(x.grad)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.view(-1)

            @staticmethod
            def backward(ctx, g):
                return g.view(2, 2)

        x = torch.ones(2, 2, requires_grad=True)
        y = A.apply(x)
        show(y.grad_fn, y._is_view())
        y.add_(1)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return ("a", x * 2, None, 5)

            @staticmethod
            def backward(ctx, *g):
                show(g)
                return g[1]

        x = torch.ones(2, requires_grad=True)
        o = A.apply(x)
        show(o)
        o[1].sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return [x * 2]

            @staticmethod
            def backward(ctx, *g):
                return g[0]

        o = A.apply(torch.ones(2, requires_grad=True))
        show(o)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, *xs):
                show(ctx.needs_input_grad)
                return xs[0] + xs[1]

            @staticmethod
            def backward(ctx, g):
                show(ctx.needs_input_grad, torch.is_grad_enabled())
                return (g, g)

        A.apply(torch.ones(2), torch.ones(2, requires_grad=True)).sum().backward()
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                show(torch.is_grad_enabled(), x.requires_grad, x.grad_fn)
                y = x * 2
                show(y.requires_grad)
                return y

            @staticmethod
            def backward(ctx, g):
                show(torch.is_grad_enabled())
                return g

        x = torch.ones(2, requires_grad=True)
        A.apply(x * 1).sum().backward()
        torch.autograd.grad(A.apply(x).sum(), x, create_graph=True)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.long()

            @staticmethod
            def backward(ctx, g):
                return g

        y = A.apply(torch.ones(2, requires_grad=True))
        show(y.requires_grad, y)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y=2):
                return x * y

            @staticmethod
            def backward(ctx, g):
                return g

        A.apply(torch.ones(2, requires_grad=True), y=3)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.foo = 1
                return x * 1

            @staticmethod
            def backward(ctx, g):
                return g

        y = A.apply(torch.ones(2, requires_grad=True))
        show(y.grad_fn.foo, y.grad_fn.needs_input_grad, y.grad_fn.saved_tensors)
        show(y.grad_fn.bar)
    with scene(show):

        class A(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                ctx.save_for_backward(x)
                return x * 1

            @staticmethod
            def backward(ctx, g):
                raise ValueError("mine")

        A.apply(torch.ones(2, requires_grad=True)).sum().backward()
