"""Normalisation over a batch or over features."""

from benchmarks import by_hand
from benchmarks.case import Case, bare, count, layer, passes

IMAGES = (32, 64, 32, 32)
ROWS = (1024, 256)

CASES = [
    Case(
        "BatchNorm2d 32 × 64 × 32 × 32",
        passes(count(*IMAGES), 2, 3, operations=8),
        layer(lambda torch: torch.nn.BatchNorm2d(64), *IMAGES),
        needs=("nn.BatchNorm2d",),
        by_hand=bare(by_hand.batch_norm, IMAGES, IMAGES, (64,), (64,)),
    ),
    Case(
        "LayerNorm 1024 × 256",
        passes(count(*ROWS), 2, 3, operations=8),
        layer(lambda torch: torch.nn.LayerNorm(256), *ROWS),
        needs=("nn.LayerNorm",),
        by_hand=bare(by_hand.layer_norm, ROWS, ROWS, (256,), (256,)),
    ),
    Case(
        "GroupNorm(8) 16 × 64 × 16 × 16",
        passes(count(16, 64, 16, 16), 2, 3, operations=8),
        layer(lambda torch: torch.nn.GroupNorm(8, 64), 16, 64, 16, 16),
        needs=("nn.GroupNorm",),
    ),
]
