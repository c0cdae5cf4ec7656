# SPDX-License-Identifier: GPL-3.0-or-later
"""Custom avatars: published ones are delivered on their own skeleton, with their version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from . import fake_processor
from .running import Running, code_of

KNIGHT = "avatar:knight"


def put(service: Running, character: bytes = b"steel", name: str = "knight", **about: Any) -> None:
    """Publish a character in the service's data folder."""
    folder = service.data / "avatars" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "character.fbx").write_bytes(character)
    words = {"version": "3", "state": "published"} | about
    (folder / "avatar.json").write_text(json.dumps(words))


def outputs(service: Running, *target_ids: str) -> dict[str, dict[str, Any]]:
    job_id = service.queued(targetIds=list(target_ids))
    view = service.ended(job_id)
    assert view["job"]["status"] == "completed", view
    return {one["targetId"]: one for one in service.result(job_id).json()["data"]["outputs"]}


def content(output: dict[str, Any]) -> bytes:
    return requests.get(output["fbxUrl"], timeout=10).content


def test_a_published_avatar_comes_with_its_version_on_its_own_skeleton(service: Running) -> None:
    put(service, binding={"left_hand": "Wrist_L"})
    found = outputs(service, "default", KNIGHT)
    assert set(found[KNIGHT]) == {"targetId", "resultType", "fbxUrl", "targetVersion"}
    assert found[KNIGHT]["targetVersion"] == "3"
    dressed = fake_processor.FBX + b"steel" + b'{"left_hand": "Wrist_L"}'
    assert content(found[KNIGHT]) == dressed
    assert set(found["default"]) == {"targetId", "resultType", "fbxUrl"}
    assert content(found["default"]) == fake_processor.FBX


def test_an_avatar_alone_is_delivered_in_the_older_shape_too(service: Running) -> None:
    put(service)
    job_id = service.queued(targetIds=..., targetId=KNIGHT)
    service.ended(job_id)
    result = service.result(job_id).json()["data"]
    assert (result["targetId"], result["targetVersion"]) == (KNIGHT, "3")
    assert requests.get(result["fbxUrl"], timeout=10).content.startswith(fake_processor.FBX)


def test_publishing_again_changes_version_and_skeleton_without_a_restart(service: Running) -> None:
    put(service, b"steel", version="3")
    before = outputs(service, KNIGHT)[KNIGHT]
    put(service, b"bronze", version="4")
    after = outputs(service, KNIGHT)[KNIGHT]
    assert (before["targetVersion"], after["targetVersion"]) == ("3", "4")
    assert b"bronze" in content(after)
    assert b"bronze" not in content(before), "what was delivered stays as it was"


def test_a_draft_is_not_delivered_and_the_answer_says_why(service: Running) -> None:
    put(service, name="squire", state="draft")
    answer = service.create(targetIds=["avatar:squire"])
    assert (answer.status_code, code_of(answer)) == (422, "api_target_unsupported")
    assert "is a draft" in answer.json()["error"]["message"]


def test_an_avatar_that_is_taken_back_before_its_turn_fails_the_job_free_of_charge(
    start: Callable[..., Running],
) -> None:
    service = start()
    put(service)
    balance = service.balance()
    waiting = service.queued(fake_processor.video(pause=1.0))
    job_id = service.queued(targetIds=[KNIGHT])
    put(service, state="draft")
    service.ended(waiting)
    view = service.ended(job_id)
    assert view["job"]["errorCode"] == "api_target_unsupported"
    assert balance - service.balance() == 4, "only the other job was charged"


def test_a_character_that_cannot_be_used_fails_its_job_with_a_code(service: Running) -> None:
    put(service, b"broken", name="ghost")
    job_id = service.queued(targetIds=["avatar:ghost"])
    view = service.ended(job_id)
    assert view["job"]["errorCode"] == "avatar_unusable"
    assert service.result(job_id).json()["data"]["outputs"] == []


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b'{"version": ""}', b'{"version": "1", "state": "retired"}', b"\xff\xfe"],
)
def test_a_broken_avatar_file_is_refused_in_words(service: Running, content: bytes) -> None:
    put(service, name="odd")
    (service.data / "avatars" / "odd" / "avatar.json").write_bytes(content)
    answer = service.create(targetIds=["avatar:odd"])
    assert code_of(answer) == "api_target_unsupported"
    assert "cannot be read" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["..", "../avatars/knight", "a/b", ".hidden", "", "a" * 101, "é"])
def test_no_id_leaves_the_folder_of_avatars(service: Running, name: str) -> None:
    put(service)
    (service.data / "avatar.json").write_text('{"version": "1", "state": "published"}')
    (service.data / "character.fbx").write_bytes(b"x")
    assert code_of(service.create(targetIds=[f"avatar:{name}"])) == "api_target_unsupported"


def test_the_manifest_names_the_version_that_made_it(service: Running, tmp_path: Path) -> None:
    put(service, version="5")
    job_id = service.queued(targetIds=[KNIGHT])
    service.ended(job_id)
    manifest = json.loads((service.data / "jobs" / job_id / "manifest.json").read_text())
    assert manifest["avatars"] == {KNIGHT: {"file": "motion-avatar-1.fbx", "version": "5"}}
