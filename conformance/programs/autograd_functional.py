"""Derivatives of functions: jacobian, hessian, and the products with vectors.

A program crosses functions with inputs and options; each call is a scene, as what raises ends it.
"""

from conformance.programs import Near, program, scene

FUNCTIONS = {
    "exp": lambda torch: lambda x: x.exp(),
    "linear": lambda torch: lambda x: x * 2,
    "constant": lambda torch: lambda x: torch.ones(2),
    "itself": lambda torch: lambda x: x,
    "two results": lambda torch: lambda x: (x.sin(), (x * x).sum()),
    "one of them constant": lambda torch: lambda x: (x.sin(), torch.zeros(1)),
    "cube": lambda torch: lambda x: (x**3).sum(),
    "square": lambda torch: lambda x: (x * x).sum(),
    "sum": lambda torch: lambda x: x.sum(),
    "sum in a tuple": lambda torch: lambda x: ((x**3).sum(),),
    "two inputs": lambda torch: lambda x, y: x * y.exp(),
    "two inputs, a number": lambda torch: lambda x, y: (x * y.exp()).sum(),
    "the first alone": lambda torch: lambda x, y: (x**3).sum(),
    "two inputs, two results": lambda torch: lambda x, y: (x * y, y.cos().sum()),
    "a list": lambda torch: lambda x: [x, x],
    "a number": lambda torch: lambda x: 3.0,
    "a captured tensor": lambda torch: captured(torch),
    "log": lambda torch: lambda x: x.log().sum(),
}


def captured(torch):
    w = torch.tensor([2.0, 3.0], requires_grad=True)
    return lambda x: (x * x * w).sum()


def vector(torch, requires_grad=False):
    return torch.tensor([0.5, -1.5], requires_grad=requires_grad)


INPUTS = {
    "one": lambda torch: vector(torch),
    "one that requires grad": lambda torch: vector(torch, True),
    "a tuple of one": lambda torch: (vector(torch),),
    "two": lambda torch: (vector(torch), vector(torch, True)),
    "a scalar": lambda torch: torch.tensor(1.5),
    "a list": lambda torch: [vector(torch)],
    "a tuple with a number": lambda torch: (vector(torch), 1.0),
    "integers": lambda torch: torch.arange(2),
}
OPTIONS = [{}, {"create_graph": True}, {"strict": True}, {"create_graph": True, "strict": True}]
VECTORS = {
    "none": lambda torch: None,
    "a vector": lambda torch: torch.tensor([2.0, -1.0]),
    "one that requires grad": lambda torch: torch.tensor([2.0, -1.0], requires_grad=True),
    "too long": lambda torch: torch.ones(3),
    "a pair": lambda torch: (torch.tensor([2.0, -1.0]), torch.tensor([1.0, 3.0])),
    "a pair, one too long": lambda torch: (torch.tensor([2.0, -1.0]), torch.ones(3)),
    "a number": lambda torch: 1.0,
}


def described(value):
    """Numbers, shapes, types, and whether they have a graph."""
    if isinstance(value, tuple | list):
        return type(value).__name__, [described(v) for v in value]
    return tuple(value.shape), str(value.dtype), value.requires_grad, value.is_leaf, Near(value)


def crossed(name, with_vectors):
    """Every function at every input under every option, and every v where the function takes one."""

    def run(torch, show):
        function = getattr(torch.autograd.functional, name)
        for f in FUNCTIONS:
            for x in INPUTS:
                for v in VECTORS if with_vectors else ["none"]:
                    for options in OPTIONS:
                        with scene(show):
                            extra = {"v": VECTORS[v](torch)} if with_vectors else {}
                            found = function(FUNCTIONS[f](torch), INPUTS[x](torch), **extra, **options)
                            show(f, x, v, options, described(found))

    run.__name__ = name
    run.__module__ = __name__
    return program(run)


for _name in ("vjp", "jvp", "vhp", "hvp"):
    crossed(_name, True)
for _name in ("jacobian", "hessian"):
    crossed(_name, False)


@program
def results_are_differentiated_again(torch, show):
    functional = torch.autograd.functional
    for call in (functional.jacobian, functional.hessian):
        x = vector(torch, True)
        (found,) = torch.autograd.grad(call(lambda t: (t**3).sum(), x, create_graph=True).sum(), x)
        show(Near(found))
    for call in (functional.vjp, functional.jvp, functional.hvp, functional.vhp):
        x, v = torch.tensor(1.5, requires_grad=True), torch.tensor(2.0, requires_grad=True)
        product = call(lambda t: t**4, x, v, create_graph=True)[1]
        show([Near(g) for g in torch.autograd.grad(product, (x, v))])


@program
def calls_of_another_kind(torch, show):
    functional, x = torch.autograd.functional, vector(torch)
    show.raises(functional.jacobian, torch.exp, x, strategy="forward-mode")
    show.raises(functional.jacobian, torch.exp, x, True, strategy="forward-mode")
    show.raises(functional.jacobian, torch.exp, x, strict=True, strategy="forward-mode")
    show.raises(functional.jacobian, torch.exp, x, strict=True, vectorize=True)
    show.raises(functional.jacobian, torch.exp, x, strategy="sideways")
    show.raises(functional.hessian, torch.sum, x, outer_jacobian_strategy="sideways")
    show.raises(functional.hessian, torch.sum, x, outer_jacobian_strategy="forward-mode")
    show.raises(functional.jacobian, torch.exp, torch.ones(0))
    show.raises(functional.vjp, lambda t: (t, t * 2), x, torch.ones(2))
    show.raises(functional.vjp, lambda t: t * 2, x, (torch.ones(2), torch.ones(2)))
    with torch.no_grad():
        show(described(functional.jvp(torch.exp, x, torch.ones(2))))
        show(described(functional.hessian(lambda t: (t**3).sum(), x)))
        show(described(functional.vjp(torch.exp, x, torch.ones(2), create_graph=True)))
    with scene(show):
        show(described(functional.jacobian(lambda t: t.to(torch.complex64), x)))
