"""Modified Bessel functions of order 0 and 1, in float64, which NumPy lacks or has for one order only."""

from __future__ import annotations

import math

import numpy as np

from refnn.autograd.op import Array
from refnn.ops._special import horner

__all__ = ["i0", "i1"]

# √x e⁻ˣ I(x) as a polynomial of 16/x − 1 for x ≥ 8: interpolated at Chebyshev nodes, relative error 2e−16.
_I0 = (
    0.40217650944500816, 0.003360551983667876, 0.00013621607437737268, 1.1143033791893046e-05,
    1.483848150861771e-06, 2.973597885290274e-07, 8.871293193604678e-08, 3.9327123085832934e-08,
    2.162446034312458e-08, 7.543775238250733e-09, -7.116744499757987e-09, -1.335632771743214e-08,
    -4.270649721363825e-09, 7.396966587219158e-09, 5.1432089858622845e-09, -3.21251295103573e-09,
    -2.8927333669603943e-09, 1.1661396927314527e-09, 9.544598596408217e-10, -3.0719032844097364e-10,
    -1.4445666241808038e-10, 4.135870336904037e-11,
)  # fmt: skip
_I1 = (
    0.3893984590258723, -0.009749577193235751, -0.0002192357638187367, -1.5038547201402334e-05,
    -1.8349107416211804e-06, -3.483855125273481e-07, -1.0000323944983054e-07, -4.3130341641824356e-08,
    -2.3453111618217135e-08, -8.417810881556892e-09, 7.118573210000024e-09, 1.3986230294575344e-08,
    4.7942444927275885e-09, -7.500258824785232e-09, -5.508409408958088e-09, 3.158127700170617e-09,
    3.0582654028044287e-09, -1.1153074851895528e-09, -1.0032283190965858e-09, 2.8795297002473246e-10,
    1.513858549435606e-10, -3.8283098239014647e-11,
)  # fmt: skip
# The power series in (x/2)² for x ≤ 8. All terms are positive, so none cancels.
_SERIES0 = tuple(1 / math.factorial(k) ** 2 for k in range(30))
_SERIES1 = tuple(1 / (math.factorial(k) * math.factorial(k + 1)) for k in range(30))


def _far(a: Array, scaled: tuple[float, ...]) -> Array:
    """The function of a ≥ 8. The exponential is taken in two halves: one alone overflows too early."""
    large = np.maximum(a, 8.0)
    half = np.exp(large / 2)
    return horner(16 / large - 1, scaled) / np.sqrt(large) * half * half


def i0(x: Array) -> Array:
    """I₀(x). Relative error below 1e−15; NaN at ±∞, as torch has it."""
    a = np.abs(x)
    near = horner((np.minimum(a, 8.0) / 2) ** 2, _SERIES0)
    return np.where(np.isinf(x), np.nan, np.where(a <= 8, near, _far(a, _I0)))


def i1(x: Array) -> Array:
    """I₁(x) = dI₀/dx. Relative error below 1e−15."""
    a = np.abs(x)
    near = np.minimum(a, 8.0) / 2 * horner((np.minimum(a, 8.0) / 2) ** 2, _SERIES1)
    return np.copysign(np.where(np.isinf(x), np.nan, np.where(a <= 8, near, _far(a, _I1))), x)
