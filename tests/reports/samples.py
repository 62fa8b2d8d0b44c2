"""Reports made by hand: one with everything in it, and texts that try to be something else than text."""

from __future__ import annotations

from dataclasses import replace

from converter.checks.finding import Finding, Fix
from converter.reports import FormRow, Report, RuleRow

#: Each would run, break out or steer something if any format took it for more than text.
HOSTILE = (
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=2>",
    "<!--<script>",
    "]]></failure><failure>",
    "::error file=x::injected\n::set-output name=a::b",
    "\u2028window.hacked=3\u2029",
    "javascript:window.hacked=4",
    "{{script}} {{data}}",
    "| cell | @everyone #1 [x](javascript:window.hacked=5) `code` **bold** <b>",
    "\x1b[31mred\x07\x00",
    "\ud800 lone",
    "'\"`&lt;&amp;\\u003c",
)


def hostile_report() -> Report:
    """A rule and a finding for each hostile text, with it in every place that takes a text."""
    rules, findings = [], []
    for number, text in enumerate(HOSTILE):
        form = FormRow(
            "sigma", "broader", losses=((text, text),), given=(text,), notes=((text, text),),
            counterexample={text: [text]}, reason=text, fixtures_that_disagree=(text,), text=text,
        )  # fmt: skip
        event = {"expect": "match", "reason": text, "event": {text: text}}
        path = f"rules/{text}.toml"
        rules.append(
            RuleRow(
                f"{number}{text}",
                text,
                path,
                1,
                "elastic",
                text,
                "eql",
                text,
                text,
                text,
                (text,),
                (text, "T1059"),
                (form, replace(form, to="eql")),
                (event,),
                facts={text: text},
            )
        )
        findings.append(
            Finding(
                "RP301",
                text,
                "error",
                text,
                text,
                path,
                3,
                5,
                3,
                9,
                f"{number}{text}",
                text,
                (text,),
                {text: text},
                Fix(text, (text,), text),
                None,
                f"  {text}",
            )
        )
    return Report(tuple(rules), tuple(findings), (HOSTILE[0],), title=HOSTILE[0])


def report() -> Report:
    """Three rules: one clean and proven, one with losses and findings, one refused; one finding is suppressed."""
    exact = FormRow(
        "sigma", "equivalent", exported=True, file="sigma/first.yml", sha256="0" * 64, text="title: First\n"
    )
    wider = FormRow(
        "kuery", "broader", losses=(("unsupported", "a regular expression"),), counterexample={"a": ["x", "y"]}
    )
    none = FormRow("sigma", "refused", losses=(("unsupported", "a sample"),), reason="a sample")
    events = (
        {"expect": "match", "reason": "the rule's own case", "event": {"process.name": "a.exe"}},
        {"expect": "no_match", "reason": "another name", "event": {"process.name": "b.exe", "n": 3}},
    )
    rules = (
        RuleRow(
            "id-1", "First rule", "rules/first.toml", 1, "elastic", "eql", "eql", "high", "What it finds.",
            'process where process.name == "a.exe"', ("TA0002",), ("T1059", "T1059.001"),
            (exact, replace(wider, relation="equivalent", losses=(), counterexample=None)), events,
            facts={"mutants": 10, "mutants_killed": 9},
        ),
        RuleRow(
            "id-2", "Second rule", "rules/second.toml", 1, "elastic", "query", "kuery", "low", "",
            "process.name:b.exe", ("TA0005",), ("T1070.001", "T9999"),
            (replace(exact, relation="broader"), wider), events,
        ),
        RuleRow("id-3", "Third rule", "rules/third.yml", 1, "sigma", "rule", "sigma", "medium", forms=(none,)),
    )  # fmt: skip
    place = {"path": "rules/second.toml", "rule_id": "id-2", "rule_name": "Second rule"}
    findings = (
        Finding("RP301", "never-matches", "error", "no event matches this rule", "look at `x`", **place, line=7,
                column=8, end_line=7, end_column=11, line_text='  a == "b" and'),
        Finding("RP202", "unknown-field", "warning", "`x.y` is in no schema", None, **place, line=8, column=3,
                end_line=8, end_column=6, line_text="  x.y"),
        Finding("RP202", "unknown-field", "note", "`x.z` is in no schema", None, **place, line=9, column=3),
        Finding("RP303", "idle-condition", "warning", "it changes nothing", None, **place, suppressed="known, see #7"),
    )  # fmt: skip
    return Report(rules, findings, ("seven validators need data from the network",), title="Rules of the house")
