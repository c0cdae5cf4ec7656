# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers made from the local service's OpenAPI description: ones it allows, and near misses.

schemathesis makes requests, not answers; so the answers' schemas are given to it as the bodies of
requests to a service that does not exist.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

from tests.unit.local_service.running import Running

SIGNATURE = "SIGNATURE-that-nobody-may-read"
_CALLS = {
    "create": ("post", "/api/v1/mocap/jobs"),
    "complete": ("post", "/api/v1/mocap/jobs/{job_id}/complete-upload"),
    "status": ("get", "/api/v1/mocap/jobs/{job_id}"),
    "result": ("get", "/api/v1/mocap/jobs/{job_id}/result"),
}
_ADDRESSES = st.sampled_from(
    [
        f"http://127.0.0.1:9/x?signature={SIGNATURE}",
        f"https://user:{SIGNATURE}@127.0.0.1:9/x",
        f"file:///etc/passwd?{SIGNATURE}",
        f"//127.0.0.1:9/{SIGNATURE}",
        f"http://[::1/{SIGNATURE}",
        f"../../{SIGNATURE}.fbx",
        "",
    ]
)


class DescribedAnswers:
    """Strategies by step: "create", "complete", "status", "result"."""

    def __init__(self, folder: Path) -> None:
        running = Running(folder / "data")
        try:
            described = requests.get(f"{running.url}/openapi.json", timeout=10).json()
        finally:
            running.kill()
        schema = schemathesis.openapi.from_dict(_as_requests(described))
        self._operations = {
            found.ok().path.removeprefix("/"): found.ok() for found in schema.get_all_operations()
        }

    def of(self, step: str) -> st.SearchStrategy[bytes]:
        """What that call may be answered: as described, nearly so, or with hostile addresses."""
        operation = self._operations[step]
        good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE).map(_body)
        bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE).map(_body)
        return (good | bad | st.builds(_readdressed, good, _ADDRESSES)).map(_bytes)


def _as_requests(described: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for step, (method, path) in _CALLS.items():
        answers = described["paths"][path][method]["responses"]
        kinds = [
            answer["content"]["application/json"]["schema"]
            for answer in answers.values()
            if "application/json" in answer.get("content", {})
        ]
        kinds = [kind for place, kind in enumerate(kinds) if kind not in kinds[:place]]
        content = {"application/json": {"schema": {"anyOf": kinds}}}
        paths[f"/{step}"] = {
            "post": {
                "requestBody": {"required": True, "content": content},
                "responses": {"200": {"description": "Taken"}},
            }
        }
    return {
        "openapi": described["openapi"],
        "info": described["info"],
        "paths": paths,
        "components": described["components"],
    }


def _body(case: schemathesis.Case) -> Any:
    return case.body


def _bytes(body: Any) -> bytes:
    """As sent; a near miss may be no JSON at all, or nothing."""
    if isinstance(body, bytes):
        return bytes(body)
    return b"" if type(body).__name__ == "NotSet" else json.dumps(body).encode()


def _readdressed(value: Any, address: str) -> Any:
    """The same with that address wherever one stands."""
    if isinstance(value, dict):
        return {
            name: address
            if name.endswith("Url") and isinstance(inner, str)
            else _readdressed(inner, address)
            for name, inner in value.items()
        }
    return [_readdressed(inner, address) for inner in value] if isinstance(value, list) else value
