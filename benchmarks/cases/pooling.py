"""Pooling of two dimensions."""

from benchmarks.case import Case, Work, count, layer

IMAGES = (32, 64, 32, 32)
VALUES = count(*IMAGES)


def pool(class_name: str, kernel: int, stride: int, padding: int = 0) -> Case:
    outputs = VALUES // stride**2
    forward = Work(outputs * (kernel**2 - 1), 4 * (VALUES + outputs))
    padded = f", p{padding}" if padding else ""
    return Case(
        f"{class_name}({kernel}, s{stride}{padded}) 32 × 64 × 32 × 32",
        {"forward": forward, "backward": Work(0, 4 * (VALUES + outputs))},
        layer(lambda torch: getattr(torch.nn, class_name)(kernel, stride, padding), *IMAGES),
    )


CASES = [
    pool("MaxPool2d", 2, 2),
    pool("MaxPool2d", 3, 2, 1),
    pool("AvgPool2d", 2, 2),
]
