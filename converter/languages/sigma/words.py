"""Words of analysed text as parts of the whole value: broader, and said only where broader is right.

The index holds each word in lower case, and a value in which it stands holds its letters in some case. Where a letter
has more than ASCII's two forms (K is also the Kelvin sign, i also a capital with a dot), a `?` stands for it.
"""

from __future__ import annotations

from dataclasses import replace

from converter.languages.sigma.yaml_writer import Remarked
from converter.tree import ANY, ONE, Exists, Glob, Node, Phrase, Token, conj, merge_tokens
from converter.tree.charset import charset, lower_preimage, single


def widened(node: Node) -> Node | None:
    """What holds of every value in which the words stand; None where nothing of the kind can be said."""
    match node:
        case Phrase(field=field, tokens=texts, prefix=prefix) if field.sort == "text" and texts:
            patterns: list[tuple[Token, ...]] = [(text,) for text in texts]
            if prefix:
                patterns[-1] = (texts[-1], ANY)
        case Glob(field=field, tokens=tokens) if field.sort == "text":
            patterns = [tokens]
        case _:
            return None
    whole = replace(field, type="keyword")
    parts = [merge_tokens((ANY, *_spelled(tokens), ANY)) for tokens in patterns]
    return conj(
        Exists(whole, span=node.span) if tokens == (ANY,) else Glob(whole, tokens, "ascii", span=node.span)
        for tokens in dict.fromkeys(parts)
    )


def _spelled(tokens: tuple[Token, ...]) -> list[Token]:
    out: list[Token] = []
    for token in tokens:
        if not isinstance(token, str):
            out.append(token)
            continue
        parts: list[Token] = [char if _is_plain(char) else ONE for char in token.lower()]
        while parts and parts[0] is ONE:
            parts.pop(0)
        while parts and parts[-1] is ONE:
            parts.pop()
        kept = merge_tokens(parts)
        first = next((at for at, part in enumerate(kept) if isinstance(part, str)), None)
        if first is not None and kept != (token.lower(),):
            kept = (*kept[:first], Remarked(str(kept[first]), token, "words"), *kept[first + 1 :])
        out.extend(kept)
    return out


def _is_plain(char: str) -> bool:
    """Whether a character of a word stands in the value as itself, or as ASCII's capital of it."""
    point = ord(char)
    own = charset(((point, point), *(((point - 32, point - 32),) if "a" <= char <= "z" else ())))
    return lower_preimage(single(char)) == own
