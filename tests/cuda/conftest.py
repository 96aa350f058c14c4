# SPDX-License-Identifier: Apache-2.0
"""Where no CUDA device or no kernels are, nothing here runs, and one line says so."""

from pathlib import Path

import pytest
import torch
from attnwalk.torch import _cuda

BUILT = (Path(_cuda.__file__).parent.parent / _cuda.NAME).is_file()


def pytest_collection_modifyitems(items):
    missing = "" if BUILT else "no CUDA kernels in this package"
    if not torch.cuda.is_available():
        missing = "no CUDA device"
    for item in items:
        if missing and Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=f"not run: {missing} here"))
