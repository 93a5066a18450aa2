"""Casts and moves of whole modules."""

from conformance.programs import program


def model(torch):
    m = torch.nn.Linear(2, 2)
    m.register_buffer("f", torch.ones(2))
    m.register_buffer("i", torch.ones(2, dtype=torch.int64))
    m.register_buffer("none", None)
    return m


def kinds(m):
    return {k: v.dtype for k, v in m.state_dict().items()}


@program
def casts(torch, show):
    for name in ("float", "double", "half"):
        m = model(torch)
        w = m.weight
        show(getattr(m, name)() is m, kinds(m), m.weight is w, m.weight.requires_grad)


@program
def casts_move_gradients(torch, show):
    m = model(torch)
    m(torch.ones(1, 2)).sum().backward()
    grad = m.weight.grad
    m.double()
    show(m.weight.grad, m.weight.grad is grad, m.weight.grad.requires_grad)
    m(torch.ones(1, 2, dtype=torch.float64)).sum().backward()
    show(m.weight.grad)


@program
def to_forms(torch, show):
    m = model(torch)
    d = torch.float64
    show(m.to(d) is m, kinds(m))
    for args, kwargs in (
        ((), {}),
        (("cpu",), {}),
        (("cpu", torch.float32), {}),
        ((torch.device("cpu"), d, True), {}),
        ((None, torch.float32), {}),
        ((None,), {}),
        ((torch.zeros(1, dtype=d),), {}),
        ((torch.float32, True), {}),
        ((), {"dtype": d}),
        ((), {"device": "cpu", "dtype": torch.float32, "non_blocking": True}),
        ((), {"tensor": torch.zeros(1, dtype=d)}),
        ((torch.float32,), {"memory_format": torch.channels_last}),
        ((), {"memory_format": torch.contiguous_format}),
    ):
        show(m.to(*args, **kwargs) is m, kinds(m))


@program
def to_refuses(torch, show):
    m = model(torch)
    show.raises(m.to, torch.int32)
    show.raises(m.to, dtype=torch.bool)
    show.raises(m.to, "nowhere")
    show.raises(m.to, foo=1)
    show.raises(m.to, 1, 2, 3, 4, 5)
    show.raises(m.to, torch.zeros(1), torch.float32)
    show.raises(m.to, copy=True)
    show.raises(m.to, other=torch.zeros(1))
    show.raises(m.to, dtype="float32")
    show(kinds(m))


@program
def to_complex(torch, show):
    m = torch.nn.Linear(1, 1).to(torch.complex64)
    show(m.weight.dtype)


@program
def to_channels_last(torch, show):
    m = torch.nn.Module()
    m.w = torch.nn.Parameter(torch.ones(2, 3, 4, 5))
    m.b = torch.nn.Buffer(torch.ones(3, 3))
    show(m.to(memory_format=torch.channels_last).w.stride(), m.b.stride())


@program
def types(torch, show):
    m = model(torch)
    show(m.type(torch.float64) is m, kinds(m))
    m.type("torch.FloatTensor")
    show(kinds(m))
    show.raises(m.type, "foo")
    show.raises(m.type, torch.int64)


@program
def apply_function(torch, show):
    m = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Linear(1, 1))
    for p in m.parameters():
        torch.nn.init.ones_(p)
    m.register_buffer("b", torch.ones(1))
    m._apply(lambda t: t * 3)
    show(m.state_dict())
    m._apply(lambda t: t * 2, recurse=False)
    show(m.state_dict())


@program
def cpu_and_empty(torch, show):
    m = model(torch)
    w = m.weight
    show(m.cpu() is m, m.weight is w)
    show.raises(m.cuda)
    show.raises(torch.nn.ReLU().cuda)
    show(m.to_empty(device="cpu") is m, m.weight is w, m.weight.shape, m.weight.requires_grad, kinds(m))
    show.raises(m.to_empty)


@program
def default_dtype(torch, show):
    torch.set_default_dtype(torch.float64)
    try:
        show(torch.nn.Linear(1, 1).weight.dtype, torch.nn.Parameter().dtype)
    finally:
        torch.set_default_dtype(torch.float32)
    show(torch.nn.Linear(1, 1, dtype=torch.float64, device="cpu").bias.dtype)
