"""Convolutions of two dimensions, channels first in memory as torch makes them."""

from typing import Any

from benchmarks import by_hand
from benchmarks.case import Case, Work, bare, count, gemm, layer


def conv(name: str, shape: tuple[int, ...], out: int, kernel: int, **options: Any) -> Case:
    """A square Conv2d, or with transposed=True its transpose, over a batch of square images."""
    images, channels, size, _ = shape
    groups, stride, padding = options.get("groups", 1), options.get("stride", 1), options.get("padding", 0)
    transposed, hand = options.pop("transposed", False), options.pop("hand", None)
    if transposed:
        places, columns = (size - 1) * stride - 2 * padding + kernel, size
    else:
        places = columns = (size + 2 * padding - kernel) // stride + 1
    flops = gemm(images * columns**2, channels * kernel**2 / groups, out)
    values = count(*shape) + images * out * places**2
    class_name = "ConvTranspose2d" if transposed else "Conv2d"
    return Case(
        f"{class_name} {name}",
        {"forward": Work(flops, 4 * values), "backward": Work(2 * flops, 4 * 2 * values)},
        layer(lambda torch: getattr(torch.nn, class_name)(channels, out, kernel, **options), *shape),
        by_hand=bare(hand, shape, shape, (out, channels // groups, kernel, kernel), (out,)) if hand else None,
    )


IMAGES = (32, 64, 32, 32)

CASES = [
    conv("32 × 64 × 32 × 32 → 64, k3, p1", IMAGES, 64, 3, padding=1, hand=by_hand.conv_3x3),
    conv("32 × 64 × 32 × 32 → 64, k3, s2, p1", IMAGES, 64, 3, stride=2, padding=1),
    conv("32 × 64 × 32 × 32 → 64, k1", IMAGES, 64, 1),
    conv("64 × 1 × 28 × 28 → 32, k5, p2", (64, 1, 28, 28), 32, 5, padding=2),
    conv("32 × 64 × 32 × 32, k3, p1, depthwise", IMAGES, 64, 3, padding=1, groups=64, hand=by_hand.depthwise_3x3),
    conv("32 × 64 × 16 × 16 → 64, k4, s2, p1", (32, 64, 16, 16), 64, 4, stride=2, padding=1, transposed=True),
]
