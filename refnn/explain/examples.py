"""A small call for a name, as text: it runs with torch and with refnn as `torch`.

`init` are the arguments of a module's constructor, `call` those of its forward, or of a function. `{x}` stands for an
input of as many dimensions as the name says: (N, C, L), (N, C, H, W) or (N, C, D, H, W).
"""

from __future__ import annotations

import re
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from refnn.explain.find import Found

__all__ = ["Example", "candidates"]

INPUTS = {1: "torch.randn(2, 4, 6)", 2: "torch.randn(2, 4, 5, 6)", 3: "torch.randn(1, 4, 4, 5, 6)"}
WEIGHTS = {1: "torch.randn(3, 4, 2)", 2: "torch.randn(3, 4, 2, 2)", 3: "torch.randn(3, 4, 2, 2, 2)"}
TURNED = {1: "torch.randn(4, 3, 2)", 2: "torch.randn(4, 3, 2, 2)", 3: "torch.randn(4, 3, 2, 2, 2)"}
UNPOOLED = {
    1: "torch.randn(1, 1, 2), torch.tensor([[[0, 3]]])",
    2: "torch.randn(1, 1, 1, 2), torch.tensor([[[[0, 3]]]])",
    3: "torch.randn(1, 1, 1, 1, 2), torch.tensor([[[[[0, 3]]]]])",
}
TWO, THREE = (", ".join(["torch.randn(3, 4)"] * n) for n in (2, 3))
MATRIX = "torch.randn(4, 4), torch.zeros(4)"
CLASSES, SIGNS = "torch.tensor([1, 0, 3])", "torch.tensor([1.0, -1.0, 1.0])"
DECODED = "torch.randn(5, 2, 4), torch.randn(3, 2, 4)"
QUERIES = ", ".join(["torch.randn(5, 2, 4)"] * 3)

# (pattern of a class of nn, constructor's arguments, forward's), the first that matches.
MODULES = [
    (r"LazyConv.*", "3, 2", "{x}"),
    (r"Conv.*", "4, 3, 2", "{x}"),
    (r"Lazy(Batch|Instance)Norm.*", "", "{x}"),
    (r"(Batch|Instance)Norm.*", "4", "{x}"),
    (r"GroupNorm", "2, 4", "torch.randn(2, 4, 6)"),
    (r"LayerNorm|RMSNorm", "4", "torch.randn(2, 4)"),
    (r"LocalResponseNorm|CrossMapLRN2d", "2", "torch.randn(2, 4, 5, 6)"),
    (r"LPPool.*", "2, 2", "{x}"),
    (r"FractionalMaxPool.*", "2, output_size=2", "{x}"),
    (r"MaxUnpool.*", "2", "{unpooled}"),
    (r"(Adaptive)?(Max|Avg)Pool.*", "2", "{x}"),
    (r"AdaptiveLogSoftmaxWithLoss", "4, 6, [2]", "torch.randn(3, 4), torch.tensor([0, 2, 5])"),
    (r"ConstantPad.*", "1, 0.5", "{x}"),
    (r".*Pad\dd", "1", "{x}"),
    (r"LazyLinear", "3", "torch.randn(2, 4)"),
    (r"Linear", "4, 3", "torch.randn(2, 4)"),
    (r"Bilinear", "3, 4, 2", "torch.randn(2, 3), torch.randn(2, 4)"),
    (r"LinearCrossEntropyLoss", "4, 3", "torch.randn(2, 4), torch.tensor([1, 0])"),
    (r"Flatten", "", "torch.randn(2, 3, 4)"),
    (r"Unflatten", "1, (2, 2)", "torch.randn(2, 4)"),
    (r"Fold", "(3, 4), 2", "torch.randn(1, 8, 6)"),
    (r"Unfold", "2", "torch.randn(1, 2, 3, 4)"),
    (r"PixelShuffle|ChannelShuffle", "2", "torch.randn(1, 4, 2, 3)"),
    (r"PixelUnshuffle", "2", "torch.randn(1, 1, 4, 6)"),
    (r"Upsample|Upsampling.*", "scale_factor=2", "torch.randn(1, 2, 3, 4)"),
    (r"(RNN|LSTM|GRU)Cell", "3, 4", "torch.randn(2, 3)"),
    (r"RNN|LSTM|GRU", "3, 4", "torch.randn(5, 2, 3)"),
    (r"MultiheadAttention", "4, 2", QUERIES),
    (r"Transformer", "4, 2, 1, 1, 8, 0.0", DECODED),
    (r"TransformerEncoderLayer", "4, 2, 8, 0.0", "torch.randn(5, 2, 4)"),
    (r"TransformerDecoderLayer", "4, 2, 8, 0.0", DECODED),
    (r"TransformerEncoder", "nn.TransformerEncoderLayer(4, 2, 8, 0.0), 1", "torch.randn(5, 2, 4)"),
    (r"TransformerDecoder", "nn.TransformerDecoderLayer(4, 2, 8, 0.0), 1", DECODED),
    (r"Embedding.*", "5, 3", "torch.tensor([[0, 2], [4, 2]])"),
    (r"Softmax2d", "", "torch.randn(2, 4, 3, 3)"),
    (r"(Log)?Softm(ax|in)", "1", "torch.randn(2, 4)"),
    (r"GLU", "", "torch.randn(2, 4)"),
    (r"Threshold", "0.1, 2.0", "torch.randn(2, 4)"),
    (r"Dropout.*|FeatureAlphaDropout", "", "{x}"),
    (r"CrossEntropyLoss", "", f"torch.randn(3, 4), {CLASSES}"),
    (r"NLLLoss", "", f"torch.randn(3, 4).log_softmax(1), {CLASSES}"),
    (r"NLLLoss2d", "", "torch.randn(1, 4, 2, 2).log_softmax(1), torch.tensor([[[0, 1], [2, 3]]])"),
    (r"BCELoss", "", "torch.rand(3, 4), torch.rand(3, 4)"),
    (r"BCEWithLogitsLoss|PoissonNLLLoss|MultiLabelSoftMarginLoss", "", "torch.randn(3, 4), torch.rand(3, 4)"),
    (r"KLDivLoss", "reduction='batchmean'", "torch.randn(3, 4).log_softmax(1), torch.randn(3, 4).softmax(1)"),
    (r"CTCLoss", "", "torch.randn(6, 2, 4).log_softmax(2), torch.tensor([[1, 2], [3, 1]]), (6, 6), (2, 2)"),
    (r"GaussianNLLLoss", "", "torch.randn(3, 4), torch.randn(3, 4), torch.rand(3, 4)"),
    (r"MarginRankingLoss", "", f"torch.randn(3), torch.randn(3), {SIGNS}"),
    (r"HingeEmbeddingLoss|SoftMarginLoss", "", f"torch.randn(3), {SIGNS}"),
    (r"MultiLabelMarginLoss", "", "torch.randn(2, 4), torch.tensor([[1, 3, -1, 0], [0, -1, 1, 2]])"),
    (r"MultiMarginLoss", "", f"torch.randn(3, 4), {CLASSES}"),
    (r"CosineEmbeddingLoss", "", f"{TWO}, {SIGNS}"),
    (r"TripletMargin.*", "", THREE),
    (r".*Loss|CosineSimilarity|PairwiseDistance", "", TWO),
    (r"Sequential", "nn.Linear(3, 4), nn.Tanh()", "torch.randn(2, 3)"),
]

# The same for functions of nn.functional; the loss functions are called as their modules are.
FUNCTIONS = [
    (r"conv_transpose\dd", "{x}, {turned}"),
    (r"conv\dd", "{x}, {weight}"),
    (r"conv_tbc", "torch.randn(5, 2, 3), torch.randn(2, 3, 4), torch.randn(4)"),
    (r"lp_pool\dd", "{x}, 2, 2"),
    (r"fractional_max_pool.*", "{x}, 2, output_size=2"),
    (r"max_unpool\dd", "{unpooled}, 2"),
    (r"(adaptive_)?(max|avg)_pool.*", "{x}, 2"),
    (r"(batch|instance)_norm", "torch.randn(2, 4, 6), torch.zeros(4), torch.ones(4), training=True"),
    (r"group_norm|local_response_norm", "torch.randn(2, 4, 6), 2"),
    (r"(layer|rms)_norm", "torch.randn(2, 4), (4,)"),
    (r"interpolate|upsample.*", "torch.randn(1, 2, 3, 4), scale_factor=2"),
    (r"grid_sample", "torch.randn(1, 2, 3, 4), torch.rand(1, 2, 2, 2)"),
    (r"affine_grid", "torch.randn(1, 2, 3), (1, 1, 2, 3)"),
    (r"linear_cross_entropy", "torch.randn(2, 4), torch.randn(3, 4), torch.tensor([1, 0])"),
    (r"pad", "torch.randn(2, 3), (1, 1)"),
    (r"linear", "torch.randn(2, 4), torch.randn(3, 4), torch.randn(3)"),
    (r"bilinear", "torch.randn(2, 3), torch.randn(2, 4), torch.randn(2, 3, 4)"),
    (r"fold", "torch.randn(1, 8, 6), (3, 4), 2"),
    (r"unfold", "torch.randn(1, 2, 3, 4), 2"),
    (r"pixel_shuffle|(native_)?channel_shuffle", "torch.randn(1, 4, 2, 3), 2"),
    (r"pixel_unshuffle", "torch.randn(1, 1, 4, 6), 2"),
    (r"embedding", "torch.tensor([[0, 2], [4, 2]]), torch.randn(5, 3)"),
    (r"embedding_bag", "torch.tensor([[0, 2], [4, 2]]), torch.randn(5, 3)"),
    (r"one_hot", "torch.tensor([0, 2, 1])"),
    (r"(log_)?softm(ax|in)", "torch.randn(2, 4), 1"),
    (r"(gumbel_softmax|glu|pdist)", "torch.randn(2, 4)"),
    (r"prelu", "torch.randn(2, 4), torch.tensor([0.25])"),
    (r"threshold_?", "torch.randn(2, 4), 0.1, 2.0"),
    (r"(feature_)?(alpha_)?dropout(\dd)?", "{x}, training=True"),
    (r"scaled_dot_product_attention", ", ".join(["torch.randn(1, 2, 5, 4)"] * 3)),
    (
        r"multi_head_attention_forward",
        f"{QUERIES}, 4, 2, torch.randn(12, 4), torch.zeros(12), None, None, False, 0.0, {MATRIX}",
    ),
    (r"triplet_margin.*", THREE),
    (r"cosine_embedding_loss", f"{TWO}, {SIGNS}"),
    (r"cosine_similarity|pairwise_distance|cdist", TWO),
]

# What any other function may take: the first that it accepts, those of fewer arguments before those of more.
GENERAL = [
    "torch.randn(3, 4)", "torch.rand(3, 4)", "torch.randn(3, 3)", "torch.tensor([[1, 2], [3, 4]])", "3", "(2, 3)",
    "[torch.randn(2, 3), torch.randn(2, 3)]", "torch.randn(4)", "torch.randn(2, 3, 4)",

    TWO, "torch.randn(3, 4), 1", "torch.rand(3, 4), torch.rand(3, 4)", "torch.randn(3, 4), torch.randn(4, 2)",
    "torch.randn(2, 3, 4), torch.randn(2, 4, 2)", "torch.randn(3, 4), torch.randn(4)",
    "torch.randn(4), torch.randn(4)",
    "torch.randn(3, 4), (4, 3)", "torch.randn(3, 4), torch.tensor([0, 1])",
    "torch.randn(3, 4), torch.randn(3, 4) > 0",
    "torch.tensor([1, 2]), torch.tensor([3, 4])", "'ij,jk', torch.randn(2, 3), torch.randn(3, 2)", "(2, 3), 1.5",
    "1.0, torch.ones(3)", "2, torch.rand(3)",

    THREE, "torch.randn(3, 4), 0, 1", "torch.randn(3, 4) > 0, torch.randn(3, 4), torch.randn(3, 4)",
    "torch.randn(3, 4), 0, torch.tensor([0, 1])", "torch.randn(3, 4), 0, torch.tensor([[0, 1, 2, 0]])",
    "torch.randn(3), torch.randn(3, 4), torch.randn(4)", "torch.randn(3, 2), torch.randn(3, 4), torch.randn(4, 2)",
    "torch.randn(2, 3, 2), torch.randn(2, 3, 4), torch.randn(2, 4, 2)",
    "torch.randn(3, 4), torch.randn(3, 4) > 0, 1.0",
    "torch.randn(2), torch.randn(2, 3), torch.randn(3)", "0, 1, 5",

    "torch.randn(3, 4), 0, torch.tensor([0, 1]), torch.randn(2, 4)", "torch.randn(3, 4), 0, 1, 2",
    "torch.randn(3, 4), 0, torch.tensor([[0, 1, 2, 0]]), torch.randn(1, 4)",
]  # fmt: skip


@dataclass(frozen=True)
class Example:
    """A call in text."""

    name: str
    init: str | None
    call: str

    def __str__(self) -> str:
        made = f"torch.{self.name}" if self.init is None else f"torch.{self.name}({self.init})"
        return f"torch.manual_seed(0); {made}({self.call})"

    def built(self, lib: types.ModuleType) -> tuple[Any, list[Any], dict[str, Any]]:
        """The callable of a library, and the arguments, under seed 0."""
        lib.manual_seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return self._evaluated(lib)

    def _evaluated(self, lib: types.ModuleType) -> tuple[Any, list[Any], dict[str, Any]]:
        scope = {"torch": lib, "nn": lib.nn, "capture": lambda *args, **kwargs: (list(args), kwargs)}
        target: Any = lib
        for part in self.name.split("."):
            target = getattr(target, part)
        if self.init is not None:
            args, kwargs = eval(f"capture({self.init})", scope)
            target = target(*args, **kwargs)
        args, kwargs = eval(f"capture({self.call})", scope)
        return target, args, kwargs


def candidates(found: Found) -> Iterator[Example]:
    """Calls to try, the likeliest first."""
    short = found.name.rpartition(".")[2]
    if found.kind == "module":
        for pattern, init, call in MODULES:
            if re.fullmatch(pattern, short):
                yield Example(found.name, init, _filled(call, short))
        yield Example(found.name, "", "torch.randn(2, 4)")
    elif found.kind == "function":
        if found.name.startswith("nn.functional."):
            for pattern, call in FUNCTIONS:
                if re.fullmatch(pattern, short):
                    yield Example(found.name, None, _filled(call, short))
            for pattern, init, call in MODULES:
                if re.fullmatch(pattern, short.replace("_", ""), re.IGNORECASE):
                    rest = f", {init}" if init else ""
                    yield Example(found.name, None, _filled(call, short) + rest)
        for call in GENERAL:
            yield Example(found.name, None, call)


def _filled(call: str, short: str) -> str:
    digit = re.search(r"([123])d", short)
    rank = int(digit[1]) if digit else 1
    return call.format(x=INPUTS[rank], weight=WEIGHTS[rank], turned=TURNED[rank], unpooled=UNPOOLED[rank])
