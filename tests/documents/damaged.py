"""Damaged documents: file name, content, and what the error must say (code, line, words, words of the help)."""

# ruff: noqa: E501 - a table is read more easily with one case a line

from __future__ import annotations

from dataclasses import dataclass

from tests.documents.samples import PAGE, SIGMA, TOML, api, toml


@dataclass(frozen=True)
class Damage:
    """One damaged file. `line` None where the error is about the whole file."""

    name: str
    file: str
    content: str | bytes
    code: str
    line: int | None
    message: str
    help: str = ""


DAMAGES = [
    Damage("toml: no end of a string", "a.toml", toml('"Jo"]', '"Jo]'), "parse", 9, "the string does not end on its line", "close the quote"),
    Damage("toml: a key twice", "a.toml", toml('name = "Tool', 'severity = "low"\nname = "Tool'), "parse", 26, "the key stands here a second time", "keep one"),
    Damage("toml: a table twice", "a.toml", TOML + "\n[metadata]\n", "parse", 52, "this table stands here a second time"),
    Damage("toml: a value without quotes", "a.toml", toml('"eql"', "eql"), "parse", 16, "expected a value", "text needs quotes"),
    Damage("toml: an unknown escape", "a.toml", toml('"Tool run', '"C:\\Tool run'), "parse", 18, "this backslash begins no escape", "double it"),
    Damage("toml: no rule table", "a.toml", TOML.split("[rule]")[0], "document", 1, "no `[rule]` table"),
    Damage("toml: rule is no table", "a.toml", 'rule = "x"\n', "document", 1, "something else than the table `[rule]`"),
    Damage("json: a missing comma", "a.json", '{\n "type": "eql"\n "name": "x"}', "parse", 3, "expected `,`"),
    Damage("json: a key twice", "a.json", '{"name": "x",\n "rule": {"a": 1,\n  "a": 2}}', "parse", 3, "the key `a` stands here a second time"),
    Damage("json: NaN", "a.json", api("eql").replace("47", "NaN"), "parse", 1, "`NaN` is no JSON value"),
    Damage("json: not rules", "a.json", "[1, 2]", "document", 1, "a rule is a number, expected an object"),
    Damage("json: empty list", "a.json", "[]", "document", 1, "the file holds no rule"),
    Damage("json: half of a surrogate pair", "a.json", api("eql", name="\ud83d"), "document", 1, "`name` holds half of a surrogate pair"),
    Damage("ndjson: a broken line", "a.ndjson", api("eql") + '\n{"type": \n' + api("esql"), "parse", 2, "expected a value"),
    Damage("ndjson: a line that is no object", "a.ndjson", api("eql") + "\n[]\n", "document", 2, "this line is a list, expected an object"),
    Damage("ndjson: a line that is no rule", "a.ndjson", api("eql") + '\n{"a": 1}\n', "document", 2, "neither a rule nor another part"),
    Damage("ndjson: only a summary", "a.ndjson", '{"exported_count": 0}\n', "document", 1, "the file holds no rule"),
    Damage("yaml: indentation", "a.yml", SIGMA.replace("    product", "  product"), "parse", 14, "expected a key", "check the indentation"),
    Damage("yaml: a tab", "a.yml", SIGMA.replace("    product", "\tproduct"), "parse", 14, "a tab stands in the indentation", "spaces"),
    Damage("yaml: a list indented with a tab", "a.yml", SIGMA.replace("    - attack.execution", "\t- attack.execution"), "parse", 10, "a tab stands in the indentation", "spaces"),
    Damage("yaml: a bare asterisk", "a.yml", SIGMA.replace("'\\tool.exe'", "*"), "parse", 17, "a value cannot begin with `*`", "quote it"),
    Damage("yaml: a key twice", "a.yml", SIGMA.replace("ParentImage", "Image"), "parse", 18, "the key `Image|endswith` stands here a second time"),
    Damage("yaml: a tag that its value belies", "a.yml", SIGMA.replace("level: medium", "level: !!int"), "parse", 1, "not valid YAML", "the value fits its tag"),
    Damage("yaml: a list", "a.yml", "- title: x\n", "document", 1, "the YAML document is a list, expected a mapping"),
    Damage("sigma: no detection", "a.yml", SIGMA.split("detection:")[0], "schema", 1, "`detection` is missing"),
    Damage("sigma: no condition", "a.yml", SIGMA.replace("    condition: selection\n", "    other: {a: 1}\n"), "schema", 15, "`detection.condition` is missing"),
    Damage("sigma: a level that is none", "a.yml", SIGMA.replace("level: medium", "level: mediun"), "schema", 22, "`level` is the text `mediun`, expected `informational`", "did you mean `medium`?"),
    Damage("sigma: an id that is none", "a.yml", SIGMA.replace("3a0cf6ac-", ""), "schema", 2, "expected a UUID"),
    Damage("sigma: a date that is none", "a.yml", SIGMA.replace("2024-05-31", "31.5.2024"), "schema", 8, "expected a date such as 2024-05-31"),
    Damage("sigma: tags that are text", "a.yml", SIGMA.replace("tags:\n    - attack.execution\n    - attack.t1569.002", "tags: attack.execution"), "schema", 9, "`tags` is the text `attack.execution`, expected a list", "square brackets"),
    Damage("page: no query", "a.md", PAGE.split("## Rule query")[0], "document", 8, "the page has no rule query", "[_rule_query_1]"),
    Damage("page: no code block", "a.md", PAGE.replace("```js", "").replace('exe"\n```', 'exe"'), "document", 59, "the rule query has no code block"),
    Damage("page: some other page", "a.md", "# Hello [hello]\n\nText.\n", "document", 1, "not a rule's documentation page"),
    Damage("page: a score that is none", "a.md", PAGE.replace("47", "many"), "document", 20, "`Risk score` is `many`, expected a whole number"),
    Damage("an empty file", "a.toml", "", "document", 1, "the file is empty"),
    Damage("a file of blanks", "a.json", " \n\n", "document", 1, "the file is empty"),
    Damage("a binary file", "a.toml", b"\x7fELF\n\x00\x00", "document", 2, "the file is binary"),
    Damage("not UTF-8", "a.toml", TOML.encode().replace(b'"Jo"', b'"J\xf6"'), "document", 9, "byte 0xf6 is not UTF-8", "save the file as UTF-8"),
    Damage("UTF-16", "a.toml", "\ufeff".encode("utf-16-le") + TOML.encode("utf-16-le"), "document", 1, "the file is UTF-16", "save it as UTF-8"),
    Damage("a broken archive", "a.toml.xz", b"\xfd7zXZ\x00junk", "document", 1, "not a sound xz archive"),
    Damage("a text of no format", "a.txt", "hello", "document", 1, "of no known rule format"),
    Damage("no type", "a.toml", toml('type = "eql"\n'), "schema", 8, "`type` is missing, expected one of `query`"),
    Damage("an unknown type", "a.toml", toml('type = "eql"', 'type = "tresh"'), "schema", 27, "`type` is `tresh`, expected one of"),
    Damage("a type close to one", "a.json", api("threshold", type="treshold"), "schema", 1, "`type` is `treshold`", "did you mean `threshold`?"),
    Damage("a saved query", "a.json", api("query", type="saved_query"), "schema", 1, "type `saved_query`", "load the saved query"),
    Damage("no query", "a.toml", toml("query = '''", "query_text = '''"), "schema", 8, "`query` is missing: the rule's query"),
    Damage("a score as text", "a.toml", toml("= 47", '= "47"'), "schema", 23, "`risk_score` is the text `47`, expected a whole number", "low is 21"),
    Damage("a score out of range", "a.toml", toml("= 47", "= 147"), "schema", 23, "`risk_score` is `147`, expected a whole number from 0 to 100"),
    Damage("an unknown severity", "a.toml", toml('"medium"', '"hihg"'), "schema", 25, "`severity` is the text `hihg`, expected `low`, `medium`, `high` or `critical`", "did you mean `high`?"),
    Damage("an interval that is none", "a.toml", toml('"5m"', '"5 minutes"'), "schema", 15, "`interval` is the text `5 minutes`, expected a whole number and a unit of s, m, h or d"),
    Damage("a start that is none", "a.toml", toml('"now-9m"', '"9 minutes ago"'), "schema", 13, "`from` is the text `9 minutes ago`, expected a date relative to now such as now-9m"),
    Damage("tags as text", "a.toml", toml('["OS: Windows", "Tactic: Execution"]', '"OS: Windows"'), "schema", 26, "`tags` is the text `OS: Windows`, expected a list", "square brackets"),
    Damage("a number among the tags", "a.toml", toml('"OS: Windows", ', "7, "), "schema", 26, "`tags[0]` is `7`, expected text", "in quotes"),
    Damage("an EQL query in a query rule", "a.toml", toml('type = "eql"', 'type = "query"'), "schema", 16, "`language` is the text `eql`, expected `kuery` or `lucene`", "fixes its languages"),
    Damage("KQL in an EQL rule", "a.json", api("eql", language="kuery"), "schema", 1, "`language` is the text `kuery`, expected `eql`"),
    Damage("a tactic without a name", "a.toml", toml('name = "Execution"\n'), "schema", 47, "`threat[0].tactic.name` is missing"),
    Damage("a technique that is text", "a.json", api("eql", threat=[{"framework": "MITRE ATT&CK", "tactic": {"id": "TA0002", "name": "x"}, "technique": ["T1"]}]), "schema", 1, "`threat[0].technique[0]` is the text `T1`, expected a table"),
    Damage("a threshold without a value", "a.json", api("threshold", threshold={"field": ["host.id"]}), "schema", 1, "`threshold.value` is missing: a whole number from 1", "threshold = {"),
    Damage("no threshold", "a.json", api("threshold", threshold=None), "schema", 1, "`threshold` is missing", "threshold = {"),
    Damage("new terms without fields", "a.json", api("new_terms", new_terms_fields=None), "schema", 1, "`new_terms_fields` is missing", "[rule.new_terms]"),
    Damage("too many new terms", "a.json", api("new_terms", new_terms_fields=["a", "b", "c", "d"]), "schema", 1, "`new_terms_fields` has 4 items, expected at most 3"),
    Damage("a threat mapping without a value", "a.json", api("threat_match", threat_mapping=[{"entries": [{"field": "a", "type": "mapping"}]}]), "schema", 1, "`threat_mapping[0].entries[0].value` is missing"),
    Damage("no threat mapping", "a.json", api("threat_match", threat_mapping=[]), "schema", 1, "`threat_mapping` is empty"),
    Damage("a job id that is a number", "a.json", api("machine_learning", machine_learning_job_id=3), "schema", 1, "`machine_learning_job_id` is `3`, expected text or a list"),
    Damage("an anomaly threshold out of range", "a.json", api("machine_learning", anomaly_threshold=101), "schema", 1, "`anomaly_threshold` is `101`, expected a whole number from 0 to 100"),
    Damage("a creation date that is none", "a.toml", toml("2024/05/31", "May 2024"), "schema", 3, "`metadata.creation_date` is the text `May 2024`, expected a date such as 2024/05/31"),
    Damage("an empty name", "a.toml", toml("Tool run by a service"), "schema", 18, "`name` is empty"),
]  # fmt: skip
