"""Both pySigma 1.5 and 2 are supported; `make test` runs these tests with each and says which one it means."""

from __future__ import annotations

import os
from importlib.metadata import version


def test_the_suite_runs_with_the_pysigma_it_was_asked_for() -> None:
    found = version("pysigma")
    assert found.startswith(os.environ.get("RULEPROOF_PYSIGMA", ("1.5.", "2."))), found
