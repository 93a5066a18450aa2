"""torch.nn.functional: the layers as functions. They check their arguments and raise torch's errors."""

from refnn.nn.functional.activation import (
    celu,
    celu_,
    elu,
    elu_,
    glu,
    leaky_relu,
    leaky_relu_,
    log_softmax,
    prelu,
    relu,
    relu_,
    selu,
    selu_,
    softmax,
    softmin,
    threshold,
    threshold_,
)
from refnn.nn.functional.activation_hard import (
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    relu6,
    softshrink,
)
from refnn.nn.functional.activation_smooth import (
    gelu,
    logsigmoid,
    mish,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
    tanhshrink,
)
from refnn.nn.functional.attention import scaled_dot_product_attention
from refnn.nn.functional.attention_heads import multi_head_attention_forward
from refnn.nn.functional.channelshuffle import channel_shuffle, native_channel_shuffle
from refnn.nn.functional.conv import (
    conv1d,
    conv2d,
    conv3d,
    conv_tbc,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from refnn.nn.functional.distance import cosine_similarity, normalize, pairwise_distance, pdist
from refnn.nn.functional.dropout import (
    alpha_dropout,
    dropout,
    dropout1d,
    dropout2d,
    dropout3d,
    feature_alpha_dropout,
)
from refnn.nn.functional.fold import fold, unfold
from refnn.nn.functional.linear import bilinear, linear
from refnn.nn.functional.linear_cross_entropy import linear_cross_entropy
from refnn.nn.functional.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    l1_loss,
    mse_loss,
    nll_loss,
)
from refnn.nn.functional.loss_ctc import ctc_loss
from refnn.nn.functional.loss_embedding import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from refnn.nn.functional.loss_margin import (
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
)
from refnn.nn.functional.loss_regression import (
    gaussian_nll_loss,
    huber_loss,
    kl_div,
    poisson_nll_loss,
    smooth_l1_loss,
)
from refnn.nn.functional.normalization import (
    batch_norm,
    group_norm,
    instance_norm,
    layer_norm,
    local_response_norm,
    rms_norm,
)
from refnn.nn.functional.padding import pad
from refnn.nn.functional.pixelshuffle import pixel_shuffle, pixel_unshuffle
from refnn.nn.functional.pooling import (
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool1d_with_indices,
    max_pool2d,
    max_pool2d_with_indices,
    max_pool3d,
    max_pool3d_with_indices,
)
from refnn.nn.functional.pooling_adaptive import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool1d_with_indices,
    adaptive_max_pool2d,
    adaptive_max_pool2d_with_indices,
    adaptive_max_pool3d,
    adaptive_max_pool3d_with_indices,
    fractional_max_pool2d,
    fractional_max_pool2d_with_indices,
    fractional_max_pool3d,
    fractional_max_pool3d_with_indices,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)
from refnn.nn.functional.random import gumbel_softmax, rrelu, rrelu_
from refnn.nn.functional.sparse import embedding, embedding_bag, one_hot
from refnn.nn.functional.upsampling import interpolate, upsample, upsample_bilinear, upsample_nearest
from refnn.nn.functional.vision import affine_grid, grid_sample

__all__ = [
    # activation
    "celu",
    "celu_",
    "elu",
    "elu_",
    "glu",
    "leaky_relu",
    "leaky_relu_",
    "log_softmax",
    "prelu",
    "relu",
    "relu_",
    "selu",
    "selu_",
    "softmax",
    "softmin",
    "threshold",
    "threshold_",
    # activation_hard
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "hardtanh_",
    "relu6",
    "softshrink",
    # activation_smooth
    "gelu",
    "logsigmoid",
    "mish",
    "sigmoid",
    "silu",
    "softplus",
    "softsign",
    "tanh",
    "tanhshrink",
    # attention
    "multi_head_attention_forward",
    "scaled_dot_product_attention",
    # channelshuffle
    "channel_shuffle",
    "native_channel_shuffle",
    # conv
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_tbc",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    # distance
    "cosine_similarity",
    "normalize",
    "pairwise_distance",
    "pdist",
    # dropout
    "alpha_dropout",
    "dropout",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "feature_alpha_dropout",
    # fold
    "fold",
    "unfold",
    # linear
    "bilinear",
    "linear",
    # linear_cross_entropy
    "linear_cross_entropy",
    # loss
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "l1_loss",
    "mse_loss",
    "nll_loss",
    # loss_ctc
    "ctc_loss",
    # loss_embedding
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
    # loss_margin
    "multi_margin_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    # loss_regression
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "poisson_nll_loss",
    "smooth_l1_loss",
    # normalization
    "batch_norm",
    "group_norm",
    "instance_norm",
    "layer_norm",
    "local_response_norm",
    "rms_norm",
    # padding
    "pad",
    # pixelshuffle
    "pixel_shuffle",
    "pixel_unshuffle",
    # pooling
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
    # pooling_adaptive
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
    # random
    "gumbel_softmax",
    "rrelu",
    "rrelu_",
    # sparse
    "embedding",
    "embedding_bag",
    "one_hot",
    # upsampling
    "interpolate",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
    # vision
    "affine_grid",
    "grid_sample",
]
