"""What the notebooks share: the digits, one look for every figure, and the check that values agree."""

from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

BLUE, ORANGE, GREEN, RED, GREY = "#2a6f97", "#e07a1f", "#3a8f5c", "#c0392b", "#8a8f98"
SIGNED = LinearSegmentedColormap.from_list("signed", [BLUE, "white", ORANGE])  # below 0, 0, above 0
INK = "gray"  # colour map for images: 0 is black

DATA = Path(__file__).resolve().parents[1] / "examples" / "data" / "mnist10k.npz"

torch.set_num_threads(1)  # NumPy's threads and torch's would fight for the cores

plt.rcParams.update(
    {
        "figure.dpi": 70,
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": plt.cycler(color=[BLUE, ORANGE, GREEN, RED, GREY]),
        "axes.titlesize": 12,
        "axes.labelsize": 11,
        "font.size": 11,
        "lines.linewidth": 2,
        "legend.framealpha": 0.85,
        "legend.edgecolor": "white",
        "image.interpolation": "nearest",
    }
)


def digits(count, start=0, only=None):
    """Real handwritten digits: images (count, 28, 28), float32 in 0 … 1, and labels (count,), int64.

    `only` keeps the named classes and then takes `count` of what is left.
    """
    with np.load(DATA) as file:
        images, labels = file["images"], file["labels"]
    if only is not None:
        kept = np.isin(labels, only)
        images, labels = images[kept], labels[kept]
    stop = start + count
    if stop > len(labels):
        raise ValueError(f"asked for digits {start} to {stop}, there are {len(labels)}")
    return images[start:stop].astype(np.float32) / 255, labels[start:stop].astype(np.int64)


def as_array(value):
    """An ndarray from an array, a number, or a tensor of either library."""
    return value.detach().numpy() if hasattr(value, "detach") else np.asarray(value)


def agree(atol=1e-6, **values):
    """Assert that all values have one shape and are equal to within `atol`; print the largest difference."""
    arrays = {name: as_array(value) for name, value in values.items()}
    (first, expected), *others = arrays.items()
    if not others or expected.size == 0:
        raise ValueError("nothing to compare")
    worst = 0.0
    for name, array in others:
        assert array.shape == expected.shape, f"{name} has shape {array.shape}, {first} {expected.shape}"
        difference = np.abs(array.astype(np.float64) - expected.astype(np.float64)).max()
        assert difference <= atol, f"{name} is {difference:.3g} away from {first}, allowed {atol:g}"
        worst = max(worst, difference)
    print(" = ".join(arrays), f"  (largest difference {worst:.1e})")


def copy_weights(source, target, library):
    """Load the parameters of `source` into `target`, a module of `library` with the same names."""
    values = {name: library.tensor(as_array(value)) for name, value in source.state_dict().items()}
    target.load_state_dict(values)


def table(header, rows):
    """Print rows of text and numbers as aligned columns."""
    cells = [list(header)] + [[_text(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    print("\n".join(lines))


def _text(value):
    if hasattr(value, "detach"):
        value = value.item()
    return f"{value:.6g}" if isinstance(value, (float, np.floating)) else str(value)


# Figures


def picture(ax, image, title="", cmap=INK, **limits):
    """Show a matrix as an image without axes."""
    shown = ax.imshow(as_array(image), cmap=cmap, **limits)
    ax.set_axis_off()
    ax.set_title(title, fontsize=10)
    return shown


def numbers(ax, matrix, title="", boxes=(), cmap=SIGNED):
    """Draw a small matrix as a grid of numbers; `boxes` are (row, column, height, width, colour)."""
    matrix = as_array(matrix)
    rows, columns = matrix.shape
    top = max(1.0, np.abs(matrix).max())
    dark = matrix < top / 2 if cmap == INK else np.zeros(matrix.shape, bool)  # cells that need white numbers
    low, high = (0, top) if cmap == INK else (-2.2 * top, 2.2 * top)  # pale colours keep numbers readable
    ax.imshow(matrix, cmap=cmap, vmin=low, vmax=high)
    for row, column in np.ndindex(rows, columns):
        colour = "white" if dark[row, column] else "black"
        ax.text(column, row, f"{matrix[row, column]:g}", ha="center", va="center", color=colour)
    ax.set_xticks(np.arange(columns + 1) - 0.5, [""] * (columns + 1))
    ax.set_yticks(np.arange(rows + 1) - 0.5, [""] * (rows + 1))
    ax.grid(color="white", linewidth=1.5)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.set_title(title, fontsize=10)
    for row, column, height, width, colour in boxes:
        corner = (column - 0.5, row - 0.5)
        ax.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=colour, linewidth=3, zorder=3))


def network(ax, sizes, names=None):
    """Draw a fully connected network: one column of circles for each layer, one line for each weight."""
    gap = 1.8
    places = [[(gap * x, (size - 1) / 2 - i) for i in range(size)] for x, size in enumerate(sizes)]
    for left, right in pairwise(places):
        for x0, y0 in left:
            for x1, y1 in right:
                ax.plot([x0, x1], [y0, y1], color=GREY, linewidth=0.8, zorder=1)
    for x, column in enumerate(places):
        for place in column:
            ax.add_patch(Circle(place, 0.2, facecolor=GREY if x == 0 else BLUE, edgecolor="white", zorder=2))
        if names:
            ax.text(gap * x, -max(sizes) / 2 - 0.1, names[x], ha="center", va="top")
    _diagram(ax, (-0.7, gap * (len(sizes) - 1) + 0.7), (-max(sizes) / 2 - 0.8, max(sizes) / 2))


def unrolled(ax, inputs, outputs, title, first="", last=""):
    """Draw an RNN unrolled in time; `inputs` and `outputs` tell for each step whether it has one."""
    steps = len(inputs)
    for t in range(steps):
        ax.add_patch(Circle((t, 0), 0.24, facecolor=BLUE, edgecolor="white", zorder=2))
        if t + 1 < steps:
            _arrow(ax, (t + 0.24, 0), (t + 0.76, 0))
        if inputs[t]:
            _box(ax, t, -1, GREY)
            _arrow(ax, (t, -0.8), (t, -0.25))
        if outputs[t]:
            _box(ax, t, 1, ORANGE)
            _arrow(ax, (t, 0.25), (t, 0.8))
    ax.text((steps - 1) / 2, -1.55, first, ha="center", va="center", fontsize=9)
    ax.text((steps - 1) / 2, 1.5, last, ha="center", va="center", fontsize=9)
    ax.set_title(title, fontsize=10)
    middle = (steps - 1) / 2
    _diagram(ax, (middle - 2.2, middle + 2.2), (-1.8, 1.8))


def _box(ax, x, y, colour):
    ax.add_patch(Rectangle((x - 0.2, y - 0.2), 0.4, 0.4, facecolor=colour, edgecolor="white", zorder=2))


def _arrow(ax, start, end):
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color="#444444", shrinkA=0, shrinkB=0)
    )


def _diagram(ax, xlim, ylim):
    ax.set_xlim(*xlim)
    ax.set_ylim(*ylim)
    ax.set_aspect("equal")
    ax.set_axis_off()
