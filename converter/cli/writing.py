"""Ports and documents into files: each whole, under its final name only when it is complete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from converter.diagnostics import UsageError

if TYPE_CHECKING:
    from converter.documents import Document
    from converter.porting import Port

_SUFFIXES = {"docs": ".md", "sigma": ".yml"}
#: Formats whose one file holds several rules.
_JOINING = ("ndjson", "json")


def write_ports(ports: Sequence[tuple[Document, Port]], to: str, output: str) -> None:
    """The ports' texts into a file, or into a folder, one file a rule. Raises `UsageError`."""
    from converter.documents import dump

    if is_folder(output):
        write_folder([(document, port.text or "") for document, port in ports], to, output)
        return
    if not ports:
        return
    if to in _JOINING:
        write_file(output, dump([port.extra["document"] for _, port in ports], to))
    elif len(ports) == 1:
        write_file(output, ports[0][1].text or "")
    else:
        raise UsageError(f"one file of `{to}` holds one rule, not {len(ports)}", help="name a folder that ends in `/`")


def is_folder(output: str) -> bool:
    """A folder that is there, or a name that can only be one."""
    return Path(output).is_dir() or output.endswith("/") or not Path(output).suffix


def write_folder(texts: Sequence[tuple[Document, str]], to: str, output: str) -> None:
    """A file a rule, named by the rule; names that come twice are numbered."""
    taken: set[str] = set()
    for document, text in texts:
        name = file_name(document, to, taken)
        write_file(str(Path(output) / name), text)


def file_name(document: Document, to: str, taken: set[str]) -> str:
    """The file's own name with the target's ending, else the rule's title."""
    from converter.documents.docs_write import slug
    from converter.languages import get, names

    suffix = get(to).suffixes[0] if to in names() and to != "sigma" else _SUFFIXES.get(to, f".{to}")
    alone = document.path is not None and not document.siblings
    stem = Path(document.path or "").stem if alone else slug(document.name).replace("-", "_")
    name, number = f"{stem}{suffix}", 1
    while name.lower() in taken:
        number += 1
        name = f"{stem}_{number}{suffix}"
    taken.add(name.lower())
    return name


def write_file(path: str, text: str) -> None:
    """Raises `UsageError` where the path cannot be written."""
    from converter.export.export import replace_file

    try:
        replace_file(Path(path), text if text.endswith("\n") else text + "\n")
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {(error.strerror or str(error)).lower()}") from None
    click.echo(path, err=True)
