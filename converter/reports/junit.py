"""JUnit XML: a suite a rule file, a case for each finding and each form.

An error or warning fails its case; a note passes; a suppressed finding, and a form that is not equivalent, is skipped
with the reason. A rule without findings has one passing case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TextIO
from xml.etree import ElementTree as xml

from converter.checks.finding import Finding
from converter.reports import Format
from converter.reports.model import FormRow, Report
from converter.reports.words import MEANING

#: What XML 1.0 cannot hold, even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report, stream: TextIO) -> None:
    root = xml.Element("testsuites", name="ruleproof")
    for path in dict.fromkeys([*(r.path or "" for r in report.rules), *(f.path or "" for f in report.findings)]):
        suite = xml.SubElement(root, "testsuite", name=_text(path or "<rule>"))
        for case in _cases(report, path):
            suite.append(case)
        _count(suite)
    _count(root)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    xml.indent(root)
    stream.write(xml.tostring(root, encoding="unicode") + "\n")


def _cases(report: Report, path: str) -> Iterator[xml.Element]:
    found = [item for item in report.findings if (item.path or "") == path]
    for finding in found:
        yield _of_finding(finding)
    failing = {item.rule_id or "" for item in found if item.counts}
    for rule in report.rules:
        if (rule.path or "") != path:
            continue
        if rule.id not in failing:
            yield _case(path, f"{rule.name}: checks")
        for form in rule.forms:
            yield _of_form(path, rule.name, form)


def _of_finding(finding: Finding) -> xml.Element:
    name = f"{finding.rule_name or finding.rule_id or ''}: {finding.code} {finding.name}".strip(": ")
    case = _case(finding.path or "", name, finding.line)
    if finding.suppressed is not None:
        xml.SubElement(case, "skipped", message=_text(f"suppressed: {finding.suppressed}"))
    elif finding.severity == "note":
        xml.SubElement(case, "system-out").text = _text(finding.render())
    else:
        failure = xml.SubElement(case, "failure", message=_text(finding.message), type=finding.severity)
        failure.text = _text(finding.render())
    return case


def _of_form(path: str, rule: str, form: FormRow) -> xml.Element:
    case = _case(path, f"{rule}: {form.to} form")
    if form.fixtures_that_disagree:
        message = f"{len(form.fixtures_that_disagree)} fixtures decide otherwise on the {form.to} form"
        failure = xml.SubElement(case, "failure", message=_text(message), type="fixture")
        failure.text = _text("\n".join(form.fixtures_that_disagree))
    elif form.relation != "equivalent":
        why = "; ".join(dict.fromkeys(message for _, message in form.losses)) or form.reason or ""
        xml.SubElement(case, "skipped", message=_text(f"{form.relation}: {why or MEANING.get(form.relation, '')}"))
    return case


def _case(path: str, name: str, line: int | None = None) -> xml.Element:
    case = xml.Element("testcase", classname=_text(path or "<rule>"), name=_text(name), file=_text(path), time="0")
    if line is not None:
        case.set("line", str(line))
    return case


def _count(suite: xml.Element) -> None:
    suite.set("tests", str(sum(1 for _ in suite.iter("testcase"))))
    suite.set("failures", str(sum(1 for _ in suite.iter("failure"))))
    suite.set("skipped", str(sum(1 for _ in suite.iter("skipped"))))
    suite.set("errors", "0")


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


FORMAT = Format("junit", "JUnit XML", (".junit.xml", ".xml"), write)
