"""Texts and wildcards in Sigma's spelling, and names for selections."""

from __future__ import annotations

import re
from collections.abc import Iterable

from converter.tree import ANY, Token, Wild

#: Date parts of the time modifiers, as functions of a `Script`; in UTC, weeks as ISO 8601 counts them.
DATE_PARTS = ("minute", "hour", "day", "week", "month", "year")

_SPECIAL = "*?\\"
_LETTER = re.compile("[A-Za-z]")


def spell(tokens: Iterable[Token]) -> str:
    """The pattern as a Sigma string: a backslash is doubled only where a single one would escape something."""
    chars: list[str | Wild] = []
    for token in tokens:
        chars.extend((token,) if isinstance(token, Wild) else token)
    out = []
    for i, char in enumerate(chars):
        if isinstance(char, Wild):
            out.append(char.value)
        elif char in "*?":
            out.append("\\" + char)
        elif char == "\\":
            alone = i == 0 or chars[i - 1] != "\\"
            after = chars[i + 1] if i + 1 < len(chars) else ""
            plain = alone and not (isinstance(after, Wild) or (after and after in _SPECIAL))
            out.append("\\" if plain else "\\\\")
        else:
            out.append(char)
    return "".join(out)


def split(tokens: tuple[Token, ...]) -> tuple[tuple[str, ...], tuple[Token, ...]]:
    """The modifier that takes the wildcards at the ends, and what is left of the pattern."""
    starts, ends = tokens[:1] == (ANY,), tokens[-1:] == (ANY,)
    if len(tokens) < 2 or not (starts or ends):
        return (), tokens
    inner = tokens[1 if starts else 0 : -1 if ends else None]
    return (("contains" if starts and ends else "endswith" if starts else "startswith"),), inner


def has_letters(tokens: Iterable[Token]) -> bool:
    """Whether a letter of ASCII stands in the pattern, so that its case has a meaning."""
    return any(isinstance(token, str) and _LETTER.search(token) for token in tokens)


def as_integer(text: str) -> int | None:
    """The number that a text is the usual spelling of."""
    if re.fullmatch(r"0|-?[1-9][0-9]{0,17}", text):
        return int(text)
    return None


#: Beginnings and ends of ECS names, and of Sigma's, that tell what a selection is about.
_HINTS: tuple[tuple[str, str], ...] = (
    (r"host\.os\.", "os"),
    (r"event\.|^EventID$|^Channel$|Provider_Name", "event"),
    (r"parent.*(command_line|args)|ParentCommandLine", "parent_cli"),
    (r"parent|Parent", "parent"),
    (r"pe\.original_file_name|OriginalFileName", "pe"),
    (r"command_line|\.args|CommandLine", "cli"),
    (r"code_signature|Signature|Signed", "signature"),
    (r"working_directory|CurrentDirectory", "directory"),
    (r"\.hash\.|^Hashes$|^(md5|sha1|sha256|Imphash)$", "hash"),
    (r"^process\.(name|executable)|^(Image|ProcessName|NewProcessName)$", "img"),
    (r"^registry\.|^TargetObject$|^Details$", "registry"),
    (r"^dll\.|ImageLoaded", "library"),
    (r"^dns\.|QueryName", "dns"),
    (r"^file\.|TargetFilename|FileName", "file"),
    (r"^destination\.|^Destination", "destination"),
    (r"^source\.|^Source", "source"),
    (r"^(url|http|user_agent)\.|^c[s]?-", "http"),
    (r"^user\.|User|user\.id|user_identity", "user"),
    (r"^group\.", "group"),
)


def field_hint(name: str) -> str:
    """A short word for what a field is about."""
    for pattern, hint in _HINTS:
        if re.search(pattern, name):
            return hint
    return word(name.rsplit(".", 1)[-1]) or "field"


def word(text: str) -> str:
    """A text as part of a selection's name, some 28 characters of whole words; empty if nothing is left of it."""
    leaf = re.sub(r"\.(exe|dll|sys|com|bat|cmd|ps1|sh|py)$", "", re.split(r"[\\/]", text.strip("\\/*"))[-1].lower())
    found = re.sub(r"[^a-z0-9]+", "_", leaf).strip("_")
    while len(found) > 28 and "_" in found:  # by whole words
        found = found.rpartition("_")[0]
    return found if re.search("[a-z]", found) else ""
