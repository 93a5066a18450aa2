"""A weight divided by its largest singular value, by a hook before each call: the older form of
`parametrizations.spectral_norm`."""

from __future__ import annotations

from typing import Any, TypeVar

from refnn.autograd.modes import no_grad
from refnn.functions.linalg import dot, mv
from refnn.functions.linalg_matrix import pinverse
from refnn.nn.functional.distance import normalize
from refnn.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from refnn.nn.modules.module import Module
from refnn.nn.parameter import Parameter, UninitializedParameter
from refnn.types import contiguous_format

__all__ = [
    "SpectralNorm",
    "SpectralNormLoadStateDictPreHook",
    "SpectralNormStateDictHook",
    "spectral_norm",
    "remove_spectral_norm",
]

_AnyModule = TypeVar("_AnyModule", bound=Module)


class SpectralNorm:
    """The hook of `spectral_norm`: sets the weight to W / (uᵀ W v) before forward.

    Version 1 saves v too; a state without it, or with the weight beside it, is completed when it is loaded.

    Source: torch.nn.utils.spectral_norm.
    """

    _version: int = 1
    name: str
    dim: int
    n_power_iterations: int
    eps: float

    def __init__(self, name: str = "weight", n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        self.name = name
        self.dim = dim
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.n_power_iterations = n_power_iterations
        self.eps = eps

    def reshape_weight_to_matrix(self, weight: Any) -> Any:
        """`dim` first, the others as one."""
        if self.dim != 0:
            weight = weight.permute(self.dim, *[d for d in range(weight.dim()) if d != self.dim])
        return weight.reshape(weight.size(0), -1)

    def compute_weight(self, module: Module, do_power_iteration: bool) -> Any:
        """W / (uᵀ W v), after v ← Wᵀ u / ‖Wᵀ u‖ and u ← W v / ‖W v‖ in the module's buffers, if asked for."""
        weight, u, v = (getattr(module, self.name + suffix) for suffix in ("_orig", "_u", "_v"))
        matrix = self.reshape_weight_to_matrix(weight)
        if do_power_iteration:
            with no_grad():
                for _ in range(self.n_power_iterations):
                    v = normalize(mv(matrix.t(), u), dim=0, eps=self.eps, out=v)
                    u = normalize(mv(matrix, v), dim=0, eps=self.eps, out=u)
                # Copies, since the next call in training overwrites what the backward of this one needs.
                u = u.clone(memory_format=contiguous_format)
                v = v.clone(memory_format=contiguous_format)
        return weight / dot(u, mv(matrix, v))

    def remove(self, module: Any) -> None:
        """Make the weight, as it is now, a parameter again."""
        with no_grad():
            weight = self.compute_weight(module, do_power_iteration=False)
        for suffix in ("", "_u", "_v", "_orig"):
            delattr(module, self.name + suffix)
        module.register_parameter(self.name, Parameter(weight.detach()))

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, do_power_iteration=module.training))

    def _solve_v_and_rescale(self, weight_mat: Any, u: Any, target_sigma: Any) -> Any:
        """The v with u = W v / ‖W v‖ and uᵀ W v = σ: along (Wᵀ W)⁺ Wᵀ u."""
        turned = weight_mat.t()
        v = pinverse(turned.mm(weight_mat)).mm(turned.mm(u.unsqueeze(1))).squeeze(1)
        return v.mul_(target_sigma / dot(u, mv(weight_mat, v)))

    @staticmethod
    def apply(module: Any, name: str, n_power_iterations: int, dim: int, eps: float) -> SpectralNorm:
        """Replace a parameter by <name>_orig and the buffers <name>_u and <name>_v; raises as `spectral_norm` does."""
        for hook in module._forward_pre_hooks.values():
            if isinstance(hook, SpectralNorm) and hook.name == name:
                raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
        hook = SpectralNorm(name, n_power_iterations, dim, eps)
        weight = module._parameters[name]
        if weight is None:
            raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
        if isinstance(weight, UninitializedParameter):
            raise ValueError(
                "The module passed to `SpectralNorm` can't have uninitialized parameters. Make sure to run the dummy "
                "forward before applying spectral normalization"
            )
        with no_grad():
            sizes = hook.reshape_weight_to_matrix(weight).size()
            u, v = (normalize(weight.new_empty(n).normal_(0, 1), dim=0, eps=eps) for n in sizes)
        delattr(module, name)
        module.register_parameter(name + "_orig", weight)
        # An ordinary attribute: some initialise a weight after this, by name, which has to reach the parameter.
        setattr(module, name, weight.data)
        module.register_buffer(name + "_u", u)
        module.register_buffer(name + "_v", v)
        module.register_forward_pre_hook(hook)
        module._register_state_dict_hook(SpectralNormStateDictHook(hook))
        module._register_load_state_dict_pre_hook(SpectralNormLoadStateDictPreHook(hook))
        return hook


class SpectralNormLoadStateDictPreHook:
    """Before loading: gives a state of version 0, which has the weight and no v, its v.

    Source: torch.nn.utils.spectral_norm.
    """

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(
        self,
        state_dict: Any,
        prefix: str,
        local_metadata: Any,
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        hook = self.fn
        version = local_metadata.get("spectral_norm", {}).get(hook.name + ".version", None)
        if version is not None and version >= 1:
            return
        key = prefix + hook.name
        if version is None and key not in state_dict and all(key + s in state_dict for s in ("_orig", "_u", "_v")):
            return
        missing = [key + suffix for suffix in ("_orig", "", "_u") if key + suffix not in state_dict]
        if missing:
            missing_keys.extend(missing if strict else [])
            return
        with no_grad():
            original, weight, u = state_dict[key + "_orig"], state_dict.pop(key), state_dict[key + "_u"]
            matrix = hook.reshape_weight_to_matrix(original)
            state_dict[key + "_v"] = hook._solve_v_and_rescale(matrix, u, (original / weight).mean())


class SpectralNormStateDictHook:
    """After saving: notes the version in the state's metadata.

    Source: torch.nn.utils.spectral_norm.
    """

    def __init__(self, fn: SpectralNorm) -> None:
        self.fn = fn

    def __call__(self, module: Any, state_dict: Any, prefix: str, local_metadata: Any) -> None:
        noted = local_metadata.setdefault("spectral_norm", {})
        key = self.fn.name + ".version"
        if key in noted:
            raise RuntimeError(f"Unexpected key in metadata['spectral_norm']: {key}")
        noted[key] = self.fn._version


def spectral_norm(
    module: _AnyModule, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> _AnyModule:
    """Replace a parameter W by W / σ before each call, σ its largest singular value as a matrix. Returns the module.

    `dim` is the matrix's first dimension, by default 1 for transposed convolutions, else 0. Each call in
    training improves σ = uᵀ W v by power iteration. The parameter is <name>_orig, u and v are buffers.

    Raises RuntimeError where it is applied twice, ValueError for no iterations and a parameter that is None or
    uninitialized, KeyError for a name that is no parameter.

    Source: torch.nn.utils.spectral_norm; Miyato et al., 2018.
    """
    if dim is None:
        dim = int(isinstance(module, ConvTranspose1d | ConvTranspose2d | ConvTranspose3d))
    SpectralNorm.apply(module, name, n_power_iterations, dim, eps)
    return module


def remove_spectral_norm(module: _AnyModule, name: str = "weight") -> _AnyModule:
    """Undo `spectral_norm`, keeping the weight's value. Returns the module; raises ValueError where there is none.

    Source: torch.nn.utils.remove_spectral_norm.
    """
    hooks: Any = module._forward_pre_hooks
    mine = _find(hooks, SpectralNorm, lambda hook: hook.name == name)
    if mine is None:
        raise ValueError(f"spectral_norm of '{name}' not found in {module}")
    hooks[mine].remove(module)
    del hooks[mine]
    kinds: list[tuple[Any, type[Any]]] = [
        (module._state_dict_hooks, SpectralNormStateDictHook),
        (module._load_state_dict_pre_hooks, SpectralNormLoadStateDictPreHook),
    ]
    for hooks, kind in kinds:
        key = _find(hooks, kind, lambda hook: hook.fn.name == name)
        if key is not None:
            del hooks[key]
    return module


def _find(hooks: Any, kind: type[Any], fits: Any) -> Any:
    """The key of the first hook of a class that fits, or None."""
    return next((key for key, hook in hooks.items() if isinstance(hook, kind) and fits(hook)), None)
