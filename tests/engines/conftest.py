"""One real node for the whole run, shared by all workers, ended with it."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from converter.engines.elasticsearch import Cluster

START = Path(__file__).resolve().parents[2] / "engines/elasticsearch/start"
BUILD = START.with_name("build")
REQUIRED = os.environ.get("RULEPROOF_REQUIRE_ENGINE") == "1"


def lacks(why: str) -> None:
    """No node: a skip with the reason, a failure where the run must not be without."""
    if REQUIRED:
        pytest.fail(f"the engine is required here, but {why}")
    pytest.skip(why)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.fixture(scope="session")
def node_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a node; the first worker that asks starts it. It ends when the process that runs the tests does."""
    given = os.environ.get("RULEPROOF_ELASTICSEARCH_URL")
    if given:
        return given
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    owner = os.getppid() if worker else os.getpid()
    base = tmp_path_factory.getbasetemp()
    stamp = (base.parent if worker else base) / "elasticsearch-node"
    with open(f"{stamp}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists():
            stamp.write_text(start(owner))
    text = stamp.read_text()
    if not text.startswith("http"):
        lacks(text)
    return text


def start(owner: int) -> str:
    """The node's URL, or why there is none."""
    built = subprocess.run([BUILD], capture_output=True, text=True)
    if built.returncode:
        return f"no Elasticsearch could be built: {built.stderr.strip()[-300:]}"
    try:
        return launch(owner)[0]
    except subprocess.CalledProcessError as error:
        return f"the Elasticsearch node does not start: {error.stderr.strip()[-300:]}"


def launch(owner: int) -> tuple[str, int]:
    """URL and process id of a node that ends with the process `owner`."""
    port = free_port()
    out = subprocess.run([START, str(port), str(owner)], capture_output=True, text=True, check=True).stdout
    return f"http://127.0.0.1:{port}", int(out)


@pytest.fixture
def start_node(node_url: str) -> Callable[[int], tuple[str, int]]:
    """`launch`, where a node can be built at all."""
    return launch


@pytest.fixture(scope="session")
def cluster(node_url: str) -> Iterator[Cluster]:
    with Cluster(node_url) as made:
        yield made
