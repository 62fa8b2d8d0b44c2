"""EVTX files: read where the package is there, else a hint how to get it; broken ones are named."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from converter.diagnostics import DocumentError, UsageError
from converter.documents import load_events


def test_without_the_package_the_error_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.evtx").write_bytes(b"ElfFile\0")
    monkeypatch.setitem(sys.modules, "evtx", None)
    with pytest.raises(UsageError) as caught:
        load_events(tmp_path / "a.evtx")
    assert "pip install 'ruleproof[evtx]'" in caught.value.render()


def test_a_file_that_is_no_event_log_is_named(tmp_path: Path) -> None:
    pytest.importorskip("evtx", reason="reading EVTX needs the package evtx (pip install 'ruleproof[evtx]')")
    (tmp_path / "a.evtx").write_bytes(b"not an event log" * 500)
    with pytest.raises(DocumentError, match="the event log cannot be read") as caught:
        load_events(tmp_path / "a.evtx")
    assert "a.evtx" in caught.value.render()
    with pytest.raises(UsageError, match="there is no file"):
        load_events(tmp_path / "b.evtx")


def test_an_event_log_and_its_json_hold_the_same_events(shared: Path) -> None:
    pytest.importorskip("evtx", reason="reading EVTX needs the package evtx (pip install 'ruleproof[evtx]')")
    compared = several = 0
    for path in sorted(shared.glob("corpora/sigma/regression_data/**/*.evtx")):
        from_log, from_json = load_events(path), load_events(path.with_suffix(".json"))
        assert [e["Event"]["System"]["EventRecordID"] for e in from_log] == [
            e["Event"]["System"]["EventRecordID"] for e in from_json
        ]
        compared += 1
        several += len(from_json) > 1
    assert compared == 158 and several > 3
