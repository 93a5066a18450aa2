"""nn.init: the values drawn, what is refused, what is warned of."""

import math

from conformance.programs import program


@program
def gains(torch, show):
    gain = torch.nn.init.calculate_gain
    for name in ("linear", "conv1d", "conv_transpose3d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"):
        show(gain(name))
    show(gain("leaky_relu", 0.2), gain("leaky_relu", 2), gain("relu", "ignored"))
    for slope in (True, "a", [1]):
        show.raises(gain, "leaky_relu", slope)
    show.raises(gain, "gelu")
    show.raises(gain, None)


@program
def draws(torch, show):
    init = torch.nn.init
    for shape in ((3, 4), (5, 3, 2), (4, 4, 3, 3)):
        for dtype in (torch.float32, torch.float64):
            empty = torch.empty(shape, dtype=dtype)
            for fill in (
                lambda t: init.uniform_(t, -2, 3),
                lambda t: init.normal_(t, 1, 2),
                init.xavier_uniform_,
                lambda t: init.xavier_normal_(t, gain=2),
                init.kaiming_uniform_,
                lambda t: init.kaiming_uniform_(t, a=math.sqrt(5), mode="fan_out"),
                lambda t: init.kaiming_normal_(t, nonlinearity="relu"),
            ):
                show(fill(empty) is empty, empty.flatten()[:5].tolist(), empty.flatten()[-1].item())


@program
def draws_of_a_generator(torch, show):
    init = torch.nn.init
    generator = torch.Generator().manual_seed(7)
    for fill in (init.uniform_, init.normal_, init.xavier_uniform_, init.kaiming_normal_, init.trunc_normal_):
        show(fill(torch.empty(3, 4), generator=generator))
    show(torch.rand(1))


@program
def truncated_normals(torch, show):
    init = torch.nn.init
    for bounds in ((-2, 2), (-1, 0.5), (0.5, 0.7), (1, 5), (3, 9), (-0.1, 0.1)):
        for dtype in (torch.float32, torch.float64):
            t = init.trunc_normal_(torch.empty(300, dtype=dtype), 0, 1, *bounds)
            show(bounds, t[::50].tolist(), t.min().item(), t.max().item())
    show(init.trunc_normal_(torch.empty(4, 5).t(), 0.5, 0.1), init.trunc_normal_(torch.empty(0)), torch.rand(1))
    show(init.trunc_normal_(torch.empty(2), 5, 1))
    show.raises(init.trunc_normal_, torch.empty(2), 0, 0)
    show.raises(init.trunc_normal_, torch.empty(2), 0, 1, 3, 1)
    show.raises(init.trunc_normal_, torch.empty(2, dtype=torch.int64))


@program
def constants(torch, show):
    init = torch.nn.init
    show(init.constant_(torch.empty(2), 1.5), init.ones_(torch.empty(2)), init.zeros_(torch.empty(2)))
    show(init.constant_(torch.empty(2, dtype=torch.int64), 2), init.eye_(torch.empty(2, 3)))
    show(init.eye_(torch.empty(3, 2, dtype=torch.int64)), init.eye_(torch.nn.Parameter(torch.empty(2, 2))))
    p = torch.nn.Parameter(torch.empty(2))
    show(init.ones_(p) is p, p, p.grad_fn)
    show.raises(init.eye_, torch.empty(3))
    show.raises(init.constant_, [1], 1)


@program
def dirac(torch, show):
    init = torch.nn.init
    show(init.dirac_(torch.empty(3, 2, 3)), init.dirac_(torch.empty(4, 2, 2), groups=2))
    show(init.dirac_(torch.empty(2, 3, 2, 3)), init.dirac_(torch.empty(1, 1, 1, 2, 3)))
    show.raises(init.dirac_, torch.empty(2, 2))
    show.raises(init.dirac_, torch.empty(3, 3, 1), groups=2)
    show.raises(init.dirac_, torch.empty(3, 3, 1), groups=0)
    show.raises(init.dirac_, torch.empty(3, 3, 0))


@program
def fans_refused(torch, show):
    init = torch.nn.init
    for fill in (init.xavier_uniform_, init.xavier_normal_, init.kaiming_uniform_, init.kaiming_normal_):
        show.raises(fill, torch.empty(3))
        show.raises(fill, torch.empty(()))
        show.raises(fill, torch.empty(0, 0))
        show.raises(fill, torch.empty(0, 3))
    for fill in (init.kaiming_uniform_, init.kaiming_normal_):
        show.raises(fill, torch.empty(3, 3), mode="fan")
        show.raises(fill, torch.empty(3, 3), mode="FAN_IN")
        show.raises(fill, torch.empty(3, 3), nonlinearity="gelu")
        show.raises(fill, torch.empty(3, 3), a="s")
    show(init._calculate_fan_in_and_fan_out(torch.empty(5, 3, 2, 2)))


@program
def refused_by_the_draw(torch, show):
    init = torch.nn.init
    for dtype in (torch.int64, torch.bool):
        show.raises(init.uniform_, torch.empty(2, 2, dtype=dtype))
        show.raises(init.normal_, torch.empty(2, 2, dtype=dtype))
    show.raises(init.normal_, torch.empty(2), 0, -1)
    show.raises(init.uniform_, torch.empty(2), 1, 0)


@program
def orthogonal(torch, show):
    init = torch.nn.init
    for shape in ((3, 3), (5, 2), (2, 5), (4, 2, 3)):
        show(init.orthogonal_(torch.empty(shape, dtype=torch.float64), gain=2))
    show(init.orthogonal_(torch.empty(0, 3)))
    show.raises(init.orthogonal_, torch.empty(3))
    show.raises(init.orthogonal_, torch.empty(2, 2, dtype=torch.float16))
    show.raises(init.orthogonal_, torch.empty(2, 2, dtype=torch.int64))


@program
def sparse(torch, show):
    init = torch.nn.init
    for sparsity in (0.0, 0.5, 0.3, 1.0):
        show(init.sparse_(torch.empty(4, 3), sparsity))
    show(init.sparse_(torch.empty(3, 2), 0.5, std=1, generator=torch.Generator().manual_seed(1)), torch.rand(1))
    show.raises(init.sparse_, torch.empty(3), 0.5)


@program
def deprecated_names(torch, show):
    init = torch.nn.init
    show(init.uniform(torch.empty(2)), init.constant(torch.empty(2), 3), init.eye(torch.empty(2, 2)))
    show(init.uniform.__name__, sorted(init.__all__))


@program
def layers(torch, show):
    nn = torch.nn
    for make in (lambda: nn.Linear(3, 4), lambda: nn.Linear(3, 4, dtype=torch.float64), lambda: nn.Bilinear(2, 3, 2)):
        m = make()
        show(m.weight, m.bias)
    show.raises(nn.Bilinear, 0, 1, 1)
    show.raises(nn.Linear, -1, 2)
    show.raises(nn.Linear, 2, 2, dtype=torch.int32)
    show(nn.Linear(0, 2), nn.Linear(2, 0).weight.shape)
