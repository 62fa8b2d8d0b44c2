"""What a run on an engine may do to a cluster, and what it says."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from converter.diagnostics import UsageError
from converter.engines.credentials import Credentials, checked_url
from converter.engines.elasticsearch import PREFIX, Cluster, EngineError, Index, Refused
from converter.engines.esql_text import on_index
from converter.engines.forms import asks_of, send
from converter.engines.mapping import mapping_of
from converter.fields import Fields
from converter.languages import parse
from converter.replay.on_engine import replay_on

FIELDS = Fields.of(None)
EVENTS: list[dict[str, Any]] = [{"process.name": "cmd.exe"}, {"process": {"name": "CMD.EXE", "pid": 7}}, {}]


def indices(cluster: Cluster) -> set[str]:
    return {name for name in cluster.call("GET", "/_all/_settings") if name.startswith(PREFIX)}


def test_an_index_holds_the_events_and_is_gone_afterwards(cluster: Cluster) -> None:
    with cluster.index(EVENTS, ["process.name", "process.pid"], FIELDS) as index:
        assert index.name in indices(cluster)
        assert index.rejected == {}
        assert cluster.search(index, {"term": {"process.name": "cmd.exe"}}) == [0]
        assert cluster.search(index, {"term": {"process.name.caseless": "cmd.exe"}}) == [0, 1]
        assert cluster.search(index, {"exists": {"field": "process.pid"}}) == [1]
    assert index.name not in indices(cluster)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_index_is_deleted_after_an_error_too(cluster: Cluster, error: type[BaseException]) -> None:
    made = ""
    with pytest.raises(error), cluster.index(EVENTS, ["process.name"], FIELDS) as index:
        made = index.name
        assert made in indices(cluster)
        raise error
    assert made not in indices(cluster)


def test_nothing_stays_behind_when_the_program_is_interrupted(cluster: Cluster, tmp_path: Path) -> None:
    code = f"""
import time
from converter.engines.elasticsearch import Cluster
from converter.fields import Fields
with Cluster({cluster.url!r}) as cluster, cluster.index([{{"a": 1}}], ["a"], Fields.of(None)) as index:
    print(index.name, flush=True)
    time.sleep(60)
"""
    program = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert program.stdout is not None
    name = program.stdout.readline().strip()
    assert name in indices(cluster)
    program.send_signal(2)
    program.wait(30)
    assert name not in indices(cluster)


def test_an_index_that_exists_already_is_never_touched(cluster: Cluster) -> None:
    with pytest.raises(AssertionError, match="was not made here"):
        cluster._drop("someone-elses")


def test_an_event_that_the_index_rejects_is_told_and_left_out(cluster: Cluster) -> None:
    query = parse("kuery", "process.pid:*", {"process.pid": "long"})
    out = replay_on(cluster, {"q": query}, [{"process.pid": "x"}, {"process.pid": 3}])
    assert list(out.rejected) == [0]
    assert "event 0 is not in the index" in out.text()


def test_an_own_id_in_an_event_does_not_stop_the_load(cluster: Cluster) -> None:
    with cluster.index([{"_id": "x", "a": "b"}], ["a"], FIELDS) as index:
        assert cluster.search(index, {"term": {"a": "b"}}) == [0]


def test_types_that_the_cluster_lacks_are_replaced_and_named(cluster: Cluster) -> None:
    with cluster.index([{"url.path": "/a"}], ["url.path", "message"], FIELDS) as index:
        assert dict(index.stand_ins) == {"wildcard": "keyword", "match_only_text": "text"}
        assert cluster.search(index, {"wildcard": {"url.path": "/*"}}) == [0]


def test_nested_multi_copied_and_flattened_fields_reach_the_index(cluster: Cluster) -> None:
    fields = Fields.of(
        {
            "properties": {
                "u": {"type": "nested", "properties": {"d": {"type": "nested", "properties": {"k": {"type": "long"}}}}},
                "x": {"type": "text", "fields": {"kw": {"type": "keyword", "ignore_above": 3}}},
                "ct": {"type": "keyword", "copy_to": "all"},
                "all": {"type": "keyword", "null_value": "N"},
                "al": {"type": "alias", "path": "x.kw"},
                "fl": {"type": "flattened"},
                "off": {"type": "keyword", "index": False, "doc_values": False},
                "day": {"type": "date", "format": "epoch_second"},
            }
        }
    )
    names = ["u.d.k", "al", "all", "fl.a.b", "off", "day"]
    assert mapping_of(names, fields)["properties"]["u"]["properties"]["d"]["type"] == "nested"
    event = {"u": [{"d": {"k": 1}}], "x": "abc", "ct": "c", "fl": {"a": {"b": "v"}}, "off": "o", "day": 1}
    with cluster.index([event], names, fields) as index:
        inner = {"nested": {"path": "u.d", "query": {"term": {"u.d.k": 1}}}}
        assert cluster.search(index, {"nested": {"path": "u", "query": inner}}) == [0]
        for query in ({"al": "abc"}, {"all": "c"}, {"fl.a.b": "v"}):
            assert cluster.search(index, {"term": query}) == [0]
        with pytest.raises(Refused, match="not indexed"):
            cluster.search(index, {"term": {"off": "o"}})
        assert cluster.search(index, {"range": {"day": {"gte": "1", "lte": "1"}}}) == [0]


def test_an_object_brings_its_fields_into_the_mapping() -> None:
    fields = Fields.of({"a.b": "long", "a.c.d": "keyword", "z": "keyword"})
    assert mapping_of(["a", "nowhere"], fields) == {
        "properties": {"a": {"properties": {"b": {"type": "long"}, "c": {"properties": {"d": {"type": "keyword"}}}}}}
    }


def test_kql_on_the_node_agrees_with_the_evaluator(cluster: Cluster) -> None:
    forms = {"a": parse("kuery", "process.name:cmd.exe or process.pid > 5"), "b": parse("kuery", "not process.name:c*")}
    out = replay_on(cluster, forms, EVENTS)
    by_way = {(item.form, item.via): item for item in out.comparisons}
    assert by_way["a", "kql"].picked == by_way["a", "kql"].offline == (0, 1)
    assert by_way["b", "kql"].picked == by_way["b", "kql"].offline == (1, 2)
    json.dumps(out.as_json())


def test_a_form_that_finds_other_events_than_we_say_is_different(cluster: Cluster) -> None:
    said = parse("lucene", "k:a", {"k": "keyword"})
    wrong = replace(parse("lucene", "k:b", {"k": "keyword"}), tree=said.tree)
    out = replay_on(cluster, {"right": said, "wrong": wrong}, [{"k": "a"}, {"k": "b"}, {}])
    assert [(item.outcome, item.differing) for item in out.comparisons] == [("same", ()), ("different", (0, 1))]
    assert not out.agrees
    assert "wrong  via lucene  different on 2 of 3 events: 0, 1" in out.text()


def test_a_cluster_that_does_not_answer_is_told_in_a_sentence() -> None:
    with Cluster("http://127.0.0.1:9", timeout=2) as away, pytest.raises(EngineError, match="no answer from"):
        away.call("GET", "/_cluster/health")


def test_an_answer_with_hundreds_of_warnings_is_an_answer() -> None:
    """ES|QL sends one for each column whose several values it read as null."""

    class Node(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            for number in range(300):
                self.send_header("warning", f'299 Elasticsearch "line 1:{number}: single-value function"')
            for name, value in (("x-elastic-product", "Elasticsearch"), ("content-type", "application/json")):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b'{"columns": [{"name": "n", "type": "long"}], "values": [[1]]}')

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Node) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with Cluster(f"http://127.0.0.1:{server.server_port}") as cluster:
            assert cluster.esql("FROM x | STATS n = COUNT(*)") == ([("n", "long")], [[1]])
        server.shutdown()


def test_more_events_than_one_index_takes_are_refused(cluster: Cluster) -> None:
    with pytest.raises(EngineError, match="10001 events"), cluster.index([{}] * 10001, [], FIELDS):
        pass


def test_secrets_show_neither_in_reports_nor_in_logs(cluster: Cluster, caplog: pytest.LogCaptureFixture) -> None:
    secret = Credentials(api_key="c2VjcmV0LWtleQ==")
    caplog.set_level(logging.DEBUG)
    with Cluster(cluster.url, secret) as with_key:
        assert "c2Vj" not in repr(with_key) + repr(secret)
        with pytest.raises(Refused) as caught:
            with_key.call("POST", "/_query", {"query": "ROW c2VjcmV0LWtleQ=="})
        assert "c2Vj" not in str(caught.value)
    assert "c2Vj" not in caplog.text


def test_credentials_come_from_the_environment_or_a_file(tmp_path: Path) -> None:
    env = {"RULEPROOF_ELASTICSEARCH_USER": "me", "RULEPROOF_ELASTICSEARCH_PASSWORD": "pw"}
    assert Credentials.read(environment=env).client_options() == {"basic_auth": ("me", "pw")}
    (tmp_path / "key.yml").write_text("api_key: abc\n")
    assert Credentials.read(tmp_path / "key.yml", env).client_options() == {"api_key": "abc"}
    assert Credentials.read(environment={}).client_options() == {}


@pytest.mark.parametrize(
    "text",
    ["- topsecret", "topsecret: x", "api_key: [topsecret]", "{topsecret", "api_key: topsecret\nuser: a\npassword: b"],
)
def test_a_wrong_file_of_credentials_does_not_show_its_content(tmp_path: Path, text: str) -> None:
    (tmp_path / "key.yml").write_text(text)
    with pytest.raises(UsageError) as caught:
        Credentials.read(tmp_path / "key.yml")
    assert "topsecret" not in str(caught.value) or "unknown key" in str(caught.value)


@pytest.mark.parametrize("url", ["127.0.0.1:9200", "ftp://a", "http://", "http://h:port", "http://me:pw@h:9200"])
def test_a_wrong_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        checked_url(url)
    assert "pw@" not in str(caught.value)


def test_a_url_gets_the_usual_port() -> None:
    assert checked_url("https://es.example/x/") == "https://es.example:443/x"
    assert checked_url("http://[::1]") == "http://[::1]:9200"


def test_an_esql_query_runs_on_the_index_and_keeps_the_ids() -> None:
    text = 'from logs-*, "a|b" metadata _index // x | y\n| where a == "x|y" /* | */ | KEEP a // b\n| limit 5'
    assert on_index(text, "i", 9) == (
        'from i METADATA _index, _id\n| where a == "x|y" /* | */\n| KEEP a // b\n, _id\n| limit 5\n| LIMIT 9',
        True,
    )
    assert on_index("FROM a | STATS c = COUNT(*) BY b", "i", 9) == (
        "FROM i\n| STATS c = COUNT(*) BY b\n| LIMIT 9",
        False,
    )
    assert on_index("ROW a = 1", "i", 9) == ("ROW a = 1", False)


def test_the_node_ends_when_its_owner_does(node_url: str, start_node: Callable[[int], tuple[str, int]]) -> None:
    if os.environ.get("RULEPROOF_ELASTICSEARCH_URL"):
        pytest.skip("the node is a given one")
    owner = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    _, pid = start_node(owner.pid)
    owner.communicate(b"\n")
    for _ in range(200):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    os.kill(pid, 9)
    pytest.fail("the node outlives its owner by 20 seconds")


def test_eql_runs_by_its_endpoint_where_there_is_one_and_as_dsl_where_there_is_none() -> None:
    query = parse("eql", 'process where process.name == "a"', FIELDS)
    (by_endpoint,) = asks_of("f", query, has_eql=True)
    (as_dsl,) = asks_of("f", query, has_eql=False)
    assert (by_endpoint.via, by_endpoint.text) == ("eql", query.text)
    assert as_dsl.via == "dsl of the EQL query"
    assert '"event.category": "process"' in (as_dsl.text or "")


def test_a_sequence_without_an_eql_endpoint_is_not_run_and_says_why() -> None:
    query = parse("eql", "sequence by a [any where true] [any where true]", FIELDS)
    (ask,) = asks_of("f", query, has_eql=False)
    assert ask.text is None
    assert "no EQL endpoint" in (ask.error or "")
    (ask,) = asks_of("f", query, has_eql=True)
    assert ask.text == query.text


def test_what_the_eql_endpoint_answers_becomes_positions() -> None:
    class Answering(Cluster):
        def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
            assert path == "/i/_eql/search"
            assert body.get("event_category_field", "event.category") == "event.category"
            if "sequence" in body["query"]:
                return {"hits": {"sequences": [{"events": [{"_id": "0"}, {"_id": "2"}]}]}}
            return {"hits": {"events": [{"_id": "1"}]}}

    index = Index("i", 3, {}, {})
    with Answering("http://127.0.0.1:1") as cluster:
        assert cluster.has_eql(index)
        for text, picked in (("any where true", (1,)), ("sequence by a [any where true] [any where true]", (0, 2))):
            (ask,) = asks_of("f", parse("eql", text, FIELDS), has_eql=True)
            assert send(cluster, index, ask).picked == picked


def test_sigma_runs_through_each_of_its_forms(cluster: Cluster) -> None:
    rule = "title: t\nlogsource: {product: windows}\ndetection: {s: {process.name|endswith: md.exe}, condition: s}\n"
    out = replay_on(cluster, {"rule": parse("sigma", rule)}, EVENTS)
    ways = {item.via.split(" of the Sigma")[0]: item for item in out.comparisons}
    assert {"dsl", "lucene", "esql", "dsl of the EQL query"} <= ways.keys()
    assert all(item.picked == (0, 1) for item in ways.values() if item.outcome == "same")
    assert not any(item.outcome in ("different", "rejected") for item in ways.values())
