"""These tests build Keras models; without TensorFlow they are skipped."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("keras") and importlib.util.find_spec("tensorflow") else ["test_*"]
