"""Variable, as scripts of before 0.4 use it."""

from conformance.programs import program, scene


@program
def variables_are_tensors(torch, show):
    Variable = torch.autograd.Variable
    x = torch.ones(2)
    show(Variable, type(Variable).__name__, isinstance(x, Variable), isinstance(torch.nn.Parameter(x), Variable))
    show(isinstance(3, Variable), issubclass(torch.Tensor, Variable))
    for data in (x, None, torch.ones(2, requires_grad=True) * 2, torch.nn.Parameter(x), torch.arange(3)):
        for options in ({}, {"requires_grad": True}, {"volatile": True}, {"requires_grad": True, "volatile": True}):
            with scene(show):
                v = Variable(data, **options)
                show(options, v, v.requires_grad, v.is_leaf, type(v).__name__)
    for data in ([1, 2], 3, "a"):
        show.raises(Variable, data)
    v = Variable(x, True)
    show(v is x, x.requires_grad, v.data_ptr() == x.data_ptr(), Variable(data=x))
    w = Variable(x)
    w.add_(1)
    show(x, x._version, v._version)
    (v * v).sum().backward()
    show(v.grad)
    show.raises(torch.autograd.variable, 3)
