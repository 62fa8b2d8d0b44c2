"""The house has floors: a layer imports only what stands above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import converter

PACKAGE = Path(__file__).resolve().parents[1] / "converter"

#: Top to bottom, as docs/architecture.md tells it.
LAYERS = (
    "diagnostics", "tree", "fields", "query", "matching", "mapping", "normalise", "languages", "proof", "documents",
    "porting", "alerting", "engines", "replay", "export", "config", "cache", "checks", "audit", "reports", "diffing",
    "formatting", "scaffold", "api", "cli",
)  # fmt: skip

#: Imports against the order, each with the reason that it may stay.
ALLOWED: dict[tuple[str, str], str] = {}


def layer_of(module: str) -> str | None:
    """The layer of a module; of a name taken from the package itself, the layer that defines it."""
    parts = module.split(".")
    if parts[-1] == "__version__":
        return None
    if parts[0] == "converter" and len(parts) == 2 and parts[1] in converter.__all__:
        parts = converter._PUBLIC[parts[1]].split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "converter" else None


def imports(path: Path) -> Iterator[tuple[int, str]]:
    package = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{package}:{node.lineno}: write imports in full"
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}" if node.module == "converter" else str(node.module)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_layer_or_above(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert own in LAYERS, f"{own} is no layer; give it a place in the list"
    for line, module in imports(path):
        other = layer_of(module)
        if other is None or other == own or (own, other) in ALLOWED:
            continue
        assert other in LAYERS, f"{path}:{line}: {module} is of no layer"
        assert LAYERS.index(other) < LAYERS.index(own), f"{path}:{line}: {own} may not import {other}"


def test_a_language_knows_no_other_language() -> None:
    base = PACKAGE / "languages"
    for path in base.rglob("*.py"):
        own = path.relative_to(base).parts[0].removesuffix(".py")
        for line, module in imports(path):
            parts = module.split(".")
            if parts[:2] == ["converter", "languages"] and len(parts) > 2 and own != "__init__":
                assert parts[2] in (own, "parse", "render", "get", "names", "Language", "Parsed"), f"{path}:{line}"
