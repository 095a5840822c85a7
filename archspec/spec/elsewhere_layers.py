"""The layers of PyTorch and Keras: their names in archspec, and the layers that archspec lacks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OF_TORCH: Mapping[str, str] = MappingProxyType(
    {
        "AdaptiveAvgPool2d": "AdaptiveAveragePooling2D",
        "AdaptiveMaxPool2d": "AdaptiveMaxPooling2D",
        "AvgPool2d": "AveragePooling2D",
        "BatchNorm1d": "BatchNormalization",
        "BatchNorm2d": "BatchNormalization",
        "Conv2d": "Conv2D",
        "ConvTranspose2d": "Conv2DTranspose",
        "CrossMapLRN2d": "LocalResponseNormalization",
        "Dropout2d": "SpatialDropout2D",
        "Hardsigmoid": "HardSigmoid",
        "Hardswish": "HardSiLU",
        "Identity": "Linear",
        "LayerNorm": "LayerNormalization",
        "LazyBatchNorm1d": "BatchNormalization",
        "LazyBatchNorm2d": "BatchNormalization",
        "LazyConv2d": "Conv2D",
        "LazyConvTranspose2d": "Conv2DTranspose",
        "LazyLinear": "Dense",
        "Linear": "Dense",
        "LocalResponseNorm": "LocalResponseNormalization",
        "MaxPool2d": "MaxPooling2D",
        "ModuleList": "Sequential",
        "Softmax2d": "Softmax",
        "SyncBatchNorm": "BatchNormalization",
        "Unflatten": "Reshape",
        "Upsample": "UpSampling2D",
        "UpsamplingNearest2d": "UpSampling2D",
        "ZeroPad2d": "ZeroPadding2D",
    }
)
"""The layer types for PyTorch's modules."""

OF_KERAS: Mapping[str, str] = MappingProxyType(
    {
        "AvgPool2D": "AveragePooling2D",
        "Convolution2D": "Conv2D",
        "Convolution2DTranspose": "Conv2DTranspose",
        "GlobalAvgPool2D": "GlobalAveragePooling2D",
        "GlobalMaxPool2D": "GlobalMaxPooling2D",
        "Identity": "Linear",
        "MaxPool2D": "MaxPooling2D",
        "SeparableConvolution2D": "SeparableConv2D",
    }
)
"""The layer types for Keras's other names; most layers have Keras's names."""

OF_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("BN", "bn"), "BatchNormalization"),
        **dict.fromkeys(("Convolution", "convolutional", "conv"), "Conv2D"),
        **dict.fromkeys(("FC", "fc", "FullyConnected", "fully_connected", "InnerProduct"), "Dense"),
        **dict.fromkeys(("GAP", "gap"), "GlobalAveragePooling2D"),
        **dict.fromkeys(("Concat", "route"), "Concatenate"),
        **dict.fromkeys(("Eltwise", "shortcut"), "Add"),
        "LN": "LayerNormalization",
        "LRN": "LocalResponseNormalization",
        "DropPath": "StochasticDepth",
        "FrozenBatchNorm2d": "BatchNormalization",
        "Gemm": "Dense",
        "GlobalAveragePool": "GlobalAveragePooling2D",
        "Swish": "SiLU",
    }
)
"""Names in timm, torchvision, ONNX, Caffe, Darknet and many papers."""

LAYERS: Mapping[str, str] = MappingProxyType({**OF_OTHERS, **OF_KERAS, **OF_TORCH})

_LACKING = """
AdaptiveAvgPool1d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool3d AlphaDropout AvgPool1d AvgPool3d BatchNorm3d
Bilinear CELU CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d Conv1d Conv3d
ConvTranspose1d ConvTranspose3d CosineSimilarity Dropout1d Dropout3d Embedding EmbeddingBag FeatureAlphaDropout Fold
FractionalMaxPool2d FractionalMaxPool3d GLU GRU GRUCell GroupNorm Hardshrink Hardtanh InstanceNorm1d InstanceNorm2d
InstanceNorm3d LPPool1d LPPool2d LPPool3d LSTM LSTMCell LazyBatchNorm3d LazyConv1d LazyConv3d LazyConvTranspose1d
LazyConvTranspose3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d LogSigmoid LogSoftmax MaxPool1d
MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d ModuleDict MultiheadAttention PairwiseDistance PixelShuffle
PixelUnshuffle RMSNorm RNN RNNCell RReLU ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d
ReplicationPad2d ReplicationPad3d Softmin Softshrink Tanhshrink Threshold Transformer TransformerDecoder
TransformerDecoderLayer TransformerEncoder TransformerEncoderLayer Unfold UpsamplingBilinear2d ZeroPad1d ZeroPad3d

ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling3D
AdditiveAttention Attention AveragePooling1D AveragePooling3D Bidirectional CategoryEncoding CenterCrop
Conv1DTranspose Conv3DTranspose ConvLSTM1D ConvLSTM2D ConvLSTM3D Convolution1D Convolution1DTranspose Convolution3D
Convolution3DTranspose Cropping1D Cropping3D DepthwiseConv1D Discretization Dot EinsumDense GaussianDropout
GaussianNoise GlobalAveragePooling1D GlobalAveragePooling3D GlobalAvgPool1D GlobalAvgPool3D GlobalMaxPool1D
GlobalMaxPool3D GlobalMaxPooling1D GlobalMaxPooling3D GroupNormalization GroupQueryAttention HashedCrossing Hashing
IntegerLookup Lambda LocallyConnected1D LocallyConnected2D Masking MaxPooling1D MaxPooling3D MelSpectrogram
MultiHeadAttention RMSNormalization RandomBrightness RandomContrast RandomCrop RandomErasing
RandomFlip RandomRotation RandomTranslation RandomZoom RepeatVector ReversibleEmbedding STFTSpectrogram
SeparableConv1D SeparableConvolution1D SimpleRNN SimpleRNNCell SpatialDropout1D SpatialDropout3D
SpectralNormalization StackedRNNCells StringLookup TextVectorization ThresholdedReLU TimeDistributed
UnitNormalization UpSampling1D UpSampling3D ZeroPadding1D ZeroPadding3D

CrossAttention DeformConv2d InstanceNormalization MatMul ScaledDotProductAttention
"""

LACKING = frozenset(_LACKING.split())
"""The layers of Keras, PyTorch and others that archspec lacks."""

_LACKING_FOLDED = frozenset(map(str.lower, LACKING))


def layer_type(name: str) -> str | None:
    """The layer type for a name of PyTorch or Keras (`Conv2d`, `nn.Conv2d`); None for other names."""
    return LAYERS.get(name.rpartition(".")[2])


def is_lacking(name: str) -> bool:
    """Whether this is another library's layer that archspec lacks; case is ignored."""
    return name.rpartition(".")[2].lower() in _LACKING_FOLDED
