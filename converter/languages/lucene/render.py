"""Trees as Lucene query strings: exact forms only, laid out with parentheses around every mixed group.

A reader need not know which of AND and OR binds more tightly (neither does), and a negation inside an OR stands in its
own parentheses, as else it would forbid for the whole group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from converter.diagnostics import ConverterError, Diagnostic, UnsupportedError
from converter.fields import Fields
from converter.languages.lucene.values import field_name, plain_word, value
from converter.matching.saying import Unsayable, tidy
from converter.tree import ANY_FIELD, And, Category, Const, Exists, Field, Nested, Node, Not, Or

LIMITS: Mapping[str, str] = {
    "Nested": "query_string does not reach into nested objects",
    "Script": "functions of several fields need a script, which a query string cannot carry",
    "Single": "a query string cannot count the values of a field",
    "Phrase with a prefix": "a quoted phrase takes whole words only",
    "Cidr on a string field": "networks are known to fields of type ip only",
    "Sequence": "a stream of events has no query",
    "flattened": "a key of a flattened field takes no expression, no range with one end and only a wildcard at the end",
    "regular expression": "an index refuses one of more than 1,000 characters, or one that is too complex; folding the "
    "case of a value takes four characters a letter",
    "end of a range": "`*` and some texts that end with a backslash cannot be one",
}

WIDTH = 110


def render(tree: Any, fields: Fields, options: Mapping[str, Any]) -> str:
    """The tree as a text. `category_field` (option) is where the event category stands. Raises `UnsupportedError`
    with a diagnostic for each node that a query string cannot say."""
    if not isinstance(tree, Node):
        raise UnsupportedError("a query over a stream of events has no query string", help="port its single stages")
    writer = _Writer(str(options.get("category_field") or "event.category"))
    found = writer.say(tidy(tree))
    if writer.problems:
        raise UnsupportedError.of(writer.problems)
    return _broken(found, 0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """`name:value` (name "" for all fields)."""

    name: str
    text: str

    def shown(self) -> str:
        return f"{self.name}:{self.text}" if self.name else self.text


@dataclass(frozen=True, slots=True)
class Values:
    """`name:(a OR b)`."""

    name: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    item: Doc


@dataclass(frozen=True, slots=True)
class Joined:
    word: Literal["AND", "OR"]
    items: tuple[Doc, ...]


Doc: TypeAlias = Leaf | Values | Negated | Joined
_EVERYTHING = Leaf("*", "*")
_NOTHING = Negated(_EVERYTHING)


class _Writer:
    def __init__(self, category: str) -> None:
        self.category = category
        self.problems: list[Diagnostic] = []

    def say(self, node: Node) -> Doc:
        match node:
            case Const(value=truth):
                return _EVERYTHING if truth else _NOTHING
            case And(items=items):
                found = [self.say(item) for item in sorted(items, key=lambda item: isinstance(item, Not))]
                return _join("AND", found, _EVERYTHING)
            case Or(items=items):
                return _join("OR", _listed([self.say(item) for item in items]), _NOTHING)
            case Not(item=item):
                inner = self.say(item)
                return inner.item if isinstance(inner, Negated) else Negated(inner)
            case Category(value=text):
                return Leaf(field_name(self.category), plain_word(text))
        try:
            return self.atom(node)
        except Unsayable as error:
            message, help_ = str(error), error.help
        except ConverterError as error:
            message, help_ = error.diagnostics[0].message, error.diagnostics[0].help
        self.problems.append(Diagnostic("unsupported", message, span=node.span, help=help_))
        return _NOTHING

    def atom(self, node: Node) -> Doc:
        if isinstance(node, Nested):
            raise Unsayable(f"a condition inside the nested object `{node.path}`", "KQL and Query DSL can say it")
        field: Field | None = getattr(node, "field", None)
        if isinstance(node, Exists) and node.field != ANY_FIELD:
            return Leaf("_exists_", field_name(node.field.name))
        shown = value(node)
        if shown is None:
            return _NOTHING
        if shown == "*" and field is not None and field != ANY_FIELD:
            return Leaf("_exists_", field_name(field.name))
        return Leaf("" if field is None or field == ANY_FIELD else field_name(field.name), shown)


def _listed(items: list[Doc]) -> list[Doc]:
    """Values of one field put into one list, where the first of them stood."""
    groups: dict[str, list[str]] = {}
    for item in items:
        if isinstance(item, Leaf) and item.name not in ("", "*", "_exists_"):
            groups.setdefault(item.name, []).append(item.text)
    out: list[Doc] = []
    done: set[str] = set()
    for item in items:
        if not isinstance(item, Leaf) or len(groups.get(item.name, ())) < 2:
            out.append(item)
        elif item.name not in done:
            done.add(item.name)
            out.append(Values(item.name, tuple(dict.fromkeys(groups[item.name]))))
    return out


def _join(word: Literal["AND", "OR"], items: list[Doc], empty: Doc) -> Doc:
    flat: list[Doc] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Joined) and item.word == word else (item,))
    if len(flat) < 2:
        return flat[0] if flat else empty
    return Joined(word, tuple(flat))


def _flat(doc: Doc) -> str:
    match doc:
        case Leaf():
            return doc.shown()
        case Values(name=name, texts=texts):
            return f"{name}:({' OR '.join(texts)})" if len(texts) > 1 else f"{name}:{texts[0]}"
        case Negated(item=item):
            return f"NOT {_flat(item)}" if not isinstance(item, Joined) else f"NOT ({_flat(item)})"
        case Joined(word=word, items=items):
            return f" {word} ".join(_flat(item) if _bare(item, word) else f"({_flat(item)})" for item in items)


def _bare(item: Doc, word: str) -> bool:
    """Whether the item needs no parentheses among the items that the word joins."""
    return not isinstance(item, Joined) and not (isinstance(item, Negated) and word == "OR")


def _broken(doc: Doc, indent: int) -> str:
    """The text, on several lines where one is too short."""
    flat = _flat(doc)
    if indent + len(flat) <= WIDTH:
        return flat
    match doc:
        case Values(name=name, texts=texts) if len(texts) > 1:
            return f"{name}:(" + _lines(list(texts), "OR", indent + 2) + "\n" + " " * indent + ")"
        case Negated(item=item) if not isinstance(item, Leaf):
            return "NOT " + (_broken(item, indent) if not isinstance(item, Joined) else _grouped(item, indent))
        case Joined(word=word, items=items):
            parts = [_broken(item, indent) if _bare(item, word) else _grouped(item, indent) for item in items]
            return f" {word}\n{' ' * indent}".join(parts)
    return flat


def _grouped(doc: Doc, indent: int) -> str:
    flat = _flat(doc)
    if indent + len(flat) + 2 <= WIDTH:
        return f"({flat})"
    inner = indent + 2
    return f"(\n{' ' * inner}{_broken(doc, inner)}\n{' ' * indent})"


def _lines(texts: list[str], word: str, indent: int) -> str:
    """Values, as many as fit on a line."""
    lines = [""]
    for i, text in enumerate(texts):
        shown = text + (f" {word}" if i + 1 < len(texts) else "")
        if not lines[-1]:
            lines[-1] = shown
        elif indent + len(lines[-1]) + 1 + len(shown) <= WIDTH:
            lines[-1] += " " + shown
        else:
            lines.append(shown)
    return "".join("\n" + " " * indent + line for line in lines)
