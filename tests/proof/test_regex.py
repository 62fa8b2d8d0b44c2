"""Regular expressions of both flavours: parsing, meaning on values, and rendering into the other flavour."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.diagnostics import ParseError, UnsupportedError
from converter.matching.regex import compile_regex
from converter.matching.values import fold_ascii, lowercase
from converter.tree import Field, Glob, Regex, glob
from converter.tree.regex import parse_regex, parse_text
from converter.tree.regex_automaton import Automaton
from converter.tree.regex_lucene import OPERATORS, parse_lucene
from converter.tree.regex_render import glob_to_lucene, lucene_text, node_to_lucene, to_lucene, to_pcre

K = Field("k")


def lucene(pattern: str, fold: str = "none") -> Regex:
    return Regex(K, pattern, "lucene", fold)  # type: ignore[arg-type]


def pcre(pattern: str, fold: str = "none", multiline: bool = False, dotall: bool = False) -> Regex:
    return Regex(K, pattern, "pcre", fold, True, multiline, dotall)  # type: ignore[arg-type]


def both(node: Regex, value: str) -> bool:
    """The evaluator's answer, after checking that the automaton's is the same."""
    answer = compile_regex(node)(value)
    assert Automaton(parse_regex(node)).matches(value) == answer, (node, value)
    return answer


def test_recorded_regexp_queries_hit_the_recorded_documents(shared: Path) -> None:
    data = yaml.safe_load((shared / "conformance/elasticsearch-probes/regex.yaml").read_text())
    misses, asked = [], 0
    for group in data["groups"]:
        docs = data["sets"][group["set"]]["docs"]
        for probe in group["probes"]:
            query = probe["query"]
            if probe["language"] != "dsl" or not isinstance(query, dict) or "regexp" not in query:
                continue
            ((field, body),) = query["regexp"].items()
            body = body if isinstance(body, dict) else {"value": body}
            if field == "n" or len(body["value"]) > 1000 or "{1,100}" in body["value"] or "{15}" in body["value"]:
                continue  # refused by the field's type or by the engine's limit of effort, not by the syntax
            if body.get("flags") == "BOGUS" or field == "lc":
                continue
            asked += 1
            names = {"": OPERATORS, "ALL": OPERATORS, "NONE": frozenset[str]()}
            flags = names.get(body.get("flags", ""), frozenset((body.get("flags", ""),)))
            fold = "ascii" if body.get("case_insensitive") else "none"
            try:
                automaton = Automaton(parse_lucene(body["value"], fold=fold, flags=flags))  # type: ignore[arg-type]
                found = {name for name, doc in docs.items() if automaton.matches(doc[field])}
            except ParseError:
                found = None
            if "error" in probe:
                wanted = None
            else:
                wanted = set(probe["hits"]) if "hits" in probe else set(docs) - set(probe["misses"])
            if found != wanted:
                misses.append((probe["name"], body, found, wanted))
    assert asked > 100
    assert not misses


@pytest.mark.parametrize(
    ("pattern", "fold", "takes", "leaves"),
    [
        ("[a-c]x", "ascii", ["ax", "aX"], ["Ax", "BX"]),
        ("[abc]x", "ascii", ["Bx", "aX"], ["dx"]),
        ("[^k]", "ascii", ["x", "\u212a"], ["k", "K"]),
        ("<5-120>", "none", ["5", "0005", "120", "99"], ["4", "121", "", "12a"]),
        ("<007-120>", "none", ["007", "120"], ["7", "07", "006"]),
        ("~(a+)", "none", ["", "b", "ab"], ["a", "aaa"]),
        ("(a.*&.*b)c", "none", ["abc", "axbc"], ["ac", "bc"]),
        ("#|a", "none", ["a"], ["", "#"]),
        ("a.b", "none", ["a\nb", "a😀b"], ["ab"]),
        ("", "none", [""], ["a"]),
        ("|a", "none", ["|a"], ["a", ""]),
        ('"a.*"', "none", ["a.*"], ["abc"]),
        ("k", "lower", ["k", "K", "\u212a"], ["x"]),
        ("[a-z]+", "lower", ["ABC", "\u212a"], ["1"]),
        ("[\\\\-z]", "none", ["\\", "-", "z"], ["a"]),
    ],
)
def test_lucene_patterns_take_whole_values(pattern: str, fold: str, takes: list[str], leaves: list[str]) -> None:
    assert [value for value in takes if not both(lucene(pattern, fold), value)] == []
    assert [value for value in leaves if both(lucene(pattern, fold), value)] == []


@pytest.mark.parametrize(
    ("pattern", "at"),
    [("(ab", 0), ("ab)", 2), ("[ab", 0), ("a{1", 2), ("a{,2}", 2), ("a{2,1}", 2), (r"\bab", 0), ("a<b", 1), ('a"b', 1),
     ("[a-]", 1), ("[]", 0), ("a|", 1), ("\\", 0), ("a<1-x>", 1), (r"\p{L}", 0), ("~", 0)],
)  # fmt: skip
def test_a_broken_lucene_pattern_is_an_error_with_its_place(pattern: str, at: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_lucene(pattern)
    (found,) = caught.value.diagnostics
    assert found.span is not None
    assert found.span.start == at
    assert found.span.end <= len(pattern)


@pytest.mark.parametrize(
    ("pattern", "takes", "leaves"),
    [
        ("foo", ["foo", "a foo b", "\nfoo"], ["fo", "FOO"]),
        ("^foo$", ["foo"], ["foo\n", "foo\n\n", "xfoo", "foox"]),
        (r"\Afoo\Z", ["foo"], ["foo\n", "xfoo"]),
        (r"\bfoo\b", ["foo", "a foo", "foo-b", "-foo\n"], ["afoo", "foo1", "_foo"]),
        (r"\Bfoo", ["afoo"], ["foo", " foo"]),
        (r"(^|;)x+(;|$)", ["x", "a;xx;b"], ["ax", "xa"]),
        ("(?m)^b$", ["a\nb\nc", "b"], ["ab", "a\rb"]),
        ("a.c", ["abc"], ["a\nc"]),
        ("(?s)a.c", ["a\nc"], ["ac"]),
        ("(?i)a[b-d]", ["AB", "aD"], ["ae"]),
        ("a(?i:b)c", ["aBc"], ["ABc", "abC"]),
        ("(?x) a b # comment\n c", ["abc"], ["a b"]),
        (r"\x41\u0042\t", ["AB\t"], ["ab\t"]),
        (r"[]a]", ["]", "a"], ["b"]),
        (r"[\w.-]{2,3}?$", ["a-b", "é.."], ["é."[:1]]),
        ("(?:a|b)*?c", ["c", "abc"], ["ab"]),
        ("a{,2}b{2}", ["bb", "aabb"], ["ab"]),
        ("a{x}", ["a{x}"], ["a"]),
        (r"\d\s\w", ["1\va", "1 _"], ["٣ a", "1 é"]),
        ("(?P<n>a)(?<m>b)", ["ab"], ["a"]),
        (r"(\bab\b ?){2}", ["ab ab"], ["abab", "ab"]),
        (r"^\s*$", ["", " ", "\n"], ["a"]),
    ],
)
def test_pcre_patterns_search(pattern: str, takes: list[str], leaves: list[str]) -> None:
    assert [value for value in takes if not both(pcre(pattern), value)] == []
    assert [value for value in leaves if both(pcre(pattern), value)] == []
    automaton = Automaton(parse_lucene(to_lucene(pattern)))
    assert [value for value in takes if not automaton.matches(value)] == []
    assert [value for value in leaves if automaton.matches(value)] == []


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("(?=a)b", "lookahead"), ("(?!a)b", "negative lookahead"), ("(?<=a)b", "lookbehind"),
        ("(?<!a)b", "negative lookbehind"), (r"(a)\1", "backreference"), ("a*+b", "possessive quantifier"),
        ("(?>a)b", "atomic group"), (r"\p{L}", "Unicode property"), ("[[:alpha:]]", "POSIX class"),
        (r"(?P<a>x)(?P=a)", "backreference"), (r"(\ba)*", "an anchor inside a repetition"),
    ],
)  # fmt: skip
def test_what_pcre_has_beyond_is_refused_by_name(pattern: str, name: str) -> None:
    with pytest.raises(UnsupportedError, match=re.escape(name)):
        parse_regex(pcre(pattern))


@pytest.mark.parametrize(
    "pattern", ["(a", "a)", "[a", "*a", "a**", "a{3,2}", "[b-a]", "\\", r"\x4", r"\y", "(?Z)", "^*"]
)
def test_a_broken_pcre_pattern_is_a_parse_error(pattern: str) -> None:
    with pytest.raises(re.error):
        re.compile(pattern)
    with pytest.raises(ParseError) as caught:
        parse_regex(pcre(pattern))
    assert caught.value.diagnostics[0].span is not None


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a|aa)+c", "((a*)*)*b", ".*a.*a.*a.*a.*b"])
def test_a_pattern_that_hangs_backtracking_engines_is_quick(pattern: str) -> None:
    start = time.process_time()
    assert not both(pcre(pattern), "a" * 3000 + "x")
    assert time.process_time() - start < 2


def test_deep_nesting_is_an_error_and_no_crash() -> None:
    for flavour in ("lucene", "pcre"):
        with pytest.raises(ParseError):
            parse_text("(" * 5000 + "a" + ")" * 5000, flavour)


_ATOMS = ["a", "b", "A", "K", "1", "_", " ", "-", r"\.", r"\\", ".", r"\w", r"\W", r"\d", r"\s", "[ab]", "[^a]",
          "[A-Z]", "[a1-]", "é", r"\n"]  # fmt: skip
_PLACES = ["^", "$", r"\b", r"\B", r"\A", r"\Z"]


def _patterns(anchors: bool) -> st.SearchStrategy[str]:
    leaf = st.sampled_from(_ATOMS + (_PLACES if anchors else []))

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        plain = st.sampled_from(_ATOMS)
        return st.one_of(
            st.lists(inner, min_size=1, max_size=4).map("".join),
            st.lists(inner, min_size=2, max_size=3).map(lambda items: "(" + "|".join(items) + ")"),
            st.tuples(plain, st.sampled_from(["*", "+", "?", "{2}", "{1,2}"])).map("".join),
            st.tuples(inner, st.sampled_from(["?", "{1,2}"])).map(lambda pair: f"({pair[0]}){pair[1]}"),
        )

    return st.recursive(leaf, grow, max_leaves=8)


_TEXTS = st.text(st.sampled_from("abAkK1_ -.\\é\n\u212a"), max_size=6)


@settings(max_examples=400, deadline=None)
@given(_patterns(True), st.lists(_TEXTS, min_size=3, max_size=8), st.booleans(), st.booleans(), st.booleans())
def test_pcre_means_what_python_means_in_ascii_mode(
    pattern: str, values: list[str], fold: bool, multiline: bool, dotall: bool
) -> None:
    flags = re.ASCII | fold * re.IGNORECASE | multiline * re.MULTILINE | dotall * re.DOTALL
    try:
        ends = pattern if multiline else pattern.replace("$", r"\Z")  # the dollar is the very end here
        reference = re.compile(ends.replace(r"\B", r"(?!\b)"), flags)
        node = pcre(pattern, "ascii" if fold else "none", multiline, dotall)
        rendered = Automaton(parse_lucene(to_lucene(pattern, node.fold, True, multiline, dotall)))
        flagged = to_lucene(pattern, node.fold, True, multiline, dotall, expand_case=False)
        by_flag = Automaton(parse_lucene(flagged, fold=node.fold))
    except (re.error, ParseError, UnsupportedError):
        return
    for value in values:
        wanted = reference.search(value) is not None
        assert both(node, value) == wanted, (pattern, value)
        assert rendered.matches(value) == wanted, (pattern, value)
        assert by_flag.matches(value) == wanted, (pattern, flagged, value)


@settings(max_examples=300, deadline=None)
@given(_patterns(False).filter(lambda p: r"\n" not in p), st.lists(_TEXTS, min_size=3, max_size=8), st.booleans())
def test_lucene_patterns_survive_rendering_and_pcre(pattern: str, values: list[str], dotall: bool) -> None:
    try:
        rx = parse_lucene(pattern)
    except ParseError:
        return
    again = Automaton(parse_lucene(lucene_text(rx)))
    ported = pcre(to_pcre(pattern, dotall=dotall), dotall=dotall)
    for value in values:
        wanted = both(lucene(pattern), value)
        assert again.matches(value) == wanted, (pattern, value)
        assert both(ported, value) == wanted, (pattern, ported.pattern, value)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("aK*?.\\[-]~<\"kß"), max_size=6), st.sampled_from(["none", "ascii", "lower"]),
       st.lists(st.text(st.sampled_from("aAkK\u212a*?.\\[-]~<\"ß"), max_size=6), min_size=3, max_size=6))  # fmt: skip
def test_a_glob_as_lucene_takes_the_same_values(pattern: str, fold: str, values: list[str]) -> None:
    tokens = glob(lowercase(pattern) if fold == "lower" else pattern)
    automaton = Automaton(parse_lucene(glob_to_lucene(tokens, fold)))  # type: ignore[arg-type]
    change = {"none": str, "ascii": fold_ascii, "lower": lowercase}[fold]
    from converter.matching import matches

    for value in values:
        wanted = matches(Glob(K, tokens, fold), {"k": value})  # type: ignore[arg-type]
        assert automaton.matches(value) == wanted, (pattern, fold, value, change(value))


def test_rendered_patterns_read_as_a_person_would_write_them() -> None:
    assert to_lucene(r"\\cmd\.exe$", dotall=True) == ".*\\\\cmd\\.exe"
    assert to_lucene(r"\bfoo\b", dotall=True) == r"(.*\W)?foo(\W.*)?"
    assert to_lucene("cmd", "ascii") == ".*[cC][mM][dD].*"
    assert to_pcre(".*(foo|bar).*") == "foo|bar"
    assert to_pcre("foo.*") == "^foo"
    assert to_pcre(r"foo[a-c]+\.exe") == r"^foo[a-c]+\.exe$"
    assert node_to_lucene(lucene("a<1-9>~(b)")) == "a<1-9>~(b)"


def test_intersection_and_complement_have_no_pcre() -> None:
    with pytest.raises(UnsupportedError, match="complement"):
        to_pcre("~(a)")
    with pytest.raises(UnsupportedError, match="intersection"):
        to_pcre("a.*&.*b")
