"""YAML text to plain data that remembers where each key and value stands.

Read once, with libyaml; the data is handed on as ordinary dicts and lists.
"""

from __future__ import annotations

from typing import Any

from converter.diagnostics import ParseError, Span

#: Aliases may not blow a document up beyond this many values.
MAX_VALUES = 200_000

_MAP, _SEQ, _STR, _MERGE = (f"tag:yaml.org,2002:{name}" for name in ("map", "seq", "str", "merge"))
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class Map(dict[Any, Any]):
    """A mapping; `spans` holds each value's place, `keys_at` each key's, `span` its own."""

    __slots__ = ("keys_at", "span", "spans")

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span
        self.spans: dict[Any, Span] = {}
        self.keys_at: dict[Any, Span] = {}

    def put(self, key: Any, value: Any, key_at: Span, value_at: Span) -> None:
        self[key] = value
        self.keys_at[key] = key_at
        self.spans[key] = value_at

    def at(self, key: Any) -> Span:
        """From the key to the end of its value; the mapping's own place where it lacks the key."""
        return self.keys_at[key].to(self.spans[key]) if key in self.keys_at else self.span


class Seq(list[Any]):
    """A sequence; `spans` holds each item's place."""

    __slots__ = ("span", "spans")

    def __init__(self, span: Span) -> None:
        super().__init__()
        self.span = span
        self.spans: list[Span] = []


class Text(str):
    """A date or time as it was written; `value` is what YAML reads in it."""

    value: Any


def read_documents(text: str) -> list[Any]:
    """Every document of the text that is not empty. Raises `ParseError` with the place."""
    import yaml

    loader = yaml.CSafeLoader(text)
    documents = []
    try:
        while loader.check_node():
            documents.append(_Reader(loader).read(loader.get_node()))
    except yaml.YAMLError as error:
        raise _yaml_error(error, text) from None
    finally:
        loader.dispose()
    return [document for document in documents if document is not None]


def _yaml_error(error: Exception, text: str) -> ParseError:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error) or "no valid YAML"
    if mark is None:
        position = getattr(error, "position", 0)
        return ParseError("this is no YAML: a character that YAML does not allow", span=Span(position, position + 1))
    lines = text.splitlines(keepends=True)
    at = sum(len(line) for line in lines[: mark.line]) + mark.column
    return ParseError(f"this is no YAML: {problem}", span=Span(at, at + 1))


def _span(node: Any) -> Span:
    return Span(node.start_mark.index, node.end_mark.index)


class _Reader:
    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.count = 0
        self.open: set[int] = set()

    def read(self, node: Any) -> Any:
        self.count += 1
        if self.count > MAX_VALUES:
            raise ParseError("aliases blow this document up too far", span=_span(node))
        if node.tag == _STR and isinstance(node.value, str):
            return node.value
        if not isinstance(node.value, list):
            return self._scalar(node)
        if id(node) in self.open:
            raise ParseError("an alias refers to the value that holds it", span=_span(node))
        self.open.add(id(node))
        value = self._mapping(node) if node.tag == _MAP else self._sequence(node)
        self.open.discard(id(node))
        return value

    def _scalar(self, node: Any) -> Any:
        import yaml

        try:
            value = self.loader.construct_object(node)
        except (ValueError, LookupError, AttributeError, TypeError, yaml.YAMLError):
            return node.value
        if node.tag == _TIMESTAMP:
            text = Text(node.value)
            text.value = value
            return text
        return value

    def _sequence(self, node: Any) -> Seq:
        if node.tag != _SEQ:
            raise ParseError(f"the YAML tag `{node.tag}` has no meaning in a rule", span=_span(node))
        out = Seq(_span(node))
        for item in node.value:
            out.append(self.read(item))
            out.spans.append(_span(item))
        return out

    def _mapping(self, node: Any) -> Map:
        import yaml

        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.read(key_node)
            if isinstance(key, dict | list):
                raise ParseError("a key must be a plain text", span=_span(key_node))
            if key in seen:
                raise ParseError(
                    f"the key `{key}` stands twice in one map", span=_span(key_node),
                    help="YAML keeps only one of them; give a list, or the modifier `all`",
                )  # fmt: skip
            if key_node.tag != _MERGE:
                seen.add(key)
        if len(seen) < len(node.value):
            try:
                self.loader.flatten_mapping(node)
            except yaml.YAMLError as error:
                raise ParseError(f"this is no YAML: {error}", span=_span(node)) from None
        out = Map(_span(node))
        for key_node, value_node in node.value:
            out.put(self.read(key_node), self.read(value_node), _span(key_node), _span(value_node))
        return out
