"""What torch draws, as `tests/data/random_streams.json` keeps it for machines without torch.

Write the file anew with

    python -m conformance.random_reference

Rows are expressions in `t`, the library, `g`, a seeded generator, and `n`, a size. For each row and some sizes
the file holds the seed, the dtype, the first values, and the SHA-256 of all values and of the generator's state
afterwards.
"""

import hashlib
import json
import warnings
from pathlib import Path

import torch

FILE = Path(__file__).parent.parent / "tests" / "data" / "random_streams.json"
SEEDS = (0, 1, 42, -1, 2**31, 2**32 - 1, 2**40 + 3, 2**63, 2**64 - 1, -(2**63))
SIZES = (0, 1, 2, 7, 15, 16, 17, 31, 100, 311, 313, 624, 625, 1000, 1249, 4099, 100_003)

DRAWS = """
t.rand(n, generator=g)
t.rand(n, generator=g, dtype=t.float64)
t.rand(n, generator=g, dtype=t.float16)
t.rand(n, 2, generator=g, dtype=t.complex64)
t.empty(n).uniform_(-0.3, 0.7, generator=g)
t.empty(n).uniform_(1e-3, 1e5, generator=g)
t.empty(n).uniform_(2, 2, generator=g)
t.empty(n, dtype=t.float64).uniform_(-0.3, 0.7, generator=g)
t.empty(n, dtype=t.float64).uniform_(-1e300, 1e307, generator=g)
t.empty(n, dtype=t.float64).uniform_(0, 1e-310, generator=g)
t.empty(n, dtype=t.float16).uniform_(-2, 5, generator=g)
t.empty(n, dtype=t.complex128).uniform_(-2, 5, generator=g)
t.randn(n, generator=g)
t.randn(n, generator=g, dtype=t.float64)
t.randn(n, generator=g, dtype=t.float16)
t.randn(n, generator=g, dtype=t.complex64)
t.empty(n).normal_(3.5, 0.02, generator=g)
t.empty(n, dtype=t.float64).normal_(-1.1, 7.3, generator=g)
t.empty(n, dtype=t.float16).normal_(0.25, 2, generator=g)
t.empty(n, 2)[:, 0].normal_(1, 3, generator=g)
t.empty(n, 2, dtype=t.float64)[:, 1].normal_(0.1, 0.3, generator=g)
t.normal(1.5, 2.5, (n,), generator=g)
t.normal(t.arange(float(n)), 2.5, generator=g)
t.normal(1.5, t.arange(float(n)), generator=g)
t.normal(t.ones(3, 1, dtype=t.float64), t.arange(float(n)), generator=g)
t.empty(n).bernoulli_(generator=g)
t.empty(n).bernoulli_(0.3, generator=g)
t.empty(n, dtype=t.bool).bernoulli_(0.999, generator=g)
t.empty(n, dtype=t.int8).bernoulli_(0, generator=g)
t.empty(n).bernoulli_(1, generator=g)
t.empty(n).bernoulli_(t.tensor(0.3), generator=g)
t.empty(2, n).bernoulli_(t.linspace(0, 1, n).double(), generator=g)
t.bernoulli(t.linspace(0, 1, n), generator=g)
t.bernoulli(t.linspace(0, 1, n).double(), generator=g)
t.bernoulli(t.linspace(0, 1, n).half(), generator=g)
t.bernoulli(t.zeros(n), 0.7, generator=g)
t.randint(10, (n,), generator=g)
t.randint(-5, 1000003, (n,), generator=g)
t.randint(0, 2**28 - 1, (n,), generator=g)
t.randint(0, 2**28, (n,), generator=g)
t.randint(-2**62, 2**63 - 1, (n,), generator=g)
t.randint(0, 256, (n,), generator=g, dtype=t.uint8)
t.randint(-3, 2000, (n,), generator=g, dtype=t.float16)
t.randint(0, 16, (n, 3), generator=g, dtype=t.float32)
t.randint(0, 2, (n,), generator=g, dtype=t.bool)
t.empty(n).random_(generator=g)
t.empty(n, dtype=t.float64).random_(generator=g)
t.empty(n, dtype=t.float16).random_(generator=g)
t.empty(n, dtype=t.int64).random_(generator=g)
t.empty(n, dtype=t.int32).random_(generator=g)
t.empty(n, dtype=t.int16).random_(generator=g)
t.empty(n, dtype=t.uint8).random_(generator=g)
t.empty(n, dtype=t.bool).random_(generator=g)
t.empty(n, dtype=t.int64).random_(-2**63, None, generator=g)
t.empty(n, dtype=t.float32).random_(-2**63, None, generator=g)
t.empty(n, dtype=t.int32).random_(-7, None, generator=g)
t.empty(n, dtype=t.float16).random_(5, None, generator=g)
t.empty(n, dtype=t.float64).random_(-2**62, 2**62, generator=g)
t.empty(n, dtype=t.float16).random_(0, 65504, generator=g)
t.randperm(n, generator=g)
t.randperm(min(n, 127), generator=g, dtype=t.int8)
t.randperm(n, generator=g, dtype=t.float32)
t.empty(n).exponential_(generator=g)
t.empty(n, dtype=t.float64).exponential_(0.3, generator=g)
t.empty(n).geometric_(0.2, generator=g)
t.empty(n, dtype=t.int64).geometric_(0.01, generator=g)
t.empty(n).log_normal_(generator=g)
t.empty(n, dtype=t.float64).log_normal_(-1, 0.5, generator=g)
t.empty(n).cauchy_(generator=g)
t.empty(n, dtype=t.float64).cauchy_(2, 0.1, generator=g)
t.multinomial(t.arange(1.0, n + 3), 5, True, generator=g)
t.multinomial(t.linspace(0.1, 1, n + 2).half(), 5, True, generator=g)
t.multinomial(t.arange(1.0, n + 3).double(), 1, generator=g)
t.multinomial(t.arange(1.0, 2 * n + 7).reshape(2, -1), 3, generator=g)
t.empty(n, 3).t().uniform_(generator=g)
t.empty(n, 3).t().normal_(generator=g)
t.empty(2, n, 3).permute(2, 0, 1).normal_(generator=g)
t.empty(2, n, 3).transpose(0, 2).random_(0, 100, generator=g)
t.empty(n, 5).t()[1:, ::2].uniform_(generator=g)
t.empty(n, 3).t().bernoulli_(t.rand(3, n), generator=g)
t.bernoulli(t.linspace(0, 1, 3 * n).reshape(n, 3).t(), generator=g)
t.rand_like(t.zeros(n, 3).t(), generator=g)
t.randn_like(t.zeros(n, 3).t(), generator=g)
t.randn_like(t.zeros(n, 3).t(), generator=g, memory_format=t.contiguous_format)
t.randint_like(t.zeros(n, 3), 3, 9, generator=g)
t.randn(n, generator=g, out=t.empty(n, 2)[:, 0])
t.rand(n, generator=g, out=t.empty(2, dtype=t.float64))
t.randint(5, (n,), generator=g, out=t.empty(2, n, dtype=t.int32)[1])
t.randperm(n, generator=g, out=t.empty(n, 2).long()[:, 1])
t.bernoulli(t.linspace(0, 1, n), generator=g, out=t.empty(n, dtype=t.int8))
t.normal(t.arange(float(n)), 2.5, generator=g, out=t.empty(n, 2)[:, 1])
t.empty(2, 3, n, 2).contiguous(memory_format=t.channels_last).normal_(generator=g)
t.empty(2, 3, n, 2).contiguous(memory_format=t.channels_last).uniform_(-1, 3, generator=g)
t.poisson(t.linspace(0, 30, n), generator=g)
t.poisson(t.full((n,), 3.5, dtype=t.float64), generator=g)
t.poisson(t.full((n,), 200.0), generator=g)
t.poisson(t.linspace(0, 12, 3 * n).reshape(n, 3).t().half(), generator=g)
t.rrelu(t.linspace(-2, 1, n), training=True, generator=g)
t.rrelu(t.linspace(-2, 1, n).double(), 0.1, 0.7, True, generator=g)
t.rrelu(t.linspace(-2, 1, 3 * n).reshape(n, 3).t(), training=True, generator=g)
t.rrelu_(t.linspace(-2, 1, 3 * n).reshape(n, 3).t(), training=True, generator=g)
t.nn.functional.dropout(t.ones(n), 0.3)
t.nn.functional.dropout(t.ones(n).double(), 0.9)
t.nn.functional.dropout(t.ones(n).half(), 0.3)
t.nn.functional.dropout(t.ones(2, 3, n, 2).contiguous(memory_format=t.channels_last), 0.5)
t.nn.functional.dropout(t.ones(n, 3).t(), 0.5, True, True)
t.nn.functional.dropout1d(t.ones(3, n, 2), 0.3)
t.nn.functional.dropout1d(t.ones(n, 2), 0.3)
t.nn.functional.dropout2d(t.ones(2, n, 2, 1), 0.3)
t.nn.functional.dropout3d(t.ones(2, n, 2, 1, 1), 0.3)
t.nn.functional.alpha_dropout(t.ones(n), 0.3, True)
t.nn.functional.alpha_dropout(t.ones(n).double(), 0.6, True)
t.nn.functional.feature_alpha_dropout(t.ones(2, n, 3), 0.3, True)
t.native_dropout(t.ones(n), 0.3, True)[0]
t.native_dropout(t.ones(n, 3).t(), 0.3, True)[1]
t.nn.init.trunc_normal_(t.empty(n), 0.5, 0.7, -1, 2, generator=g)
t.nn.init.trunc_normal_(t.empty(n, 2), 0, 1, 1.5, 4, generator=g)
t.nn.init.kaiming_uniform_(t.empty(n + 1, 3), 5**0.5, generator=g)
t.nn.init.xavier_normal_(t.empty(n + 1, 3, dtype=t.float64), generator=g)
t.nn.init.sparse_(t.empty(min(n, 50) + 1, 3), 0.3, generator=g)
""".strip().split("\n")
STORED_SIZES = (1, 16, 33, 625)


def reference():
    """{row: [{"n", "seed", "dtype", "first", "sha256", "state"}, …]}."""
    return {row: [_entry(row, n, SEEDS[k]) for k, n in enumerate(STORED_SIZES)] for row in DRAWS}


def _entry(row, n, seed):
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        drawn = eval(row, {"t": torch, "g": generator, "n": n}).contiguous()
    return {
        "n": n,
        "seed": seed,
        "dtype": str(drawn.dtype),
        "first": [str(value) for value in drawn.flatten()[:3].tolist()],
        "sha256": hashlib.sha256(drawn.numpy().tobytes()).hexdigest(),
        "state": hashlib.sha256(generator.get_state().numpy().tobytes()).hexdigest(),
    }


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(reference(), indent=1) + "\n")
