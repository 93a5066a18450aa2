"""Hooks and grad modes.

Each program is a row of scenes; what raises ends its scene.
"""

from conformance.programs import program, scene


@program
def hooks(torch, show):
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        h = x.register_hook(lambda g: g * 2)
        x.register_hook(lambda g: show("g", g))
        x.sum().backward()
        show(x.grad)
        h.remove()
        x.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.register_hook(lambda g: 3)
        x.sum().backward()
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.register_hook(lambda g: g[:1])
        x.sum().backward()
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.register_hook(lambda g: g.double())
        x.sum().backward()
        show(x.grad)
    with scene(show):
        torch.ones(3).register_hook(print)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.register_hook(lambda g: g * 10)
        y.retain_grad()
        y.sum().backward()
        show(y.grad, x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.grad_fn.register_hook(lambda gi, go: show(gi, go))
        y.grad_fn.register_prehook(lambda go: show(go))
        y.sum().backward()
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5, gi[1]))
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5,))
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        y = x * 2
        y.grad_fn.register_prehook(lambda go: (go[0] * 5,))
        y.sum().backward()
        show(x.grad)
    with scene(show):
        x = torch.ones(3, requires_grad=True)
        x.register_post_accumulate_grad_hook(lambda p: show(p.grad))
        x.sum().backward()
        (x * 2).register_post_accumulate_grad_hook(print)


@program
def grad_modes(torch, show):
    with scene(show):
        x = torch.ones(2, requires_grad=True)
        show(torch.is_grad_enabled())
        with torch.no_grad():
            show((x * 2).requires_grad, torch.ones(2, requires_grad=True).requires_grad)
            with torch.enable_grad():
                show((x * 2).requires_grad)
    with scene(show):

        @torch.no_grad()
        def f(x):
            return x * 2

        @torch.no_grad
        def g(x):
            return x * 2

        show(
            f(torch.ones(1, requires_grad=True)).requires_grad,
            g(torch.ones(1, requires_grad=True)).requires_grad,
            f.__name__,
        )
    with scene(show):
        with torch.inference_mode():
            x = torch.ones(2)
            show(x.is_inference())
        show(x.requires_grad)
        x.requires_grad_()
    with scene(show):
        with torch.inference_mode():
            x = torch.ones(2)
        w = torch.ones(2, requires_grad=True)
        x * w
    with scene(show):
        with torch.inference_mode():
            x = torch.ones(2)
        x.add_(1)
    with scene(show):
        with torch.inference_mode():
            x = torch.ones(2)
        show(x.clone().is_inference(), x[:1].is_inference(), (x + 1).is_inference())
        show(x._version)
    with scene(show):
        w = torch.ones(2, requires_grad=True)
        with torch.inference_mode():
            y = w[:1]
            show(y.is_inference(), y.requires_grad)
    with scene(show):
        torch.set_grad_enabled(False)
        show(torch.is_grad_enabled())
        torch.set_grad_enabled(True)
    with scene(show):

        @torch.no_grad()
        def gen():
            show(torch.is_grad_enabled())
            a = yield 1
            show(a, torch.is_grad_enabled())
            yield 2
            return 5

        it = gen()
        show(next(it), torch.is_grad_enabled())
        show(it.send("s"), torch.is_grad_enabled())
        try:
            next(it)
        except StopIteration as e:
            show(e.value)
    with scene(show):

        @torch.set_grad_enabled(False)
        def f():
            return torch.is_grad_enabled()

        show(torch.is_grad_enabled(), f(), torch.is_grad_enabled())
    with scene(show):

        @torch.inference_mode()
        def f():
            return torch.ones(1)

        show(f().is_inference())

        @torch.inference_mode
        def f():
            return torch.ones(1)

        show(f().is_inference())
    with scene(show):

        @torch.no_grad()
        class A:
            def __init__(self):
                self.g = torch.is_grad_enabled()

        show(A().g)
