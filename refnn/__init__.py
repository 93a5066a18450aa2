"""The `torch` namespace, in NumPy.

    import refnn as torch

runs a torch script without torch. Explicit imports, nothing else.
"""

from refnn import autograd, random, testing
from refnn.autograd import enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled
from refnn.dtypes import bfloat16, bool, can_cast, complex64, complex128, dtype, finfo, float16, float32, float64, get_default_dtype, iinfo, int8, int16, int32, int64, promote_types, result_type, set_default_dtype, uint8, uint16, uint32, uint64
from refnn.functions.creation import arange, as_tensor, asarray, clone, complex, conj, empty, empty_like, eye, from_dlpack, from_numpy, full, full_like, imag, is_complex, is_floating_point, is_tensor, linspace, logspace, ones, ones_like, real, scalar_tensor, tensor, tril_indices, triu_indices, view_as_complex, view_as_real, zeros, zeros_like
from refnn.functions.linalg import addmm, baddbmm, bmm, dot, einsum, matmul, mm, mv, outer, tensordot, trace
from refnn.functions.pointwise import abs, abs_, absolute, acos, acos_, acosh, acosh_, add, addcdiv, addcmul, allclose, arctan2, asin, asin_, asinh, asinh_, atan, atan2, atan_, atanh, atanh_, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor, ceil, ceil_, clamp, clamp_, clamp_max, clamp_min, clip, clip_, cos, cos_, cosh, cosh_, div, divide, eq, equal, exp, exp2, exp2_, exp_, expm1, expm1_, fix, floor, floor_, floor_divide, fmax, fmin, fmod, frac, frac_, ge, greater, greater_equal, gt, isclose, isfinite, isinf, isnan, le, lerp, less, less_equal, log, log10, log10_, log1p, log1p_, log2, log2_, log_, logical_and, logical_not, logical_or, logical_xor, lt, maximum, minimum, mul, multiply, nan_to_num, ne, neg, neg_, negative, not_equal, pow, reciprocal, reciprocal_, relu, relu_, remainder, round, round_, rsqrt, rsqrt_, rsub, sgn, sigmoid, sigmoid_, sign, sin, sin_, sinh, sinh_, sqrt, sqrt_, square, square_, sub, subtract, tan, tan_, tanh, tanh_, true_divide, trunc, trunc_, where
from refnn.functions.reduction import all, amax, amin, aminmax, any, argmax, argmin, argsort, bincount, count_nonzero, cumprod, cumsum, dist, kthvalue, logsumexp, max, mean, median, min, nansum, norm, numel, prod, sort, std, std_mean, sum, topk, unique, var, var_mean
from refnn.functions.shape import atleast_1d, broadcast_tensors, broadcast_to, cat, chunk, concat, concatenate, diag, diag_embed, diagonal, flatten, flip, fliplr, flipud, gather, hstack, index_add, index_copy, index_fill, index_select, masked_fill, masked_scatter, masked_select, meshgrid, moveaxis, movedim, narrow, nonzero, permute, ravel, repeat_interleave, reshape, roll, scatter, scatter_add, select, split, split_with_sizes, squeeze, stack, swapaxes, swapdims, t, take, take_along_dim, tile, transpose, tril, triu, unbind, unflatten, unsqueeze, vstack
from refnn.printing import set_printoptions
from refnn.random import Generator, default_generator, fork_rng, get_rng_state, initial_seed, manual_seed, seed, set_rng_state
from refnn.tensor import Tensor
from refnn.types import Size, channels_last, channels_last_3d, contiguous_format, device, layout, memory_format, preserve_format, strided

half, float, double = float16, float32, float64
cfloat, cdouble = complex64, complex128
short, int, long = int16, int32, int64

from math import e, inf, nan, pi
