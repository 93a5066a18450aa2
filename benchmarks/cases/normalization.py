"""Normalisation over a batch or over features."""

from benchmarks.case import Case, count, layer, passes

CASES = [
    Case(
        "BatchNorm2d 32 × 64 × 32 × 32",
        passes(count(32, 64, 32, 32), 2, 3, operations=8),
        layer(lambda torch: torch.nn.BatchNorm2d(64), 32, 64, 32, 32),
        needs=("nn.BatchNorm2d",),
    ),
    Case(
        "LayerNorm 1024 × 256",
        passes(count(1024, 256), 2, 3, operations=8),
        layer(lambda torch: torch.nn.LayerNorm(256), 1024, 256),
        needs=("nn.LayerNorm",),
    ),
    Case(
        "GroupNorm(8) 16 × 64 × 16 × 16",
        passes(count(16, 64, 16, 16), 2, 3, operations=8),
        layer(lambda torch: torch.nn.GroupNorm(8, 64), 16, 64, 16, 16),
        needs=("nn.GroupNorm",),
    ),
]
