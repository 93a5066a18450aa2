"""torch.einsum: lengths of 1 that go with any, forwards and backwards, and equations that are wrong."""

from math import prod

from conformance.programs import Near, program

FITTING = [  # an equation and its operands' shapes
    ("ij,jk->ik", (2, 1), (4, 3)),
    ("ij,jk->ik", (1, 1), (4, 3)),
    ("bij,bjk->bik", (2, 3, 4), (1, 4, 2)),
    ("bij,bjk->bik", (2, 3, 4), (1, 1, 2)),
    ("ij,ij->ij", (1, 3), (2, 1)),
    ("i,i->", (1,), (3,)),
    ("...i,...i->...", (1, 4), (3, 1)),
    ("...i,i->...", (2, 3, 4), (1,)),
    ("i...->...", (2, 3)),
    ("ab->...", (2, 2)),
    ("ij,jk,kl->il", (2, 1), (3, 1), (4, 2)),
    (" i j , j k ", (2, 3), (3, 2)),
    ("Ab,bA", (2, 3), (3, 2)),
    ("bA", (2, 3)),
    ("ii->i", (3, 3)),
    (",", (), ()),
]
WRONG = [
    ("ij,jk", (3, 4), (3, 4)),
    ("ij,jk,kl", (3, 4), (4, 4), (5, 4)),
    ("...i,i", (2, 3, 4), (5,)),
    ("...i,...i", (2, 3, 4), (3, 3, 4)),
    ("...i,...i", (2, 3, 4), (2, 4)),
    ("ii", (1, 2)),
    ("ii", (3, 2)),
    ("ij->ik", (2, 2)),
    ("ij->ii", (2, 2)),
    ("i1", (2, 2)),
    ("ij->i1", (2, 2)),
    ("ij->i..", (2, 2)),
    ("ij->i......", (2, 2)),
    ("a.b", (2, 2)),
    ("......", (2,)),
    ("ijk", (2, 2)),
    ("ijk...", (2, 2)),
    ("ij,k", (2, 2)),
    ("ij", (2, 2), (2, 2)),
    ("ij,jk->ik->", (2, 2), (2, 2)),
]


def operands(torch, shapes):
    return [torch.arange(1.0, 1 + prod(s), dtype=torch.float64).reshape(s).requires_grad_() for s in shapes]


@program
def values_and_gradients(torch, show):
    for equation, *shapes in FITTING:
        xs = operands(torch, shapes)
        y = torch.einsum(equation, *xs)
        y.sin().sum().backward()
        show(equation, y.shape, Near(y), [Near(x.grad) for x in xs], [x.grad.shape for x in xs])
    x, y = (t.detach() for t in operands(torch, [(2, 3), (3, 2)]))
    show(
        torch.einsum(x, [27, 0], y, [0, 26]),
        torch.einsum(x, [Ellipsis, 1], [1, Ellipsis]),
        torch.einsum("ij,jk", [x, y]),
    )


@program
def second_gradients(torch, show):
    x, y = operands(torch, [(2, 1), (4, 3)])
    (g,) = torch.autograd.grad(torch.einsum("ij,jk->ik", x, y).sin().sum(), x, create_graph=True)
    show(*map(Near, torch.autograd.grad(g.sum(), [x, y])))


@program
def errors(torch, show):
    for equation, *shapes in WRONG:
        show(equation)
        show.raises(torch.einsum, equation, *operands(torch, shapes))
    show.raises(torch.einsum, operands(torch, [(2,)])[0], [52])
