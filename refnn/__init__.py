"""The `torch` namespace, in NumPy.

    import refnn as torch

runs a torch script without torch. Explicit imports, nothing else; the subpackages that stand on tensors,
`nn` the largest, are imported when they are first asked for, so that importing refnn stays quick.
"""

from importlib import import_module as _import_module
from math import e, inf, nan, pi
from typing import TYPE_CHECKING as _TYPE_CHECKING

from refnn import autograd, backends, cuda, random
from refnn import tensor as _tensor  # first, so that the function of this name takes the module's place
from refnn._tensor.legacy import (
    BFloat16Tensor,
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
    set_default_tensor_type,
)
from refnn.autograd.anomaly_mode import is_anomaly_check_nan_enabled, is_anomaly_enabled, set_anomaly_enabled
from refnn.autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from refnn.dtypes import (
    bfloat16,
    bool,
    can_cast,
    complex64,
    complex128,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    promote_types,
    result_type,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)
from refnn.functions._calls import as_called as _as_called
from refnn.functions.activation import (
    celu,
    celu_,
    hardshrink,
    log_softmax,
    prelu,
    selu,
    selu_,
    softmax,
    threshold,
    threshold_,
)
from refnn.functions.bivariate import (
    copysign,
    float_power,
    frexp,
    gcd,
    gcd_,
    heaviside,
    hypot,
    lcm,
    lcm_,
    ldexp,
    ldexp_,
    logaddexp,
    logaddexp2,
    nextafter,
    xlogy,
    xlogy_,
)
from refnn.functions.channelshuffle import channel_shuffle, native_channel_shuffle
from refnn.functions.comparison import (
    allclose,
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    eq,
    equal,
    ge,
    greater,
    greater_equal,
    gt,
    isclose,
    isfinite,
    isin,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    le,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
    not_equal,
    signbit,
    where,
)
from refnn.functions.complexes import (
    angle,
    complex,
    conj,
    conj_physical,
    conj_physical_,
    imag,
    is_conj,
    is_neg,
    polar,
    real,
    resolve_conj,
    resolve_neg,
    view_as_complex,
    view_as_real,
)
from refnn.functions.conversion import (
    clone,
    is_complex,
    is_distributed,
    is_floating_point,
    is_nonzero,
    is_same_size,
    is_signed,
    is_tensor,
)
from refnn.functions.creation import (
    empty,
    empty_like,
    full,
    full_like,
    ones,
    ones_like,
    scalar_tensor,
    zero_,
    zeros,
    zeros_like,
)
from refnn.functions.distance import cdist, cosine_similarity, pairwise_distance, pdist
from refnn.functions.dropout import (
    alpha_dropout,
    alpha_dropout_,
    dropout,
    dropout_,
    feature_alpha_dropout,
    feature_alpha_dropout_,
    feature_dropout,
    feature_dropout_,
    native_dropout,
)
from refnn.functions.einsum import einsum
from refnn.functions.elementary import (
    abs,
    abs_,
    absolute,
    acos,
    acos_,
    acosh,
    acosh_,
    arccos,
    arccos_,
    arccosh,
    arccosh_,
    arcsin,
    arcsin_,
    arcsinh,
    arcsinh_,
    arctan,
    arctan_,
    arctanh,
    arctanh_,
    asin,
    asin_,
    asinh,
    asinh_,
    atan,
    atan_,
    atanh,
    atanh_,
    ceil,
    ceil_,
    cos,
    cos_,
    cosh,
    cosh_,
    deg2rad,
    deg2rad_,
    exp,
    exp2,
    exp2_,
    exp_,
    expm1,
    expm1_,
    fix,
    fix_,
    floor,
    floor_,
    frac,
    frac_,
    log,
    log10,
    log10_,
    log1p,
    log1p_,
    log2,
    log2_,
    log_,
    nan_to_num,
    nan_to_num_,
    neg,
    neg_,
    negative,
    negative_,
    positive,
    rad2deg,
    rad2deg_,
    reciprocal,
    reciprocal_,
    relu,
    relu_,
    round,
    round_,
    rsqrt,
    rsqrt_,
    sgn,
    sigmoid,
    sigmoid_,
    sign,
    sin,
    sin_,
    sinh,
    sinh_,
    sqrt,
    sqrt_,
    square,
    square_,
    tan,
    tan_,
    tanh,
    tanh_,
    trunc,
    trunc_,
)
from refnn.functions.linalg import (
    bmm,
    cross,
    dot,
    ger,
    inner,
    kron,
    matmul,
    mm,
    mv,
    outer,
    tensordot,
    trace,
    vdot,
)
from refnn.functions.linalg_matrix import geqrf, matrix_exp, orgqr, pinverse
from refnn.functions.linalg_sums import (
    addbmm,
    addmm,
    addmv,
    addmv_,
    addr,
    baddbmm,
)
from refnn.functions.normalization import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from refnn.functions.pixelshuffle import pixel_shuffle, pixel_unshuffle
from refnn.functions.pointwise import (
    add,
    addcdiv,
    addcmul,
    arctan2,
    atan2,
    clamp,
    clamp_,
    clamp_max,
    clamp_max_,
    clamp_min,
    clamp_min_,
    clip,
    clip_,
    div,
    divide,
    floor_divide,
    fmax,
    fmin,
    fmod,
    lerp,
    maximum,
    minimum,
    mul,
    multiply,
    pow,
    remainder,
    rsub,
    sub,
    subtract,
    true_divide,
)
from refnn.functions.quantile import nanquantile, quantile
from refnn.functions.random import rand, rand_like, randint, randint_like, randn, randn_like, randperm
from refnn.functions.random_sampling import bernoulli, multinomial, normal, poisson
from refnn.functions.ranges import (
    arange,
    eye,
    linspace,
    logspace,
    tril_indices,
    triu_indices,
)
from refnn.functions.rrelu import rrelu, rrelu_
from refnn.functions.cumulative import (
    cummax,
    cummin,
    cumprod,
    cumsum,
    cumulative_trapezoid,
    logcumsumexp,
    trapezoid,
    trapz,
)
from refnn.functions.reduction import (
    all,
    amax,
    amin,
    aminmax,
    any,
    argmax,
    argmin,
    count_nonzero,
    max,
    mean,
    min,
    nanmean,
    nansum,
    numel,
    prod,
    sum,
)
from refnn.functions.sorting import (
    argsort,
    bucketize,
    kthvalue,
    median,
    mode,
    msort,
    nanmedian,
    searchsorted,
    sort,
    topk,
    unique,
    unique_consecutive,
)
from refnn.functions.sparse import embedding, embedding_bag, embedding_renorm_
from refnn.functions.special import (
    digamma,
    erf,
    erf_,
    erfc,
    erfc_,
    erfinv,
    i0,
    i0_,
    lgamma,
    logit,
    logit_,
    polygamma,
    sinc,
    sinc_,
)
from refnn.functions.statistics import (
    bincount,
    corrcoef,
    cov,
    dist,
    histc,
    logsumexp,
    norm,
    renorm,
    std,
    std_mean,
    var,
    var_mean,
)
from refnn.functions.from_data import as_tensor, asarray, from_dlpack, from_numpy, tensor
from refnn.functions.gathering import gather, scatter, scatter_add, scatter_reduce, take_along_dim
from refnn.functions.index_dim import index_add, index_copy, index_fill, index_reduce, index_select, put, take
from refnn.functions.indexing import (
    index_put,
    index_put_,
)
from refnn.functions.joining import (
    block_diag,
    cartesian_prod,
    cat,
    chunk,
    column_stack,
    combinations,
    concat,
    concatenate,
    dsplit,
    dstack,
    hsplit,
    hstack,
    meshgrid,
    row_stack,
    split,
    split_with_sizes,
    stack,
    tensor_split,
    unbind,
    vsplit,
    vstack,
)
from refnn.functions.loss import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    kl_div,
    margin_ranking_loss,
    poisson_nll_loss,
    triplet_margin_loss,
)
from refnn.functions.loss_ctc import ctc_loss
from refnn.functions.masks import (
    argwhere,
    masked_fill,
    masked_scatter,
    masked_select,
    nonzero,
)
from refnn.functions.parts import (
    diag,
    diag_embed,
    diagflat,
    diagonal,
    diagonal_scatter,
    narrow,
    select,
    select_scatter,
    slice_scatter,
)
from refnn.functions.rearranging import (
    flip,
    fliplr,
    flipud,
    repeat_interleave,
    roll,
    rot90,
    tile,
    tril,
    triu,
    unravel_index,
)
from refnn.functions.shape import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    flatten,
    moveaxis,
    movedim,
    permute,
    ravel,
    reshape,
    squeeze,
    swapaxes,
    swapdims,
    t,
    transpose,
    unflatten,
    unsqueeze,
)
from refnn.functions.strided import as_strided, as_strided_, empty_strided
from refnn.functions.transposed import adjoint
from refnn.functions.weight_norm import _weight_norm, norm_except_dim
from refnn.functions.vision import affine_grid_generator, grid_sampler, grid_sampler_2d, grid_sampler_3d
from refnn.printing import set_printoptions
from refnn.random import (
    Generator,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from refnn.serialization import load, save
from refnn.settings import (
    are_deterministic_algorithms_enabled,
    get_default_device,
    get_deterministic_debug_mode,
    get_float32_matmul_precision,
    is_deterministic_algorithms_warn_only_enabled,
    set_default_device,
    set_float32_matmul_precision,
    use_deterministic_algorithms,
)
from refnn.tensor import Tensor
from refnn.threads import get_num_threads, set_num_threads
from refnn.types import (
    Size,
    channels_last,
    channels_last_3d,
    contiguous_format,
    device,
    layout,
    memory_format,
    preserve_format,
    strided,
)
from refnn.version import __version__

newaxis = None
half, float, double = float16, float32, float64
cfloat, cdouble = complex64, complex128
short, int, long = int16, int32, int64

for _name, _value in list(globals().items()):
    if hasattr(_value, "__code__") and _value.__module__.startswith(("refnn.functions.", "refnn.dtypes")):
        globals()[_name] = _as_called(_value, _name)

if _TYPE_CHECKING:
    from refnn import diff, func, linalg, nn, optim, testing, utils
    from refnn.nn.functional import (
        adaptive_avg_pool1d,
        avg_pool1d,
        bilinear,
        conv1d,
        conv2d,
        conv3d,
        conv_tbc,
        conv_transpose1d,
        conv_transpose2d,
        conv_transpose3d,
    )
    from refnn.nn.functional._namespace import (
        adaptive_max_pool1d,
        binary_cross_entropy_with_logits,
        gru_cell,
        lstm_cell,
        max_pool1d,
        max_pool2d,
        max_pool3d,
        rnn_relu_cell,
        rnn_tanh_cell,
    )
else:
    _LATER = ("diff", "func", "linalg", "nn", "optim", "testing", "utils")
    # torch has these functions of nn.functional in its own namespace too.
    _FUNCTIONALS = (
        "adaptive_avg_pool1d", "avg_pool1d", "bilinear", "conv1d", "conv2d", "conv3d", "conv_tbc",
        "conv_transpose1d", "conv_transpose2d", "conv_transpose3d",
    )  # fmt: skip
    # And these, with parameters of their own.
    _OTHERS = (
        "adaptive_max_pool1d", "binary_cross_entropy_with_logits", "gru_cell", "lstm_cell", "max_pool1d", "max_pool2d",
        "max_pool3d", "rnn_relu_cell", "rnn_tanh_cell",
    )  # fmt: skip

    def __getattr__(name: str) -> object:
        if name in _LATER:
            return _import_module(f"refnn.{name}")
        if name in _FUNCTIONALS:
            return getattr(_import_module("refnn.nn.functional"), name)
        if name in _OTHERS:
            return getattr(_import_module("refnn.nn.functional._namespace"), name)
        raise AttributeError(f"module 'refnn' has no attribute '{name}'")

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LATER, *_FUNCTIONALS, *_OTHERS})
