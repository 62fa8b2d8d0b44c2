"""Shared fixtures of the suite."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real rules and recorded cases beside the checkout; tests that need it skip without it."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared with real rules and recorded cases is not here")
    return SHARED
