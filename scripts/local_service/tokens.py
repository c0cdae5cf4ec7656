# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets: the bearer key, upload tokens and signed artifact URLs. Compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


def same_secret(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing about where they differ.

    Hashed first, so that not even the length shows and text outside ASCII is allowed.
    """
    return hmac.compare_digest(token_hash(given), token_hash(expected))


def same_hash(given: str, expected: bytes) -> bool:
    """Whether `given` is the token that was stored as a hash; in constant time."""
    return hmac.compare_digest(token_hash(given), expected)


def new_token() -> str:
    """256 bits for a URL."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored in place of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def kept_secret(path: Path, prefix: str = "") -> str:
    """The secret in `path`; a new one is made and kept, readable by its owner only."""
    if path.exists():
        kept = path.read_text(encoding="ascii").strip()
        if kept:
            return kept
        path.unlink()  # made by a run that was killed before it wrote
    made = prefix + new_token()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made + "\n")
    return made


class Verdict(Enum):
    """What a signature says about a URL."""

    GOOD = "good"
    WRONG = "wrong"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Signer:
    """Signs a job's artifact for a limited time: HMAC-SHA256 over job, name and expiry."""

    secret: str

    def sign(self, job_id: str, name: str, expires: int) -> str:
        text = f"{job_id}\n{name}\n{expires}".encode("utf-8", "surrogatepass")
        return hmac.new(self.secret.encode("ascii"), text, hashlib.sha256).hexdigest()

    def judge(self, job_id: str, name: str, expires: int, signature: str, now: float) -> Verdict:
        """The signature first, so that expiry is told only about URLs that were ours."""
        if not same_secret(signature, self.sign(job_id, name, expires)):
            return Verdict.WRONG
        return Verdict.GOOD if now < expires else Verdict.EXPIRED
