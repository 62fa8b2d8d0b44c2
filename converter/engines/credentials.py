"""How to get into a cluster: from the environment or a file, never from the command line or a URL."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from converter.diagnostics import UsageError

#: Environment variables, by attribute.
VARIABLES = {
    "api_key": "RULEPROOF_ELASTICSEARCH_API_KEY",
    "user": "RULEPROOF_ELASTICSEARCH_USER",
    "password": "RULEPROOF_ELASTICSEARCH_PASSWORD",
    "ca_certs": "RULEPROOF_ELASTICSEARCH_CA_CERTS",
}


@dataclass(frozen=True)
class Credentials:
    """An API key, or a user with a password, or neither; `ca_certs` is the path of a file. No secret is printed."""

    api_key: str | None = field(default=None, repr=False)
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_certs: str | None = None

    def __post_init__(self) -> None:
        if self.api_key and self.user:
            raise UsageError("both an API key and a user are given", help="give one of them")
        if bool(self.user) != bool(self.password):
            raise UsageError("a user and a password belong together", help=f"set {VARIABLES['user']} and _PASSWORD")

    @staticmethod
    def read(path: str | Path | None = None, environment: Mapping[str, str] | None = None) -> Credentials:
        """From a YAML or JSON file with `api_key` or `user` and `password` (and `ca_certs`), else from the environment.

        Raises `UsageError`; its message never holds a value."""
        if path is not None:
            return Credentials(**_from_file(Path(path)))
        env = os.environ if environment is None else environment
        return Credentials(**{key: env[name] for key, name in VARIABLES.items() if env.get(name)})

    def client_options(self) -> dict[str, Any]:
        """What the client takes."""
        out: dict[str, Any] = {"ca_certs": self.ca_certs} if self.ca_certs else {}
        if self.api_key:
            out["api_key"] = self.api_key
        if self.user:
            out["basic_auth"] = (self.user, self.password)
        return out

    def hide(self, text: str) -> str:
        """The text without any secret that an engine may have sent back."""
        for secret in (self.api_key, self.password):
            if secret:
                text = text.replace(secret, "…")
        return text


def _from_file(path: Path) -> dict[str, str]:
    from converter.diagnostics import ConverterError
    from converter.fields.files import read_file

    try:
        data = read_file(path)
    except UsageError:
        raise UsageError(f"cannot read the credentials file `{path}`") from None
    except ConverterError:  # its message may quote the file
        raise UsageError(
            f"`{path}` is no file of credentials", help="write `api_key: …`, or `user` and `password`"
        ) from None
    unknown = sorted(str(key) for key in data if key not in VARIABLES)
    if unknown or not all(isinstance(value, str) for value in data.values()):
        raise UsageError(
            f"`{path}` is no file of credentials: "
            + (f"unknown key `{unknown[0]}`" if unknown else "values are texts"),
            help="keys: " + ", ".join(VARIABLES),
        )
    return dict(data)


def checked_url(url: str) -> str:
    """The URL of a cluster; raises `UsageError` if it is none, or holds a user or a password."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UsageError("the URL of Elasticsearch has no valid port", help="write http://127.0.0.1:9200") from None
    if parts.username or parts.password:
        raise UsageError(
            "the URL of Elasticsearch holds a user or a password, which would show in reports",
            help=f"set {VARIABLES['user']} and {VARIABLES['password']}",
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"`{url}` is no URL of an Elasticsearch", help="write http://127.0.0.1:9200")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port or (443 if parts.scheme == 'https' else 9200)}{parts.path.rstrip('/')}"
