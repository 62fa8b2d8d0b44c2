"""All that this project asks of pySigma, for its versions 1.5 and 2.x alike.

pySigma holds the rule, its strings and its modifiers (`_modifiers` replaces a few of them).
"""

from __future__ import annotations

import re
from typing import Any

from converter.diagnostics import Note, ParseError, Span, UnsupportedError
from converter.languages.sigma.yaml_reader import Map, Seq, Text

_NUMERIC = ("gt", "gte", "lt", "lte", "minute", "hour", "day", "week", "month", "year")


def is_bytes_only(value: Any) -> bool:
    """Whether a string ended as bytes that no text holds (`wide` over letters outside ASCII, not encoded further)."""
    from converter.languages.sigma._modifiers import NotText

    return any(isinstance(part, NotText) for part in value.s)


def detection_item(key: str | None, raw: Any, at: Span, raw_at: list[Span]) -> Any:
    """A pySigma detection item; `raw` is a scalar or a list of scalars, `raw_at` their places."""
    from sigma.exceptions import SigmaError, SigmaTypeError
    from sigma.modifiers import SigmaRegularExpressionModifier
    from sigma.rule import SigmaDetectionItem
    from sigma.types import SigmaString, sigma_type

    from converter.languages.sigma._modifiers import MODIFIERS

    field, *names = key.split("|") if key is not None else (None,)
    known = MODIFIERS
    for name in names:
        if name not in known:
            raise ParseError(
                f"there is no modifier `{name}`", span=at, help="known modifiers: " + ", ".join(sorted(known))
            )
    classes = [known[name] for name in names]
    as_regex = any(issubclass(cls, SigmaRegularExpressionModifier) for cls in classes)
    values = []
    for value, place in zip(raw if isinstance(raw, list) else [raw], raw_at, strict=True):
        if isinstance(value, dict | list):
            raise ParseError("a value must be a text, a number, a boolean or null", span=place)
        if as_regex and value is not None:
            values.append(SigmaString.from_str(str(value)))
        else:
            try:
                values.append(_exact(sigma_type(str(value) if isinstance(value, Text) else value), value))
            except (SigmaError, ValueError) as error:  # not finite, hundreds of digits, bytes
                raise ParseError(f"this is no value: {_message(error)}", span=place) from None
    try:
        item = SigmaDetectionItem(field or None, classes, values)
    except SigmaTypeError as error:
        raise _refused(error, raw, at) from None
    except SigmaError as error:
        raise ParseError(_message(error), span=at) from None
    except (IndexError, TypeError, AttributeError, ValueError) as error:
        raise ParseError(f"pySigma cannot read this value: {error}", span=at) from None
    item.ruleproof_at = at
    item.ruleproof_values_at = raw_at
    return item


def _refused(error: Exception, raw: Any, at: Span) -> ParseError:
    """pySigma names the class of a modifier and shows its own objects; people know names and values."""
    from converter.languages.sigma._modifiers import MODIFIERS

    found = re.match(r"[Mm]odifier (\w+) incompatible to value type of '(.*)'", _message(error), re.DOTALL)
    if found is None:
        return ParseError(_message(error), span=at)
    name = next((name for name, cls in MODIFIERS.items() if cls.__name__ == found[1]), found[1])
    value = found[2]
    if "object at 0x" in value or "(" in value:
        value = "null" if raw is None else str(raw)
    help_ = None
    if re.fullmatch(r"-?[0-9.]+", value):  # a number where a text is needed, or the other way round
        if name not in _NUMERIC:
            help_ = "put the number in quotes"
        elif isinstance(raw, str):
            help_ = "take the quotes off the number"
        else:
            help_ = f"it comes first, as in `{name}|lt`"
    return ParseError(f"the modifier `{name}` does not take `{value}`", span=at, help=help_)


def _exact(read: Any, value: Any) -> Any:
    """pySigma takes a whole number that no float holds for the float next to it."""
    if type(value) is int and hasattr(read, "number"):
        read.number = value
    return read


def _message(error: Exception) -> str:
    text = str(error).strip().rstrip(".")
    return text[:1].lower() + text[1:]


def detection(definition: Any, at: Span) -> Any:
    """A pySigma detection of a selection's map, list or single value."""
    from sigma.rule import SigmaDetection

    if isinstance(definition, Map):
        items = []
        for key, raw in definition.items():
            place = definition.at(key)
            places = raw.spans if isinstance(raw, Seq) else [place]
            items.append(detection_item(str(key), raw, place, places))
    elif not isinstance(definition, Seq):
        items = [detection_item(None, definition, at, [at])]
    elif definition and not any(isinstance(item, dict | list) for item in definition):
        items = [detection_item(None, definition, at, definition.spans)]
    else:
        items = [detection(item, place) for item, place in zip(definition, definition.spans, strict=True)]
    if not items:
        raise ParseError("this selection is empty", span=at)
    return SigmaDetection(items)


def rule(document: Map, part: str = "detection") -> tuple[Any, tuple[Note, ...]]:
    """A `SigmaRule` of a document (`part` is `filter` for a Sigma filter), and a note for each fault of its metadata.

    Raises `ParseError` for a fault of the detection.
    """
    from sigma.rule import SigmaDetections, SigmaRule

    section = document.get(part)
    if not isinstance(section, Map):
        raise ParseError(f"a rule needs a map under `{part}`", span=document.at(part))
    found = {
        str(name): detection(value, section.spans[name])
        for name, value in section.items()
        if name != "condition" and not (part == "filter" and name == "rules")
    }
    if not found:
        raise ParseError(f"there is no selection under `{part}`", span=document.at(part))
    conditions = _conditions(section, part)
    plain = {key: _plain(value) for key, value in document.items() if key not in ("detection", "filter")}
    read = SigmaRule.from_dict({**plain, "detection": {"_": {"_": "_"}, "condition": "_"}}, collect_errors=True)
    read.detection = SigmaDetections(found, conditions)
    notes = tuple(Note("metadata", _message(error), document.span) for error in read.errors)
    return read, notes


def _conditions(section: Map, part: str) -> list[str]:
    value = section.get("condition")
    texts = value if isinstance(value, list) else [value]
    if value is None or not texts:
        raise ParseError(f"there is no condition under `{part}`", span=section.span)
    for text in texts:
        if not isinstance(text, str):
            raise ParseError("a condition must be a text", span=section.at("condition"))
    return list(texts)


def conditions(detections: Any) -> list[str]:
    """The condition texts as a pipeline leaves them: pySigma's transformations change the parsed ones only."""
    return [parsed.condition for parsed in detections.parsed_condition]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.value if isinstance(value, Text) else value


def applies_to(logsource: Any, rules: Any, rule_: Any) -> bool:
    """Whether a Sigma filter with this log source and `rules` (`any`, an id or name, a list of them) means the rule."""
    if rule_.logsource not in logsource:
        return False
    wanted = rules if isinstance(rules, list) else [rules]
    names = {str(rule_.id), rule_.name} - {None}
    return not wanted or any(str(name).lower() == "any" or str(name) in names for name in wanted)


def unsupported_value(value: Any, span: Span | None) -> UnsupportedError:
    return UnsupportedError(f"a value of the kind `{type(value).__name__}` has no meaning here", span=span)
