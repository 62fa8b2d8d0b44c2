"""A Sigma file in the layout of SigmaHQ: four spaces, lists below their key indented. Order, quotes, comments stay."""

from __future__ import annotations

import io
import re
from typing import Any


def lay_out_yaml(text: str) -> str:
    """The file's text; raises what the YAML library raises (a `ValueError` among others) where it cannot."""
    from ruamel.yaml import YAML

    yaml: Any = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 1_000_000
    yaml.indent(mapping=4, sequence=6, offset=4)
    yaml.allow_unicode = True
    documents = list(yaml.load_all(text))
    out = io.StringIO()
    if re.match(r"---\s*$", text.lstrip("\ufeff").split("\n", 1)[0]):
        yaml.explicit_start = True
    if len(documents) == 1:
        yaml.dump(documents[0], out)
    else:
        yaml.dump_all(documents, out)
    return tidy(out.getvalue())


def tidy(text: str) -> str:
    """Without space at the ends of lines and blank lines at the end of the file; full-line comments beside what
    follows them."""
    lines = [line.rstrip() for line in text.split("\n")]
    for number, line in enumerate(lines):
        if line.lstrip().startswith("#") and line[0] == " ":
            following = next(
                (other for other in lines[number + 1 :] if other and not other.lstrip().startswith("#")), ""
            )
            lines[number] = " " * (len(following) - len(following.lstrip())) + line.lstrip()
    return "\n".join(lines).strip("\n") + "\n"
