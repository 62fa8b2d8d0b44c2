"""Queries laid out in one way: what fits stands on one line; else a condition a line, long lists filled.

Only space between tokens changes, and the place of a comment between two operands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from converter.formatting.scan import CannotLayOut, Group, Item, Token, nested, scan

WIDTH = 110
STEP = 2
#: ES|QL commands whose parts stand a line each.
_EACH = ("eval", "stats", "inlinestats", "row")
#: The word that begins the last clause of a command.
_TAILS = {"stats": "by", "inlinestats": "by", "from": "metadata"}
_SEPARATORS = ("comma", "or", "and")


def lay_out(text: str, language: str) -> str:
    """The query in canonical layout, without a line end. Raises `CannotLayOut`."""
    items = nested(scan(text, language))
    if not items:
        raise CannotLayOut("nothing is there")
    match language:
        case "esql":
            lines = _pipeline(items)
        case "eql":
            lines = _eql(items, 0)
        case _:
            lines = _level(items, 0)
    out = "\n".join(line if line.strip() else "" for line in lines)
    if not _same(scan(text, language), scan(out, language)):
        raise CannotLayOut("a token would be lost")
    return out


def _same(old: Sequence[Token], new: Sequence[Token]) -> bool:
    """Every token in its order, and every comment."""
    told = [sorted(t.text for t in side if t.kind == "comment") for side in (old, new)]
    said = [[t.text for t in side if t.kind != "comment"] for side in (old, new)]
    return told[0] == told[1] and said[0] == said[1]


# One line ----------------------------------------------------------------------------------------------------------


def flat(items: Sequence[Item]) -> str | None:
    """The items on one line; None where a comment runs to the line's end."""
    out = ""
    before: Token | None = None
    for token in _tokens(items):
        if token.kind == "comment" and (token.text.startswith("//") or "\n" in token.text):
            return None
        out += (" " if before is not None and _spaced(before, token) else "") + token.text
        before = token
    return out


def _tokens(items: Sequence[Item]) -> Sequence[Token]:
    out: list[Token] = []
    for item in items:
        if isinstance(item, Token):
            out.append(item)
        else:
            out += [item.open, *_tokens(item.body), item.close]
    return out


def _spaced(before: Token, token: Token) -> bool:
    """Whether a space stands between the two: where an operator or a comma wants it, else where one stood."""
    if token.kind in ("comma", "equal") or before.kind == "equal":
        return False
    if before.kind == "open":
        return before.text == "{"
    if token.kind == "close":
        return token.text == "}"
    joins = ("and", "or", "comma", "operator", "pipe", "comment")
    return token.space or before.kind in joins or token.kind in joins


# Several lines -----------------------------------------------------------------------------------------------------


@dataclass
class _Part:
    """One operand: comments above it, its items, the joining token behind it and the comments behind that."""

    above: list[Token] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    joined: Token | None = None
    behind: list[Token] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        return _first(self.above[0] if self.above else self.items[0]).blank

    @property
    def suffix(self) -> str:
        if self.joined is None:
            return ""
        return self.joined.text if self.joined.kind == "comma" else f" {self.joined.text}"


def _first(item: Item) -> Token:
    return item if isinstance(item, Token) else item.open


def _split(items: Sequence[Item], kind: str | None) -> tuple[list[_Part], list[Token]]:
    """The operands of a joining token, and the comments below the last one."""
    parts: list[_Part] = []
    part = _Part()
    waiting: list[Token] = []
    for item in items:
        comment = isinstance(item, Token) and item.kind == "comment"
        if comment and not part.items:
            assert isinstance(item, Token)
            where = parts[-1].behind if parts and not item.newline and not part.above else part.above
            where.append(item)
        elif comment and isinstance(item, Token) and (item.newline or flat([item]) is None):
            waiting.append(item)
        elif isinstance(item, Token) and item.kind == kind:
            if not part.items:
                raise CannotLayOut("an operand is missing")
            part.joined, part.behind = item, waiting
            parts.append(part)
            part, waiting = _Part(), []
        else:
            if waiting:
                raise CannotLayOut("a comment inside an operand")
            part.items.append(item)
    if part.items:
        parts.append(part)
        part.behind = [c for c in waiting if not c.newline]
        return parts, [c for c in waiting if c.newline]
    return parts, part.above


def _separator(items: Sequence[Item]) -> str | None:
    kinds = {item.kind for item in items if isinstance(item, Token)}
    return next((kind for kind in _SEPARATORS if kind in kinds), None)


def _level(items: Sequence[Item], indent: int, each: bool = False) -> list[str]:
    """The lines of what stands between two brackets (or of the whole); `each`: no two parts on a line."""
    whole = flat(items)
    if whole is not None and indent + len(whole) <= WIDTH and not each:
        return [" " * indent + whole]
    kind = _separator(items)
    parts, below = _split(items, kind)
    lists = kind == "comma" or all(len(part.items) == 1 and isinstance(part.items[0], Token) for part in parts)
    lines = _filled(parts, indent) if lists and not each else _stacked(parts, indent)
    return lines + [" " * indent + comment.text for comment in below]


def _stacked(parts: Sequence[_Part], indent: int) -> list[str]:
    """A line for each part."""
    pad = " " * indent
    lines: list[str] = []
    for part in parts:
        if part.blank and lines:
            lines.append("")
        lines += [pad + comment.text for comment in part.above]
        body = _operand(part.items, indent, len(part.suffix))
        body[-1] += part.suffix + _behind(part)
        lines += body
    return lines


def _behind(part: _Part) -> str:
    for comment in part.behind[:-1]:
        if comment.text.startswith("//"):
            raise CannotLayOut("two comments behind an operand")
    return "".join(f" {comment.text}" for comment in part.behind)


def _operand(items: Sequence[Item], indent: int, reserve: int = 0) -> list[str]:
    """One part, its first line at `indent`; what it is joined of itself stands deeper."""
    whole = flat(items)
    if whole is not None and indent + len(whole) + reserve <= WIDTH:
        return [" " * indent + whole]
    if _separator(items) is None:
        return _clause(items, indent)
    lines = _level(items, indent + STEP)
    lines[0] = " " * indent + lines[0].lstrip(" ")
    return lines


def _clause(items: Sequence[Item], indent: int) -> list[str]:
    """Words and groups that nothing joins; groups that do not fit are opened."""
    lines: list[str] = []
    current, before = " " * indent, None
    for item in items:
        first = _first(item)
        gap = " " if before is not None and _spaced(before, first) else ""
        whole = flat([item])
        open_it = isinstance(item, Group) and (
            whole is None or (len(current) + len(whole) > WIDTH and _separator(item.body) is not None)
        )
        if isinstance(item, Group) and open_it:
            lines.append(current + gap + item.open.text)
            lines += (
                _stage(item.body, indent + STEP) if item.open.text.endswith("[") else _level(item.body, indent + STEP)
            )
            current = " " * indent + item.close.text
            before = item.close
        else:
            if whole is None:
                raise CannotLayOut("a comment inside an operand")
            current += gap + whole
            before = _tokens([item])[-1]
    return [*lines, current]


def _filled(parts: Sequence[_Part], indent: int) -> list[str]:
    """As many parts on a line as fit; a comment and a blank line begin a new one."""
    pad, current = " " * indent, ""
    lines: list[str] = []
    for part in parts:
        whole = flat(part.items)
        broken = whole is None or indent + len(whole) + len(part.suffix) > WIDTH
        alone = broken or part.above or (part.blank and (current or lines))
        if current and (alone or len(pad) + len(current) + 1 + len(whole or "") + len(part.suffix) > WIDTH):
            lines.append(pad + current)
            current = ""
        if part.blank and lines:
            lines.append("")
        lines += [pad + comment.text for comment in part.above]
        if broken:
            body = _operand(part.items, indent, len(part.suffix))
            body[-1] += part.suffix + _behind(part)
            lines += body
            continue
        current += (" " if current else "") + (whole or "") + part.suffix
        if part.behind:
            lines.append(pad + current + _behind(part))
            current = ""
    return [*lines, pad + current] if current else lines


# EQL ---------------------------------------------------------------------------------------------------------------


def _eql(items: list[Item], indent: int) -> list[str]:
    """A query and its pipes; stages of a sequence a line each."""
    lines: list[str] = []
    for number, part in enumerate(_pipes(items)):
        found = (
            _stages(part)
            if any(isinstance(i, Group) and i.open.text.endswith("[") for i in part)
            else _stage(part, indent)
        )
        if number:
            found[0] = "| " + found[0].lstrip(" ")
        lines += found
    return lines


def _pipes(items: Sequence[Item]) -> list[list[Item]]:
    out: list[list[Item]] = [[]]
    for item in items:
        if isinstance(item, Token) and item.kind == "pipe":
            out.append([])
        else:
            out[-1].append(item)
    return out


def _stage(items: Sequence[Item], indent: int) -> list[str]:
    """`process where …`, the condition below its head where it does not fit beside it."""
    above = []
    rest = list(items)
    while rest and isinstance(rest[0], Token) and rest[0].kind == "comment":
        above.append(" " * indent + rest.pop(0).text)  # type: ignore[union-attr]
    whole = flat(rest)
    if whole is not None and indent + len(whole) <= WIDTH:
        return [*above, " " * indent + whole]
    words = [item.text if isinstance(item, Token) else "" for item in rest]
    if "where" not in words:
        return above + _level(rest, indent)
    at = words.index("where") + 1
    head = flat(rest[:at])
    if head is None:
        raise CannotLayOut("a comment before the condition")
    return [*above, " " * indent + head, *_level(rest[at:], indent + STEP)]


def _stages(items: Sequence[Item]) -> list[str]:
    """`sequence by …` and below it each stage with what belongs to it."""
    heads: list[list[Item]] = [[]]
    for item in items:
        if heads[-1] and _is_comment(heads[-1][0]):
            heads.append([])
        begins = isinstance(item, Group) and item.open.text.endswith("[")
        until = isinstance(item, Token) and item.text == "until"
        comment = isinstance(item, Token) and item.kind == "comment" and item.newline
        last = heads[-1]
        after_until = len(last) == 1 and isinstance(last[0], Token) and last[0].text == "until"
        if (begins and not after_until) or until or comment:
            heads.append([])
        heads[-1].append(item)
    lines: list[str] = []
    indent = 0
    for part in (part for part in heads if part):
        if lines and _first(part[0]).blank:
            lines.append("")
        behind: list[str] = []
        while len(part) > 1 and isinstance(part[-1], Token) and part[-1].kind == "comment":
            behind.insert(0, part.pop().text)  # type: ignore[union-attr]
        body = (
            [" " * indent + part[0].text]
            if isinstance(part[0], Token) and part[0].kind == "comment"
            else _operand(part, indent)
        )
        body[-1] += "".join(f" {text}" for text in behind)
        lines += body
        if not _is_comment(part[0]):
            indent = STEP  # the first that is no comment is the head
    return lines


def _is_comment(item: Item) -> bool:
    return isinstance(item, Token) and item.kind == "comment"


# ES|QL -------------------------------------------------------------------------------------------------------------


def _pipeline(items: list[Item]) -> list[str]:
    """A command a line; comments above a command stay above it."""
    lines: list[str] = []
    for number, part in enumerate(_pipes(items)):
        below: list[Token] = []
        while part and isinstance(part[-1], Token) and part[-1].kind == "comment" and part[-1].newline:
            below.insert(0, part.pop())  # type: ignore[arg-type]
        above: list[Token] = []
        while part and isinstance(part[0], Token) and part[0].kind == "comment":
            above.append(part.pop(0))  # type: ignore[arg-type]
        behind = part.pop() if len(part) > 1 and _is_comment(part[-1]) else None
        if not part:
            raise CannotLayOut("a command is missing")
        lines += [comment.text for comment in above]
        lines += _command(part, "| " if number else "")
        if isinstance(behind, Token):
            lines[-1] += f" {behind.text}"
        for comment in below:
            lines += ["", comment.text] if comment.blank else [comment.text]
    return lines


def _command(items: list[Item], lead: str) -> list[str]:
    whole = flat(items)
    if whole is not None and len(lead) + len(whole) <= WIDTH:
        return [lead + whole]
    head = items[0]
    if not isinstance(head, Token):
        raise CannotLayOut("a command without a name")
    name, rest, indent = head.text.lower(), items[1:], 2 * STEP
    if not rest:
        return [lead + head.text]
    words = [item.text.lower() if isinstance(item, Token) else "" for item in rest]
    tail = _TAILS.get(name)
    if tail is not None and tail in words[1:]:
        at = words.index(tail, 1)
        last = _level(rest[at + 1 :], indent + len(tail) + 1)
        last[0] = " " * indent + f"{flat(rest[at : at + 1])} " + last[0].lstrip(" ")
        return [lead + head.text, *_level(rest[:at], indent, each=name in _EACH), *last]
    return [lead + head.text, *_level(rest, indent, each=name in _EACH)]
