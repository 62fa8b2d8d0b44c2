"""The GitHub Action, the workflows and the manifest of hooks against the schemas of those who read them."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from converter.cli import cli
from converter.scaffold import repository_files

ROOT = Path(__file__).resolve().parents[2]


def schema(name: str) -> Any:
    """A schema as the package check-jsonschema carries it."""
    spec = find_spec("check_jsonschema")
    if spec is None or spec.origin is None:
        pytest.skip("the package check-jsonschema with the schemas of GitHub and GitLab is not installed")
    path = Path(spec.origin).parent / "builtin_schemas" / "vendor" / f"{name}.json"
    return json.loads(path.read_text("utf-8"))


class Loader(yaml.SafeLoader):
    """YAML 1.2 where it matters here: `on` is a text."""


Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in items if tag != "tag:yaml.org,2002:bool" or key not in "oO"]
    for key, items in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(text: str) -> Any:
    return yaml.load(text, Loader)


def action() -> Any:
    return read((ROOT / "action.yml").read_text("utf-8"))


def blocks(heading: str) -> list[Any]:
    """The YAML examples of a section of docs/ci.md."""
    text = (ROOT / "docs" / "ci.md").read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [read(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.S)]


def test_the_action_fits_githubs_schema() -> None:
    jsonschema.validate(action(), schema("github-actions"))


def test_the_workflows_fit_githubs_schema_and_name_inputs_that_there_are() -> None:
    made = read(repository_files()[".github/workflows/rules.yml"])
    (shown,) = blocks("GitHub")
    for workflow in (made, shown):
        jsonschema.validate(workflow, schema("github-workflows"))
    (step,) = [s for s in shown["jobs"]["rules"]["steps"] if "ruleproof@" in s.get("uses", "")]
    assert step["with"].keys() <= action()["inputs"].keys()


def test_the_pipelines_fit_gitlabs_schema() -> None:
    for pipeline in (read(repository_files(ci="gitlab")[".gitlab-ci.yml"]), *blocks("GitLab")):
        jsonschema.validate(pipeline, schema("gitlab-ci"), cls=jsonschema.Draft7Validator)


def test_the_table_of_inputs_is_complete() -> None:
    text = (ROOT / "docs" / "ci.md").read_text("utf-8")
    for name in action()["inputs"]:
        assert f"| `{name}` |" in text, name


def test_no_input_becomes_part_of_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["name"]


def commands() -> list[str]:
    """Every line that calls ruleproof in the action, the manifest, the scaffolds and the documentation."""
    texts = [step["run"] for step in action()["runs"]["steps"] if "run" in step]
    texts += [hook["entry"] for hook in read((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))]
    texts += [text for kind in ("github", "gitlab") for text in repository_files(ci=kind).values()]
    texts.append((ROOT / "docs" / "ci.md").read_text("utf-8"))
    joined = "\n".join(texts).replace("\\\n", " ")
    return re.findall(
        r"\bruleproof ((?:check|diff|export|report|format|completion|new|replay|init)\b[^\n`|>]*)", joined
    )


def test_every_call_names_options_that_the_command_has() -> None:
    found = commands()
    assert len(found) > 20
    for line in found:
        name, *words = re.sub(r"\$\{[^}]*\}", "", line).split()
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        options = [word.split("=")[0].rstrip(".,;)") for word in words if word.startswith("-") and word != "--"]
        assert {option for option in options if option not in ("-",)} <= known, line


def test_the_manifest_is_what_pre_commit_reads() -> None:
    hooks = read((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert [hook["id"] for hook in hooks] == ["ruleproof-check", "ruleproof-format", "ruleproof-export-fresh"]
    try:
        from pre_commit.clientlib import load_manifest
    except ImportError:
        pytest.skip("pre-commit is not installed")
    assert len(load_manifest(str(ROOT / ".pre-commit-hooks.yaml"))) == 3
