"""Pooling of two dimensions."""

from collections.abc import Callable

from benchmarks import by_hand
from benchmarks.case import Case, Phases, Work, bare, count, layer

IMAGES = (32, 64, 32, 32)
VALUES = count(*IMAGES)


def pool(class_name: str, kernel: int, stride: int, padding: int = 0, hand: Callable[[], Phases] | None = None) -> Case:
    outputs = VALUES // stride**2
    forward = Work(outputs * (kernel**2 - 1), 4 * (VALUES + outputs))
    padded = f", p{padding}" if padding else ""
    return Case(
        f"{class_name}({kernel}, s{stride}{padded}) 32 × 64 × 32 × 32",
        {"forward": forward, "backward": Work(0, 4 * (VALUES + outputs))},
        layer(lambda torch: getattr(torch.nn, class_name)(kernel, stride, padding), *IMAGES),
        by_hand=hand,
    )


CASES = [
    pool("MaxPool2d", 2, 2, hand=bare(by_hand.max_pool_2x2, (32, 64, 16, 16), IMAGES)),
    pool("MaxPool2d", 3, 2, 1),
    pool("AvgPool2d", 2, 2),
]
