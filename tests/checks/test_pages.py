"""The pages about checks are true: made from the checks, naming what there is."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

from converter.checks import checks
from converter.checks.called import needs_network

ROOT = Path(__file__).resolve().parents[2]
OTHERS = (ROOT / "docs" / "checks_of_others.md").read_text(encoding="utf-8")


def test_the_page_of_checks_is_fresh() -> None:
    spec = importlib.util.spec_from_file_location("build_checks_page", ROOT / "tools" / "build_checks_page.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert (ROOT / "docs" / "checks.md").read_text("utf-8") == tool.page(), "run tools/build_checks_page.py"


def test_every_code_that_is_named_exists() -> None:
    named = set(re.findall(r"\bRP\d{3}\b", OTHERS))
    assert named and named <= {check.code for check in checks()}


@pytest.mark.parametrize("package", ["core", "sigmahq"])
def test_every_validator_that_is_not_called_is_named_with_the_reason(package: str) -> None:
    module = pytest.importorskip(f"sigma.validators.{package}")
    base = importlib.import_module("sigma.validators.base").SigmaRuleValidator
    left_out = {
        name for name, cls in module.validators.items() if needs_network(cls) or cls.finalize is not base.finalize
    }
    assert {name for name in left_out if name not in OTHERS} == set()
