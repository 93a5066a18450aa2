"""Parametrizations ready for use: orthogonal matrices, weights with a norm of their own, spectral norm 1."""

from __future__ import annotations

import enum
from typing import Any, TypeVar

from refnn.autograd.modes import no_grad
from refnn.dtypes import finfo
from refnn.functions.comparison import allclose
from refnn.functions.creation import zeros_like
from refnn.functions.joining import cat
from refnn.functions.linalg import mv, vdot
from refnn.functions.linalg_matrix import geqrf, householder_product, matrix_exp, solve
from refnn.functions.random import randn
from refnn.functions.ranges import eye
from refnn.functions.weight_norm import _weight_norm, norm_except_dim
from refnn.nn.functional.distance import normalize
from refnn.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from refnn.nn.modules.module import Module
from refnn.nn.utils.parametrize import register_parametrization
from refnn.tensor import Tensor
from refnn.types import contiguous_format

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

_AnyModule = TypeVar("_AnyModule", bound=Module)


def _named_tensor(module: Any, name: str) -> Any:
    tensor = getattr(module, name, None)
    if not isinstance(tensor, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return tensor


# Orthogonal matrices --------------------------------------------------------------------------------------


def _is_orthogonal(q: Any) -> bool:
    n, k = q.shape[-2:]
    return bool(allclose(q.mH @ q, eye(k, dtype=q.dtype), atol=10.0 * n * finfo(q.dtype).eps))


def _make_orthogonal(a: Any) -> Any:
    """The factor Q of A = Q R with a positive diagonal in R: its law is uniform if A is Gaussian."""
    x, tau = geqrf(a)
    return householder_product(x, tau) * x.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


class _OrthMaps(enum.Enum):
    matrix_exp = enum.auto()
    cayley = enum.auto()
    householder = enum.auto()


class _Orthogonal(Module):
    """X (*, n, k) to a matrix with orthonormal columns, or rows where n < k; see `orthogonal`."""

    base: Any

    def __init__(self, weight: Any, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:
        """The orthogonal matrix of X."""
        wide = X.size(-2) < X.size(-1)
        tall = X.mT if wide else X
        if self.orthogonal_map is _OrthMaps.householder:
            q = _by_reflectors(tall)
        else:
            q = _by_skew_matrix(tall, self.orthogonal_map)
        if hasattr(self, "base"):
            q = self.base @ q
        return q.mT if wide else q

    def right_inverse(self, Q: Any) -> Any:
        """What `forward` makes Q of, or the orthogonal matrix near it; with a base, that becomes Q, and this −I."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        wide = Q.size(-2) < Q.size(-1)
        with no_grad():
            tall = Q.mT if wide else Q
            if hasattr(self, "base"):
                self.base = _completed(tall)
                start = zeros_like(Q)
                start.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
                return start
            if self.orthogonal_map is not _OrthMaps.householder:
                raise NotImplementedError(
                    "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                    "use_trivialization=False."
                )
            reflectors = _reflectors_of(tall)
            return reflectors.mT if wide else reflectors


def _by_skew_matrix(x: Any, orthogonal_map: _OrthMaps) -> Any:
    """e^A or (I − A/2)⁻¹ (I + A/2), of A = L − Lᴴ with L the lower triangle of x, filled up to a square."""
    n, k = x.shape[-2:]
    lower = x.tril()
    if n != k:
        lower = cat([lower, lower.new_zeros(n, n - k).expand(*lower.shape[:-2], -1, -1)], dim=-1)
    a = lower - lower.mH
    if orthogonal_map is _OrthMaps.matrix_exp:
        q = matrix_exp(a)
    else:
        identity = eye(n, dtype=a.dtype)
        q = solve(identity.add(a, alpha=-0.5), identity.add(a, alpha=0.5))
    return q if n == k else q[..., :k]


def _by_reflectors(x: Any) -> Any:
    """∏ (I − 2 v vᵀ / vᵀ v) over the columns v below the diagonal, each result column with the sign on the diagonal."""
    a = x.tril(diagonal=-1)
    tau = 2.0 / (1.0 + (a * a).sum(dim=-2))
    return householder_product(a, tau) * x.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)


def _reflectors_of(q: Any) -> Any:
    """What `_by_reflectors` makes q of. A factor τ of 0, no reflection, is one by e_i with the sign turned."""
    a, tau = geqrf(q)
    a.diagonal(dim1=-2, dim2=-1).sign_()
    a.diagonal(dim1=-2, dim2=-1)[tau == 0.0] *= -1
    return a


def _completed(q: Any) -> Any:
    """A square orthogonal matrix whose first columns are those of q, made orthogonal if they are not."""
    n, k = q.shape[-2:]
    if n == k:
        return q.clone() if _is_orthogonal(q) else _make_orthogonal(q)
    return _make_orthogonal(cat([q, randn(*q.shape[:-2], n, n - k, dtype=q.dtype)], dim=-1))


def orthogonal(
    module: _AnyModule, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> _AnyModule:
    """Let a matrix Q (*, n, k) of a module be orthogonal: Qᴴ Q = I if n ≥ k, else Q Qᴴ = I. Returns the module.

    `orthogonal_map` says how it is computed from X: "matrix_exp" e^A or "cayley" (I − A/2)⁻¹ (I + A/2), with A
    skew-Hermitian from X's lower triangle, or "householder", a product of reflectors. By default the first for
    squares and complex numbers, else the last. With `use_trivialization` Q = B Q(X), where the base B is the
    value last assigned, a buffer.

    Raises ValueError for a tensor that is missing or has fewer than two dimensions, for another map, and for
    reflectors of complex numbers.

    Source: torch.nn.utils.parametrizations.orthogonal; Lezcano-Casado and Martínez-Rubio, 2019.
    """
    weight = _named_tensor(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    chosen = getattr(_OrthMaps, orthogonal_map, None)
    if chosen is None:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    parametrization = _Orthogonal(weight, chosen, use_trivialization=use_trivialization)
    return register_parametrization(module, name, parametrization, unsafe=True)


# A norm of its own ----------------------------------------------------------------------------------------


class _WeightNorm(Module):
    """w = g v / ‖v‖; see `weight_norm`."""

    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """w of g and v."""
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> Any:
        """(‖w‖, w)."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: _AnyModule, name: str = "weight", dim: int = 0) -> _AnyModule:
    """Let a weight be w = g v / ‖v‖, with a length g for each index of `dim`, or one g if it is None.

    g is parametrizations.<name>.original0, v original1. A state dict with <name>_g and <name>_v, those of
    torch.nn.utils.weight_norm, is understood. Returns the module.

    Source: torch.nn.utils.parametrizations.weight_norm; Salimans and Kingma, 2016.
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *unused: Any) -> None:
        old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in old):
            for i, value in enumerate([state_dict.pop(key) for key in old]):
                state_dict[f"{prefix}parametrizations.{name}.original{i}"] = value

    module._register_load_state_dict_pre_hook(rename)
    return module


# Spectral norm 1 ------------------------------------------------------------------------------------------


class _SpectralNorm(Module):
    """W / σ(W), the singular value by power iteration; see `spectral_norm`."""

    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if not -ndim <= dim < ndim:
            raise IndexError(f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})")
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._reshape_weight_to_matrix(weight)
            u, v = (matrix.new_empty(n).normal_(0, 1) for n in matrix.size())
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _reshape_weight_to_matrix(self, weight: Any) -> Any:
        """`dim` first, the others as one."""
        if self.dim:
            weight = weight.permute(self.dim, *(d for d in range(weight.dim()) if d != self.dim))
        return weight.flatten(1)

    def _power_method(self, weight_mat: Any, n_power_iterations: int) -> None:
        """u ← W v / ‖W v‖, v ← Wᴴ u / ‖Wᴴ u‖, in place: copies of the module on several threads share them."""
        with no_grad():
            for _ in range(n_power_iterations):
                self._u = normalize(mv(weight_mat, self._v), dim=0, eps=self.eps, out=self._u)
                self._v = normalize(mv(weight_mat.H, self._u), dim=0, eps=self.eps, out=self._v)

    def forward(self, weight: Any) -> Any:
        """W / (uᴴ W v), after one more iteration in training; a vector is divided by its norm."""
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._reshape_weight_to_matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        # Copies, since the next call in training overwrites u and v, which the backward of this one needs.
        u = self._u.clone(memory_format=contiguous_format)
        v = self._v.clone(memory_format=contiguous_format)
        return weight / vdot(u, mv(matrix, v))

    def right_inverse(self, value: Any) -> Any:
        """The value itself, which is not a true inverse unless its spectral norm is 1."""
        return value


def spectral_norm(
    module: _AnyModule, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> _AnyModule:
    """Let a weight be W / σ, with σ its largest singular value as a matrix with `dim` first. Returns the module.

    σ = uᴴ W v, u and v being buffers that each call in training improves by power iteration. `dim` is 1 by
    default for transposed convolutions, else 0.

    Raises ValueError for a missing tensor, and for no iterations, IndexError for a dim out of range.

    Source: torch.nn.utils.parametrizations.spectral_norm; Miyato et al., 2018.
    """
    weight = _named_tensor(module, name)
    if dim is None:
        dim = int(isinstance(module, ConvTranspose1d | ConvTranspose2d | ConvTranspose3d))
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))
