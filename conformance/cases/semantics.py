"""What naive NumPy versions get wrong, each as a script that runs with torch and with refnn."""

import math
from typing import Any

from conformance.harness.scripts import Script

NAN = math.nan


def grad(torch: Any, function: Any, x: Any) -> Any:
    """The gradient of function(x).sum()."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


def one_step(torch: Any, name: str, start: float, gradient: float, steps: int, **options: Any) -> Any:
    """A parameter after each of a few steps on one constant gradient."""
    p = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))
    optimizer = getattr(torch.optim, name)([p], **options)
    path = []
    for _ in range(steps):
        p.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step()
        path.append(p.detach().clone())
    return path


def bce_at_bounds(torch: Any) -> Any:
    p, t = torch.tensor([0.0]).requires_grad_(), torch.tensor([1.0])
    loss = torch.nn.functional.binary_cross_entropy(p, t)
    return [loss, torch.autograd.grad(loss, p)[0]]


def ties(torch: Any) -> Any:
    x = torch.ones(2)
    image = torch.ones(1, 1, 2, 2)
    pool = torch.nn.functional.max_pool2d
    return [
        grad(torch, lambda v: v.amax(0), x),
        grad(torch, lambda v: v.max(), x),
        grad(torch, lambda v: v.max(0)[0], x),
        grad(torch, lambda v: pool(v, 2), image),
    ]


def weighted_cross_entropy(torch: Any) -> Any:
    logits = torch.tensor([[1.0, 2.0, 0.5], [0.0, -1.0, 3.0]], dtype=torch.float64)
    weight = torch.tensor([1.0, 2.0, 5.0], dtype=torch.float64)
    one_hot = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy
    return [
        loss(logits, torch.tensor([1, 0]), weight),
        loss(logits, one_hot, weight),
        loss(logits, torch.tensor([-100, -100])),
    ]


def batch_norm(torch: Any) -> Any:
    module = torch.nn.BatchNorm1d(1)
    out = module(torch.tensor([[1.0], [3.0]]))
    return [out, module.running_mean, module.running_var]


def gru(torch: Any) -> Any:
    cell = torch.nn.GRUCell(1, 1)
    for i, p in enumerate(cell.parameters()):
        p.data.copy_(torch.tensor([0.3, -0.5, 0.7]).reshape(p.shape) * (i + 1))
    return cell(torch.tensor([[0.4]]), torch.tensor([[0.6]]))


def kinks(torch: Any) -> Any:
    functional = torch.nn.functional
    return [
        grad(torch, functional.hardtanh, torch.tensor([-1.0, 1.0])),
        grad(torch, lambda v: v.clamp(-1, 1), torch.tensor([-1.0, 1.0])),
        grad(torch, functional.hardswish, torch.tensor([-3.0, 3.0])),
        grad(torch, functional.relu, torch.tensor([0.0, -0.0])),
    ]


def relu_kink(torch: Any) -> Any:
    functional = torch.nn.functional
    x = torch.tensor([0.0, -0.0, 1.0, NAN])
    return [
        grad(torch, functional.relu, x),
        grad(torch, lambda v: v.clamp(0, 1), x),
        grad(torch, lambda v: v.abs(), x),
    ]


def same_even(torch: Any) -> Any:
    x, kernel = torch.ones(1, 1, 1, 4), torch.tensor([[[[1.0, 10.0]]]])
    return torch.nn.functional.conv2d(x, kernel, padding="same").flatten()


def interpolation(torch: Any) -> Any:
    x = torch.arange(3.0).reshape(1, 1, 3)
    kwargs = {"scale_factor": 1.6, "mode": "linear"}
    interpolate = torch.nn.functional.interpolate
    return [interpolate(x, **kwargs), interpolate(x, recompute_scale_factor=True, **kwargs)]


def distances(torch: Any) -> Any:
    zero, x = torch.zeros(1, 2), torch.tensor([[1e-9, 0.0]])
    functional = torch.nn.functional
    return [functional.pairwise_distance(zero, zero), functional.cosine_similarity(x, x)]


def masked_row(torch: Any) -> Any:
    module = torch.nn.MultiheadAttention(2, 1, batch_first=True)
    for p in module.parameters():
        p.data.fill_(0.5)
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    mask = torch.tensor([[True, True], [False, True]])
    return [module(x, x, x, attn_mask=mask, need_weights=need)[0] for need in (True, False)]


def mask_meaning(torch: Any) -> Any:
    x = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]])
    mask = torch.tensor([[True, False], [False, True]])
    return torch.nn.functional.scaled_dot_product_attention(x, x, x, attn_mask=mask)


def streams(torch: Any) -> Any:
    torch.manual_seed(3)
    return [torch.rand(5), torch.randn(15), torch.randn(16), torch.randn(17), torch.rand(3, dtype=torch.float64)]


def clipping(torch: Any) -> Any:
    p = torch.nn.Parameter(torch.zeros(2))
    p.grad = torch.tensor([3.0, 4.0])
    norm = torch.nn.utils.clip_grad_norm_([p], 5.0)
    return [norm, p.grad]


def promotion(torch: Any) -> Any:
    return [
        torch.ones(2) * torch.tensor(2.0).double(),
        torch.ones(2, dtype=torch.int64) * 2.5,
        torch.ones(2, dtype=torch.int64) * torch.tensor(2.5, dtype=torch.float64),
        torch.ones(2, dtype=torch.uint8) + torch.tensor(300),
        torch.ones(2, dtype=torch.bool) + 1,
    ]


def nan_index(torch: Any) -> Any:
    x = torch.tensor([[[[NAN, 1.0], [2.0, NAN]]]])
    return [*torch.nn.functional.max_pool2d(x, 2, return_indices=True), x.flatten().argmax()]


def max_norm(torch: Any) -> Any:
    weight = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
    out = torch.nn.functional.embedding(torch.tensor([0]), weight, max_norm=1.0)
    return [out, weight]


def bits_and_batches(torch: Any) -> Any:
    linear = torch.nn.Linear(64, 32)
    with torch.no_grad():
        linear.weight.copy_(torch.arange(2048.0).reshape(32, 64).sin())
        x = torch.arange(640.0).reshape(10, 64).cos()
        return (linear(x)[0] - linear(x[:1])[0]).abs() < 1e-5


def row(number: int | str, title: str, needs: str, code: Any, expect: Any = None) -> Script:
    return Script("semantics", str(number), title, tuple(needs.split()), code, expect)


F = "nn.functional."
SEMANTICS = [
    row(1, "BCE clamps each log", F + "binary_cross_entropy", bce_at_bounds, [100.0, [-1e12]]),
    row(2, "ties: one index, or shared", F + "max_pool2d amax", ties,
        [[0.5, 0.5], [0.5, 0.5], [1, 0], [[[[1, 0], [0, 0]]]]]),
    row(3, "ceil_mode drops a window in the padding", F + "max_pool1d",
        lambda torch: torch.nn.functional.max_pool1d(torch.zeros(1, 1, 5), 2, 2, 1, ceil_mode=True),
        [[[[0.0] * 3]]]),
    row(4, "average pooling: the overhang does not divide", F + "avg_pool1d",
        lambda torch: torch.nn.functional.avg_pool1d(torch.ones(1, 1, 4), 3, 2, 1, ceil_mode=True),
        [[[[2 / 3, 1, 0.5]]]]),
    row(5, "BatchNorm stores the unbiased variance", "nn.BatchNorm1d", batch_norm),
    row(6, "weighted cross entropy: two divisors; all ignored", F + "cross_entropy", weighted_cross_entropy),
    row(7, "GRU: the reset gate comes after the bias", "nn.GRUCell", gru),
    row(8, "kinks", F + "hardtanh " + F + "hardswish " + F + "relu", kinks, [[0, 0], [1, 1], [0, 1], [0, 0]]),
    row(9, "softplus is linear above its threshold", F + "softplus",
        lambda torch: torch.nn.functional.softplus(torch.tensor(20.5, dtype=torch.float64)), [20.5]),
    row(10, "same, even kernel: more on the right", F + "conv2d", same_even, [[11, 11, 11, 1]]),
    row(11, "interpolate takes scale_factor unrounded", F + "interpolate", interpolation),
    row(12, "distances: clamped norms, eps in the difference",
        F + "pairwise_distance " + F + "cosine_similarity", distances),
    row(13, "a fully masked row", "nn.MultiheadAttention", masked_row),
    row(14, "True means keep", F + "scaled_dot_product_attention", mask_meaning),
    row(15, "the random streams", "rand randn", streams),
    row(16, "clipping shrinks at the limit", "nn.utils.clip_grad_norm_", clipping, [5.0, [2.9999993, 3.9999993]]),
    row(17, "Adam adds eps outside the root", "optim.Adam",
        lambda torch: one_step(torch, "Adam", 0.0, 1e-8, 1, lr=1.0), [[-0.5]]),
    row(18, "SGD's first momentum step is not dampened", "optim.SGD",
        lambda torch: one_step(torch, "SGD", 0.0, 1.0, 2, lr=1.0, momentum=0.9, dampening=0.5), [[-1.0], [-2.4]]),
    row(19, "promotion of 0-dim tensors", "ones", promotion),
    row(20, "bits depend on the batch size", "nn.Linear", bits_and_batches, [[True] * 32]),
    row(21, "the last NaN of a window, the first of argmax", F + "max_pool2d argmax", nan_index,
        [[[[NAN]]], [[[3]]], 0]),
    row(22, "max_norm changes the weight", F + "embedding", max_norm),
    row(23, "as_tensor and the two protocols", "as_tensor from_dlpack",
        lambda torch: [hasattr(torch.Tensor, "__dlpack__"), hasattr(torch.Tensor, "__array__")]),
    row("8a", "kinks of relu, clamp and abs", F + "relu", relu_kink),
]  # fmt: skip
