"""YAML as rules and events are written in it: Sigma rules, event files, fixtures.

YAML 1.1 as pySigma reads it, save that dates stay the text that was written, keys are always text, and a key that
comes twice is an error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import yaml

from converter.diagnostics import Diagnostic, DocumentError, ParseError, Source, Span
from converter.documents.document import Document, Place, show_pointer
from converter.documents.json_read import kind_of
from converter.documents.positions import Pointer, Spot, Spots, yaml_spots
from converter.documents.text import normalise, plain

_WORDING = {
    "mapping values are not allowed": ("a `:` stands where no key can", "quote the text, or check the indentation"),
    "found character '\\t'": ("a tab stands in the indentation", "indent with spaces"),
    "found a tab character that violates": ("a tab stands in the indentation", "indent with spaces"),
    "found character '%' that cannot start": ("a value cannot begin with `%`", "quote it"),
    "found character '@' that cannot start": ("a value cannot begin with `@`", "quote it"),
    "found character '`' that cannot start": ("a value cannot begin with a backquote", "quote it"),
    "found unexpected end of stream": ("the text ends too early", "close the quotes"),
    "found unknown escape character": ("this backslash begins no escape", "use single quotes"),
    "found undefined alias": ("this `*name` is defined nowhere", "quote a text that begins with `*`"),
    "did not find expected alphabetic or numeric character": (
        "a value cannot begin with `*` or `&`",
        "quote it, for example '*.exe'",
    ),
    "could not find expected ':'": ("expected `:` after the key", None),
    "did not find expected key": ("expected a key", "check the indentation and the quotes"),
    "did not find expected '-' indicator": ("expected `-`", "check the indentation"),
    "did not find expected ',' or ']'": ("expected `,` or `]`", None),
    "did not find expected ',' or '}'": ("expected `,` or `}`", None),
    "exceeded maximum nesting depth": ("the file is nested too deeply", None),
    "control characters are not allowed": ("a control character stands in the text", "write it as an escape"),
}

#: More values than a file with anchors should unfold to: aliases can name one value a billion times.
MAX_VALUES = 300_000


@cache
def loader() -> Any:
    """The loader class: libyaml's if it is there, else PyYAML's own."""
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(base):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
            if not isinstance(node, yaml.MappingNode):
                raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
            own = {id(key): None for key, _ in node.value}
            self.flatten_mapping(node)
            mapping: dict[str, Any] = {}
            seen: set[str] = set()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    raise yaml.constructor.ConstructorError(None, None, "a key is not plain text", key.start_mark)
                if id(key) in own:
                    if key.value in seen:
                        raise _Doubled(key)
                    seen.add(key.value)
                mapping[key.value] = self.construct_object(value, deep=deep)
            return mapping

        def construct_float(self, node: Any) -> float:
            number: float = self.construct_yaml_float(node)
            if number != number or number in (float("inf"), float("-inf")):
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{node.value}` is no number that a rule can hold", node.start_mark
                )
            return number

    resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in base.yaml_implicit_resolvers.items()
    }
    Loader.yaml_implicit_resolvers = resolvers
    Loader.add_constructor("tag:yaml.org,2002:float", Loader.construct_float)
    for tag in ("timestamp", "binary"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", base.construct_yaml_str)
    for tag in ("set", "omap", "pairs"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", base.construct_undefined)
    return Loader


class _Doubled(Exception):
    def __init__(self, node: Any) -> None:
        super().__init__(node.value)
        self.node = node


def parse_yaml(source: Source) -> list[tuple[Any, Span, Callable[[], Spots]]]:
    """The YAML documents of a text: value, extent, positions; empty documents are left out.

    Raises `ParseError` or `DocumentError` with the place.
    """
    found: list[tuple[Any, Span, Callable[[], Spots]]] = []
    try:
        parser = loader()(source.text)
        try:
            while parser.check_node():
                node = parser.get_node()
                value = parser.construct_document(node)
                if value is None:
                    continue
                spots = _lazy(node)
                if "&" in source.text or "\\" in source.text:
                    value = _plain(value, source, spots)
                found.append((value, Span(node.start_mark.index, node.end_mark.index), spots))
        finally:
            parser.dispose()
    except _Doubled as error:
        mark = error.node.start_mark
        span = Span(mark.index, error.node.end_mark.index)
        message = f"the key `{error}` stands here a second time"
        raise ParseError(message, span=span, source=source, help="keep one of the two") from None
    except yaml.YAMLError as error:
        raise _explained(error, source) from None
    except RecursionError:
        raise DocumentError("the file is nested too deeply", source=source) from None
    except (ValueError, LookupError, TypeError, AttributeError, OverflowError) as error:  # a tag that its value belies
        message = f"not valid YAML: a value cannot be read under its tag ({str(error).lower()})"
        raise ParseError(
            message, source=source, help="check that the value fits its tag, or leave the tag out"
        ) from None
    return found


def _lazy(node: Any) -> Callable[[], Spots]:
    found: list[dict[Pointer, Spot]] = []

    def scan() -> Spots:
        if not found:
            found.append(yaml_spots(node))
        return found[0]

    return scan


def _plain(value: Any, source: Source, spots: Callable[[], Spots]) -> Any:
    problems: list[Diagnostic] = []

    def note(at: Pointer, what: str) -> None:
        spot = spots().get(at)
        problems.append(
            Diagnostic("document", f"`{show_pointer(at)}` holds {what}", "error", spot.value if spot else None, source)
        )

    value = plain(value, note, limit=MAX_VALUES if "&" in source.text else None)
    if problems:
        raise DocumentError.of(problems)
    return value


def _explained(error: yaml.YAMLError, source: Source) -> ParseError:
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable")
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    at = mark.index if mark is not None else getattr(error, "position", 0)
    at = at if isinstance(at, int) else 0
    if at >= len(source.text):
        at = max(0, len(source.text.rstrip()) - 1)
    if at and "alphabetic or numeric" in problem and source.text[at - 1] in "*&":
        at -= 1
    lowered = problem[:1].lower() + problem[1:]
    if source.text[at : at + 1] == "\t" and "cannot start any token" in problem:
        lowered = "found character '\\t'"
    for start, (wording, help) in _WORDING.items():
        if lowered.startswith(start):
            return ParseError(f"not valid YAML: {wording}", span=Span(at, at + 1), source=source, help=help)
    return ParseError(f"not valid YAML: {lowered.rstrip('.')}", span=Span(at, at + 1), source=source)


def read_sigma(text: str, path: str | None = None) -> list[Document]:
    """The Sigma rules of a YAML file, one document each; an `action: global` document is merged into those after it."""
    source = Source(normalise(text), path)
    parts = parse_yaml(source)
    if not parts:
        raise DocumentError("the file holds no rule", source=source, help="expected a Sigma rule with a `title`")
    raw = text if text != source.text else None
    documents: list[Document] = []
    shared: dict[str, Any] = {}
    for value, extent, spots in parts:
        if not isinstance(value, dict):
            raise DocumentError(
                f"the YAML document is {kind_of(value)}, expected a mapping", span=_first(extent), source=source
            )
        action = value.get("action")
        if action == "global":
            shared = _merged(shared, {k: v for k, v in value.items() if k != "action"})
            continue
        if action == "reset":
            shared = {}
            continue
        data = _merged(shared, {k: v for k, v in value.items() if k != "action"}) if shared else value
        metadata: dict[str, Any] = {"action": "global"} if shared else {}
        document = Document("sigma", "sigma", data, path, source, metadata, extent=extent, raw=raw)
        document.place = Place(spots)
        documents.append(document)
    if len(documents) > 1:
        for document in documents:
            document.siblings = tuple(documents)
    return documents


def _first(extent: Span) -> Span:
    return Span(extent.start, extent.start + 1)


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
