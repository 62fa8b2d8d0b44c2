"""A Sigma file in the layout of SigmaHQ: four spaces, lists below their key indented. Order, quotes, comments stay."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any


def lay_out_yaml(text: str) -> str:
    """The file's text; raises what the YAML library raises (a `ValueError` among others) where it cannot."""
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=4, sequence=6, offset=4)
    yaml.allow_unicode = True
    yaml.Representer = _representer()
    documents = list(yaml.load_all(text))
    out = io.StringIO()
    if re.match(r"---\s*$", text.lstrip("\ufeff").split("\n", 1)[0]):
        yaml.explicit_start = True
    if len(documents) == 1:
        yaml.dump(documents[0], out)
    else:
        yaml.dump_all(documents, out)
    return tidy(out.getvalue())


@cache
def _representer() -> Any:
    """The library's own, with nothing written as `null`; a class of its own, since these tables belong to classes."""
    from ruamel.yaml.representer import RoundTripRepresenter

    made: Any = type("Representer", (RoundTripRepresenter,), {})
    made.add_representer(type(None), lambda r, _: r.represent_scalar("tag:yaml.org,2002:null", "null"))
    return made


def tidy(text: str) -> str:
    """Without space at the ends of lines and blank lines at the end of the file; a full-line comment that stands
    beside neither the line above nor the one below comes beside the latter."""
    lines = [line.rstrip() for line in text.split("\n")]
    above, below = _nearest(lines), _nearest(lines[::-1])[::-1]
    for number, line in enumerate(lines):
        near = below[number]
        if line.lstrip().startswith("#") and near is not None and _indent(line) not in (above[number], near):
            lines[number] = " " * near + line.lstrip()
    return "\n".join(lines).strip("\n") + "\n"


def _nearest(lines: list[str]) -> list[int | None]:
    """For each line the indentation of the last one before it that is neither empty nor a comment."""
    found: list[int | None] = []
    last = None
    for line in lines:
        found.append(last)
        if line and not line.lstrip().startswith("#"):
            last = _indent(line)
    return found


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
