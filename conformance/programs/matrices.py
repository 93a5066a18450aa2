"""Functions of matrices: wrong calls, dtypes, empty and singular matrices, special values, nodes."""

from conformance.programs import Near, program, scene

DTYPES = ("float16", "bfloat16", "int64", "bool", "complex64", "float64")


def values(result):
    return [(tuple(r.shape), str(r.dtype)) for r in (result if isinstance(result, tuple) else (result,))]


@program
def dtypes(torch, show):
    for name in DTYPES:
        x = torch.eye(2).to(getattr(torch, name))
        for f in (torch.matrix_exp, torch.geqrf, torch.pinverse, torch.linalg.matrix_exp):
            with scene(show):
                show(name, values(f(x)))
        with scene(show):
            show(name, values(torch.linalg.solve(x, x)))
        for f in (torch.linalg.householder_product, torch.orgqr):
            with scene(show):
                show(name, values(f(x, x[0])))


@program
def shapes(torch, show):
    for shape in ((), (2,), (2, 3), (3, 2), (0, 0), (2, 0), (0, 2), (3, 0, 0), (0, 2, 2), (1, 1), (2, 1, 3)):
        x = torch.ones(shape)
        for f in (torch.matrix_exp, torch.geqrf, torch.pinverse):
            if f is torch.pinverse and 0 in shape:
                continue
            with scene(show):
                show(shape, values(f(x)))


@program
def solutions(torch, show):
    s, eye = torch.linalg.solve, torch.eye(2)
    for a, b in (
        (eye, torch.ones(2)),
        (eye, torch.ones(2, 3)),
        (eye, torch.ones(3)),
        (eye, torch.ones(3, 1)),
        (eye, torch.ones(3, 2)),
        (eye, torch.tensor(1.0)),
        (eye, eye.double()),
        (eye.expand(3, 2, 2), torch.ones(3, 2)),
        (eye.expand(3, 2, 2), torch.ones(2)),
        (eye.expand(3, 2, 2), torch.ones(2, 4)),
        (eye.expand(3, 2, 2), torch.ones(4, 2, 2)),
        (eye.expand(3, 1, 2, 2), torch.ones(4, 2, 2)),
        (torch.ones(2), eye),
        (torch.ones(2, 3), eye),
        (torch.ones(0, 0), torch.ones(0, 2)),
        (torch.zeros(2, 2), eye),
        (torch.stack([eye, torch.zeros(2, 2)]), torch.ones(2, 2, 2)),
        (torch.ones(1, 1), torch.ones(1)),
        (3, eye),
        (eye, 3),
    ):
        for left in (True, False):
            with scene(show):
                show(values(s(a, b, left=left)))
    show(Near(s(torch.tensor([[2.0, 1], [1, 3]]), torch.tensor([1.0, 2]))))
    with scene(show):
        s(eye, eye, out=torch.empty(2, 2).double())
    show(issubclass(torch.linalg.LinAlgError, RuntimeError), torch.linalg.LinAlgError.__name__)


@program
def products_of_reflectors(torch, show):
    a, tau = torch.arange(6.0).reshape(3, 2) / 8, torch.tensor([0.5, 1.5])
    for f in (torch.linalg.householder_product, torch.orgqr):
        show(Near(f(a, tau)), Near(f(a, tau[:1])), Near(f(a, tau[:0])), f(a, tau).stride())
        for x, t in (
            (torch.ones(2), tau),
            (torch.ones(2, 3), tau),
            (a, torch.ones(3)),
            (a, torch.tensor(1.0)),
            (torch.ones(4, 3, 2), torch.ones(2)),
            (torch.ones(4, 3, 2), torch.ones(5, 2)),
            (a, tau.double()),
            (torch.ones(0, 0), torch.ones(0)),
            (torch.ones(3, 0), torch.ones(0)),
            (3, tau),
        ):
            with scene(show):
                show(values(f(x, t)))


@program
def special_values(torch, show):
    inf, nan = float("inf"), float("nan")
    for m in ([[1, inf], [0, 1]], [[nan, 0], [0, 0]], [[0, 0], [0, 0]], [[100, 100], [100, 100]], [[-inf, 0], [0, 0]]):
        show(torch.matrix_exp(torch.tensor(m, dtype=torch.float32)))
    show(Near(torch.matrix_exp(torch.tensor([[0.0, -30], [30, 0]])), 1e-4), Near(torch.tensor([[1.0]]).matrix_exp()))
    show(
        Near(torch.pinverse(torch.ones(2, 3).double())), Near(torch.pinverse(torch.tensor([[2.0, 0], [0, 1e-3]]), 1e-2))
    )


@program
def nodes(torch, show):
    x = (torch.eye(2) * 2).requires_grad_()
    show([f(x).grad_fn.name() for f in (torch.matrix_exp, torch.pinverse, torch.linalg.matrix_exp)])
    show(torch.linalg.solve(x, x).grad_fn.name(), torch.linalg.solve(x, x[0]).grad_fn.name())
    show(torch.linalg.householder_product(x, x[0]).grad_fn.name(), torch.geqrf(x).tau.grad_fn.name())
    show.raises(torch.geqrf(x).a.sum().backward)
    show(type(torch.geqrf(x)).__name__)
