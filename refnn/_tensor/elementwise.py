"""Methods that compute element by element: functions of refnn/functions/, taken over as they are."""

from __future__ import annotations

from refnn._tensor.operators import Operators
from refnn.functions import (
    activation,
    bivariate,
    comparison,
    elementary,
    pointwise,
    special,
)


class Elementwise(Operators):
    """Methods by family; the tensor is the first argument."""

    # pointwise
    exp = elementary.exp
    exp_ = elementary.exp_
    exp2 = elementary.exp2
    exp2_ = elementary.exp2_
    expm1 = elementary.expm1
    expm1_ = elementary.expm1_
    log = elementary.log
    log_ = elementary.log_
    log2 = elementary.log2
    log2_ = elementary.log2_
    log10 = elementary.log10
    log10_ = elementary.log10_
    log1p = elementary.log1p
    log1p_ = elementary.log1p_
    sqrt = elementary.sqrt
    sqrt_ = elementary.sqrt_
    rsqrt = elementary.rsqrt
    rsqrt_ = elementary.rsqrt_
    reciprocal = elementary.reciprocal
    reciprocal_ = elementary.reciprocal_
    square = elementary.square
    square_ = elementary.square_
    sin = elementary.sin
    sin_ = elementary.sin_
    cos = elementary.cos
    cos_ = elementary.cos_
    tan = elementary.tan
    tan_ = elementary.tan_
    asin = elementary.asin
    asin_ = elementary.asin_
    acos = elementary.acos
    acos_ = elementary.acos_
    atan = elementary.atan
    atan_ = elementary.atan_
    sinh = elementary.sinh
    sinh_ = elementary.sinh_
    cosh = elementary.cosh
    cosh_ = elementary.cosh_
    asinh = elementary.asinh
    asinh_ = elementary.asinh_
    acosh = elementary.acosh
    acosh_ = elementary.acosh_
    atanh = elementary.atanh
    atanh_ = elementary.atanh_
    tanh = elementary.tanh
    tanh_ = elementary.tanh_
    sigmoid = elementary.sigmoid
    sigmoid_ = elementary.sigmoid_
    relu = elementary.relu
    relu_ = elementary.relu_
    abs = elementary.abs
    abs_ = elementary.abs_
    absolute = elementary.absolute
    sign = elementary.sign
    sign_ = elementary.sign_
    sgn = elementary.sgn
    floor = elementary.floor
    floor_ = elementary.floor_
    ceil = elementary.ceil
    ceil_ = elementary.ceil_
    trunc = elementary.trunc
    trunc_ = elementary.trunc_
    fix = elementary.fix
    frac = elementary.frac
    frac_ = elementary.frac_
    isnan = comparison.isnan
    isinf = comparison.isinf
    isfinite = comparison.isfinite
    logical_not = comparison.logical_not
    maximum = pointwise.maximum
    minimum = pointwise.minimum
    fmax = pointwise.fmax
    fmin = pointwise.fmin
    atan2 = pointwise.atan2
    atan2_ = pointwise.atan2_
    arctan2 = pointwise.arctan2
    remainder = pointwise.remainder
    remainder_ = pointwise.remainder_
    fmod = pointwise.fmod
    fmod_ = pointwise.fmod_
    floor_divide = pointwise.floor_divide
    floor_divide_ = pointwise.floor_divide_
    eq = comparison.eq
    eq_ = comparison.eq_
    ne = comparison.ne
    ne_ = comparison.ne_
    lt = comparison.lt
    lt_ = comparison.lt_
    le = comparison.le
    le_ = comparison.le_
    gt = comparison.gt
    gt_ = comparison.gt_
    ge = comparison.ge
    ge_ = comparison.ge_
    not_equal = comparison.not_equal
    less = comparison.less
    less_equal = comparison.less_equal
    greater = comparison.greater
    greater_equal = comparison.greater_equal
    logical_and = comparison.logical_and
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    logical_and_ = comparison.logical_and_
    logical_or_ = comparison.logical_or_
    bitwise_and = comparison.bitwise_and
    bitwise_and_ = comparison.bitwise_and_
    bitwise_or = comparison.bitwise_or
    bitwise_or_ = comparison.bitwise_or_
    bitwise_xor = comparison.bitwise_xor
    bitwise_xor_ = comparison.bitwise_xor_
    bitwise_left_shift = comparison.bitwise_left_shift
    bitwise_right_shift = comparison.bitwise_right_shift
    add = pointwise.add
    add_ = pointwise.add_
    sub = pointwise.sub
    sub_ = pointwise.sub_
    rsub = pointwise.rsub
    mul = pointwise.mul
    mul_ = pointwise.mul_
    multiply = pointwise.multiply
    multiply_ = pointwise.multiply_
    subtract = pointwise.subtract
    subtract_ = pointwise.subtract_
    div = pointwise.div
    div_ = pointwise.div_
    divide = pointwise.divide
    divide_ = pointwise.divide_
    true_divide = pointwise.true_divide
    neg = elementary.neg
    neg_ = elementary.neg_
    negative = elementary.negative
    pow = pointwise.pow
    pow_ = pointwise.pow_
    round = elementary.round
    round_ = elementary.round_
    bitwise_not = comparison.bitwise_not
    clamp = pointwise.clamp
    clamp_ = pointwise.clamp_
    clip = pointwise.clip
    clip_ = pointwise.clip_
    clamp_min = pointwise.clamp_min
    clamp_max = pointwise.clamp_max
    lerp = pointwise.lerp
    lerp_ = pointwise.lerp_
    addcmul = pointwise.addcmul
    addcmul_ = pointwise.addcmul_
    addcdiv = pointwise.addcdiv
    addcdiv_ = pointwise.addcdiv_
    arctan2_ = pointwise.arctan2_
    true_divide_ = pointwise.true_divide_
    clamp_min_ = pointwise.clamp_min_
    clamp_max_ = pointwise.clamp_max_
    nan_to_num = elementary.nan_to_num
    arcsin = elementary.arcsin
    arcsin_ = elementary.arcsin_
    arccos = elementary.arccos
    arccos_ = elementary.arccos_
    arctan = elementary.arctan
    arctan_ = elementary.arctan_
    arcsinh = elementary.arcsinh
    arcsinh_ = elementary.arcsinh_
    arccosh = elementary.arccosh
    arccosh_ = elementary.arccosh_
    arctanh = elementary.arctanh
    arctanh_ = elementary.arctanh_
    absolute_ = elementary.absolute_
    sgn_ = elementary.sgn_
    fix_ = elementary.fix_
    deg2rad = elementary.deg2rad
    deg2rad_ = elementary.deg2rad_
    rad2deg = elementary.rad2deg
    rad2deg_ = elementary.rad2deg_
    negative_ = elementary.negative_
    positive = elementary.positive
    nan_to_num_ = elementary.nan_to_num_
    isclose = comparison.isclose
    allclose = comparison.allclose
    equal = comparison.equal
    not_equal_ = comparison.not_equal_
    less_ = comparison.less_
    less_equal_ = comparison.less_equal_
    greater_ = comparison.greater_
    greater_equal_ = comparison.greater_equal_
    isreal = comparison.isreal
    logical_not_ = comparison.logical_not_
    logical_xor_ = comparison.logical_xor_
    bitwise_left_shift_ = comparison.bitwise_left_shift_
    bitwise_right_shift_ = comparison.bitwise_right_shift_
    bitwise_not_ = comparison.bitwise_not_
    isposinf = comparison.isposinf
    isneginf = comparison.isneginf
    signbit = comparison.signbit

    # bivariate
    hypot = bivariate.hypot
    hypot_ = bivariate.hypot_
    copysign = bivariate.copysign
    copysign_ = bivariate.copysign_
    logaddexp = bivariate.logaddexp
    logaddexp2 = bivariate.logaddexp2
    xlogy = bivariate.xlogy
    xlogy_ = bivariate.xlogy_
    nextafter = bivariate.nextafter
    nextafter_ = bivariate.nextafter_
    gcd = bivariate.gcd
    gcd_ = bivariate.gcd_
    lcm = bivariate.lcm
    lcm_ = bivariate.lcm_
    heaviside = bivariate.heaviside
    heaviside_ = bivariate.heaviside_
    ldexp = bivariate.ldexp
    ldexp_ = bivariate.ldexp_
    float_power = bivariate.float_power
    float_power_ = bivariate.float_power_
    frexp = bivariate.frexp

    # activation
    softmax = activation.softmax
    log_softmax = activation.log_softmax
    prelu = activation.prelu
    hardshrink = activation.hardshrink

    # special
    erf = special.erf
    erf_ = special.erf_
    erfc = special.erfc
    erfc_ = special.erfc_
