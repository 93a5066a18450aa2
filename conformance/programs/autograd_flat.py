"""Derivatives of derivatives that are zero: where torch gives zeros, and where it gives nothing."""

from conformance.programs import Near, program, scene


def calls(torch):
    F = torch.nn.functional
    target = torch.tensor([0, 1])
    half = torch.full((2, 3, 2), 0.5)
    return {
        "nll_loss": lambda x: F.nll_loss(x[:, :, 0, 0], target),
        "nll_loss2d": lambda x: F.nll_loss(x, torch.ones(2, 4, 4, dtype=torch.int64)),
        "nll_loss of sums": lambda x: F.nll_loss(x.sum((2, 3)), target, reduction="none"),
        "NLLLoss of a leaf": lambda x: F.nll_loss(x, torch.zeros(2, 4, 4, dtype=torch.int64), reduction="sum"),
        "adaptive_max_pool1d": lambda x: F.adaptive_max_pool1d(x[0], 3),
        "adaptive_max_pool2d": lambda x: F.adaptive_max_pool2d(x, 3),
        "adaptive_max_pool3d": lambda x: F.adaptive_max_pool3d(x, 2),
        "adaptive_avg_pool1d": lambda x: F.adaptive_avg_pool1d(x[0], 3),
        "adaptive_avg_pool2d": lambda x: F.adaptive_avg_pool2d(x, 3),
        "adaptive_avg_pool3d": lambda x: F.adaptive_avg_pool3d(x, 3),
        "fractional_max_pool2d": lambda x: F.fractional_max_pool2d(x, 2, output_size=2, _random_samples=half),
        "max_pool1d": lambda x: F.max_pool1d(x[0], 2),
        "max_pool2d": lambda x: F.max_pool2d(x, 2),
        "max_pool3d": lambda x: F.max_pool3d(x, 2),
        "avg_pool1d": lambda x: F.avg_pool1d(x[0], 2),
        "avg_pool2d": lambda x: F.avg_pool2d(x, 2),
        "avg_pool3d": lambda x: F.avg_pool3d(x, 2),
        "reflect": lambda x: F.pad(x, (1, 1, 1, 1), "reflect"),
        "reflect 3": lambda x: F.pad(x, (1, 1), "reflect"),
        "replicate": lambda x: F.pad(x, (1, 1, 1, 1), "replicate"),
        "circular": lambda x: F.pad(x, (1, 1, 1, 1), "circular"),
        "constant": lambda x: F.pad(x, (1, 1, 1, 1)),
        "rrelu": lambda x: F.rrelu(x, 0.2, 0.2, training=True),
        "rrelu of a range": lambda x: F.rrelu(x.abs(), training=True),
        "rrelu in evaluation": lambda x: F.rrelu(x),
        "relu": lambda x: F.relu(x),
        "leaky_relu": lambda x: F.leaky_relu(x),
        "hardtanh": lambda x: F.hardtanh(x),
        "hardshrink": lambda x: F.hardshrink(x),
        "interpolate": lambda x: F.interpolate(x, scale_factor=2),
        "sort": lambda x: x.sort()[0],
    }


@program
def derivatives_of_derivatives(torch, show):
    start = torch.linspace(-2, 2, 2 * 3 * 4 * 4).sin().reshape(2, 3, 4, 4)
    for name, call in calls(torch).items():
        for inner in (lambda x: x, lambda x: x * 2):
            with scene(show):
                leaf = start.clone().requires_grad_()
                x = inner(leaf)
                (g,) = torch.autograd.grad(call(x).sum(), x, create_graph=True)
                show(name, Near(g), g.requires_grad)
                (h,) = torch.autograd.grad(g.sum(), leaf, allow_unused=True)
                show(h if h is None else Near(h))


@program
def a_loss_of_such_a_gradient(torch, show):
    x = torch.tensor([[0.5, -1.0], [2.0, 0.0]], requires_grad=True)
    loss = torch.nn.functional.nll_loss(x, torch.tensor([0, 1]))
    (g,) = torch.autograd.grad(loss, x, create_graph=True)
    ((g * g).sum() + (g * x).sum()).backward()
    show(x.grad, type(g.grad_fn).__name__)


@program
def third_derivatives(torch, show):
    for call in (
        lambda x: torch.renorm(x, 2, 0, 0.5),
        lambda x: torch.renorm(x, 3, 1, 0.5),
        lambda x: x.norm(2, 0),
        lambda x: x.var(0),
        lambda x: torch.nn.functional.normalize(x),
    ):
        x = torch.linspace(-2, 2, 12).sin().double().reshape(3, 4).requires_grad_()
        y = call(x).sum()
        for _ in range(3):
            (g,) = torch.autograd.grad(y, x, create_graph=True)
            show(Near(g), g.requires_grad)
            y = (g * g).sum()
