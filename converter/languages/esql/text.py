"""A pipeline as ES|QL text, laid out as public rules are: a command a line, long conditions broken at AND and OR."""

from __future__ import annotations

import re

from converter.languages.esql.lexer import RESERVED
from converter.tree import Token, Wild
from converter.tree.pipeline import (
    Assignment,
    Both,
    Cast,
    Column,
    Command,
    Constant,
    Dissect,
    Drop,
    Either,
    Eval,
    Expression,
    Foreign,
    From,
    Function,
    Grok,
    Interval,
    Inverse,
    IsNull,
    Keep,
    Like,
    Limit,
    MatchOperator,
    MvExpand,
    Negative,
    OneOf,
    Operation,
    Order,
    Pipeline,
    Rename,
    Row,
    Show,
    Sort,
    Stats,
    Where,
)

WIDTH = 100
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*|[_@][A-Za-z0-9_]+")
_SOURCE = re.compile(r'(?:[^:"=|,\[\]/() \t\r\n]|/(?![*/]))+')

#: How tightly an expression binds, loosest first.
_OR, _AND, _NOT, _PREDICATE, _COMPARISON, _SUM, _PRODUCT, _SIGN, _PRIMARY = range(9)


def pipeline_text(pipeline: Pipeline) -> str:
    """The text; `parse_pipeline` of it is the same pipeline."""
    return "\n| ".join(_command(command) for command in pipeline.commands)


def quoted(text: str) -> str:
    """A string literal; in three quotes where that spares backslashes and is possible."""
    spares = "\\" in text or '"' in text
    if spares and not re.search(r"[\r\n]|\"\"\"", text) and not text.startswith('"') and not text.endswith('"'):
        return f'"""{text}"""'
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def name_text(name: str) -> str:
    """A column's name, in backquotes where it needs them."""
    parts = name.split(".")
    if all(_PLAIN.fullmatch(part) and part.lower() not in RESERVED for part in parts):
        return name
    if all(parts) and all(not part[0].isdigit() for part in parts):
        return ".".join(part if _is_plain(part) else _backquoted(part) for part in parts)
    return _backquoted(name)


def _is_plain(part: str) -> bool:
    return bool(_PLAIN.fullmatch(part)) and part.lower() not in RESERVED


def _backquoted(text: str) -> str:
    return "`" + text.replace("`", "``") + "`"


def _pattern(tokens: tuple[Token, ...]) -> str:
    out: list[str] = []
    for token in tokens:
        if isinstance(token, Wild):
            out.append("*")
        else:
            parts = token.split(".")
            out.append(".".join(_piece(part) for part in parts))
    text = "".join(out)
    return text if len(tokens) > 1 or isinstance(tokens[0], Wild) else name_text(str(tokens[0]))


def _piece(part: str) -> str:
    return part if re.fullmatch(r"[A-Za-z0-9_@]*", part) else _backquoted(part)


def _command(command: Command) -> str:
    match command:
        case From(indices=indices, metadata=metadata, series=series):
            text = ("TS " if series else "FROM ") + ", ".join(index_text(index) for index in indices)
            return text + (f" METADATA {', '.join(metadata)}" if metadata else "")
        case Row(items=items):
            return "ROW " + ", ".join(map(_assignment, items))
        case Show(what=what):
            return f"SHOW {what.upper()}"
        case Where(condition=condition):
            return _laid_out("WHERE ", condition)
        case Eval(items=items):
            return _listed("EVAL ", [_assignment(item) for item in items])
        case Keep(patterns=patterns):
            return _listed("KEEP ", [_pattern(pattern) for pattern in patterns])
        case Drop(patterns=patterns):
            return _listed("DROP ", [_pattern(pattern) for pattern in patterns])
        case Rename(pairs=pairs):
            return _listed("RENAME ", [f"{name_text(old)} AS {name_text(new)}" for old, new in pairs])
        case Stats():
            return _stats(command)
        case Dissect(item=item, pattern=pattern, separator=separator):
            tail = f" APPEND_SEPARATOR = {quoted(separator)}" if separator else ""
            return f"DISSECT {_text(item, _PRIMARY)} {quoted(pattern)}{tail}"
        case Grok(item=item, patterns=texts):
            return f"GROK {_text(item, _PRIMARY)} {', '.join(map(quoted, texts))}"
        case MvExpand(column=column):
            return f"MV_EXPAND {name_text(column.name)}"
        case Sort(orders=orders):
            return "SORT " + ", ".join(map(_order, orders))
        case Limit(count=count):
            return f"LIMIT {count}"
        case Foreign(name=name, text=text):
            return f"{name} {text}"


def index_text(index: str) -> str:
    match = re.fullmatch(rf"({_SOURCE.pattern})(?:(::?)({_SOURCE.pattern}))?", index)
    return index if match and index.lower() != "metadata" else quoted(index)


def _stats(command: Stats) -> str:
    head = "INLINE STATS" if command.inline else "STATS"
    aggregates = [_assignment(item) for item in command.aggregates]
    text = _listed(f"{head} ", aggregates) if aggregates else head
    if not command.by:
        return text
    keys = [_assignment(item) for item in command.by]
    return f"{text}\n  {_listed('BY ', keys)}" if "\n" in text else f"{text} {_listed('BY ', keys)}"


def _listed(head: str, items: list[str]) -> str:
    line = head + ", ".join(items)
    if len(line) <= WIDTH and "\n" not in line:
        return line
    return head.rstrip() + "\n    " + ",\n    ".join(items)


def _assignment(item: Assignment) -> str:
    if item.name is None:
        return item.text or _text(item.item, _OR)
    where = f" WHERE {_text(item.where, _OR)}" if item.where is not None else ""
    return f"{name_text(item.name)} = {_text(item.item, _OR)}{where}"


def _order(order: Order) -> str:
    text = _text(order.item, _OR) + (" DESC" if order.descending else "")
    return text + (f" NULLS {order.nulls.upper()}" if order.nulls else "")


def _laid_out(head: str, item: Expression) -> str:
    line = head + _text(item, _OR)
    if len(line) <= WIDTH or not isinstance(item, Both | Either):
        return line
    word, inner = ("AND", _NOT) if isinstance(item, Both) else ("OR", _AND)
    return head + f"\n    {word} ".join(_broken(part, inner) for part in item.items)


def _broken(item: Expression, level: int) -> str:
    """A part of a long condition; a long parenthesis is broken inside too."""
    line = _text(item, level)
    if len(line) <= WIDTH or not isinstance(item, Both | Either):
        return line
    word, inner = ("AND", _NOT) if isinstance(item, Both) else ("OR", _AND)
    joined = f"\n      {word} ".join(_text(part, inner) for part in item.items)
    return f"(\n      {joined}\n    )" if _level(item) < level else joined


def expression_text(item: Expression) -> str:
    """An expression as text."""
    return _text(item, _OR)


def _text(item: Expression, level: int) -> str:
    text = _write(item)
    return f"({text})" if _level(item) < level else text


def _level(item: Expression) -> int:
    match item:
        case Either():
            return _OR
        case Both():
            return _AND
        case Inverse():
            return _NOT
        case OneOf() | Like() | IsNull() | MatchOperator():
            return _PREDICATE
        case Operation(op=op):
            return {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "%": _PRODUCT}.get(op, _COMPARISON)
        case Negative():
            return _SIGN
    return _PRIMARY


def _write(item: Expression) -> str:
    match item:
        case Constant():
            return constant_text(item)
        case Interval(amount=amount, unit=unit):
            return f"{amount} {unit}"
        case Column(name=name):
            return name_text(name)
        case Function():
            return _function(item)
        case Both(items=items):
            return " AND ".join(_text(each, _NOT) for each in items)
        case Either(items=items):
            return " OR ".join(_text(each, _AND) for each in items)
        case Inverse(item=inner):
            return f"NOT {_text(inner, _NOT)}"
        case Operation(op=op, left=left, right=right):
            level = _level(item)
            return f"{_text(left, level + (level == _COMPARISON))} {op} {_text(right, level + 1)}"
        case Negative(item=inner):
            return f"-{_text(inner, _PRIMARY)}" if not isinstance(inner, Constant) else f"-({_write(inner)})"
        case IsNull(item=inner, negated=negated):
            return f"{_text(inner, _COMPARISON)} IS {'NOT ' if negated else ''}NULL"
        case OneOf(item=inner, values=values, negated=negated):
            inside = ", ".join(_text(value, _COMPARISON) for value in values)
            return f"{_text(inner, _COMPARISON)} {'NOT ' if negated else ''}IN ({inside})"
        case Like(kind=kind, item=inner, patterns=patterns, negated=negated, listed=listed):
            inside = ", ".join(map(quoted, patterns))
            word = f"{'NOT ' if negated else ''}{kind.upper()}"
            return f"{_text(inner, _COMPARISON)} {word} {f'({inside})' if listed else inside}"
        case MatchOperator(column=column, value=constant, cast=cast):
            return f"{name_text(column.name)}{f'::{cast}' if cast else ''}:{constant_text(constant)}"
        case Cast(item=inner, type=kind):
            return f"{_text(inner, _PRIMARY)}::{kind}"


def _function(item: Function) -> str:
    args = ["*"] if item.star else [_text(arg, _OR) for arg in item.args]
    if item.options:
        inside = ", ".join(f"{quoted(key)}: {constant_text(value)}" for key, value in item.options)
        args.append("{" + inside + "}")
    return f"{item.name.upper()}({', '.join(args)})"


def constant_text(item: Constant) -> str:
    """A literal."""
    if isinstance(item.value, tuple):
        return "[" + ", ".join(constant_text(Constant(value, item.type)) for value in item.value) + "]"
    match item.value:
        case None:
            return "null"
        case bool():
            return "true" if item.value else "false"
        case str():
            return quoted(item.value)
        case float():
            text = repr(item.value)
            return text if any(mark in text for mark in ".e") else text + ".0"
    return str(item.value)
