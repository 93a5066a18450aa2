"""channel_shuffle and native_channel_shuffle."""

from __future__ import annotations

from refnn.functions.channelshuffle import channel_shuffle, native_channel_shuffle

__all__ = ["channel_shuffle", "native_channel_shuffle"]
