"""Signatures of the register's head: whoever rebuilds the chain cannot make them again.

A signature is an entry of its own. It covers the hash of the entry before it, and with that all
entries so far (Ed25519, RFC 8032).
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.errors import Fault
from models.files import read_small
from scenarios.register.entries import RESTORE, SCHEMA, Draft, Entry, RegisterError

NEW_KEY = "Make one: openssl genpkey -algorithm ed25519 -out key.pem, or ssh-keygen -t ed25519."


def signed(entries: Sequence[Entry], key: Any, comment: str = "") -> list[Draft]:
    """The draft that signs everything written so far with an Ed25519 private key."""
    if not entries:
        raise RegisterError(Fault("", "the register is empty: there is nothing to sign"))
    head = entries[-1].hash
    public = _raw(key.public_key())
    details = {
        "head": head,
        "key": base64.b64encode(public).decode(),
        "signature": base64.b64encode(key.sign(_message(head))).decode(),
    }
    return [Draft("sign", 0, "", details, comment)]


def trust_faults(
    entries: Sequence[Entry], trusted: Sequence[Any], where: str
) -> tuple[list[Fault], int]:
    """What speaks against the signatures, and how many entries the last good one covers.

    Parameters
    ----------
    trusted : Ed25519 public keys
    """
    faults, covered = [], 0
    keys = {base64.b64encode(_raw(key)).decode(): key for key in trusted}
    for before, entry in itertools.pairwise(entries):
        key = keys.get(str(entry.details.get("key"))) if entry.action == "sign" else None
        if key is None:
            continue
        if entry.details.get("head") == before.hash and _holds(key, entry):
            covered = before.number
        else:
            problem = "its signature does not hold: entries before it were rewritten"
            faults.append(Fault(f"{where}, entry {entry.number}", problem, RESTORE))
    if not covered and not faults:
        problem = "no entry is signed by a key that is trusted: it may have been rebuilt"
        faults.append(Fault(where, problem, "Sign it: budgetopt register sign --key KEY."))
    return faults, covered


def _holds(key: Any, entry: Entry) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        signature = base64.b64decode(str(entry.details.get("signature")), validate=True)
        key.verify(signature, _message(str(entry.details["head"])))
    except (InvalidSignature, ValueError):
        return False
    return True


def _message(head: str) -> bytes:
    return f"{SCHEMA} head {head}".encode()


def _raw(public: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as form

    return public.public_bytes(form.Encoding.Raw, form.PublicFormat.Raw)


def fingerprint(public: Any) -> str:
    """The first digits of a key's hash, to tell keys apart by."""
    return hashlib.sha256(_raw(public)).hexdigest()[:16]


def private_key(path: Path, passphrase: Callable[[], str]) -> Any:
    """An Ed25519 private key of a PEM file or of OpenSSH.

    Parameters
    ----------
    passphrase : asked only where the key is encrypted

    Raises
    ------
    RegisterError : there is no such file, it holds no Ed25519 key, or the passphrase is wrong
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = _read(path)
    load = form.load_ssh_private_key if b"OPENSSH" in raw[:100] else form.load_pem_private_key
    try:
        try:
            key = load(raw, None)
        except TypeError:  # it is encrypted
            key = load(raw, passphrase().encode())
    except Exception as error:  # each format has errors of its own; none may show the key
        problem = f"this is not a private key that can be read ({type(error).__name__})"
        raise RegisterError(Fault(str(path), problem, NEW_KEY)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise RegisterError(Fault(str(path), "this is not an Ed25519 key", NEW_KEY))
    return key


def public_keys(path: Path) -> list[Any]:
    """Ed25519 public keys: PEM blocks, or lines as in OpenSSH's ``authorized_keys``.

    Raises
    ------
    RegisterError : there is no such file, or something in it is no such key
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = _read(path)
    end = b"-----END PUBLIC KEY-----"
    if end in raw:
        blocks = [(block + end, form.load_pem_public_key) for block in raw.split(end)[:-1]]
    else:
        lines = [line for line in raw.splitlines() if line.strip() and not line.startswith(b"#")]
        blocks = [(line.strip(), form.load_ssh_public_key) for line in lines]
    found, faults = [], []
    for number, (block, load) in enumerate(blocks, start=1):
        try:
            key = load(block)
        except Exception:
            key = None
        if isinstance(key, Ed25519PublicKey):
            found.append(key)
        else:
            problem = f"key {number} is no Ed25519 public key"
            faults.append(Fault(str(path), problem, "Write keys in PEM, or as ssh-ed25519 ..."))
    if not blocks:
        faults.append(Fault(str(path), "holds no key", "Write keys in PEM, or as ssh-ed25519 ..."))
    if faults:
        raise RegisterError(faults)
    return found


def _read(path: Path) -> bytes:
    try:
        return read_small(path)
    except FileNotFoundError:
        raise RegisterError(Fault(str(path), "there is no such file", NEW_KEY)) from None
    except IsADirectoryError:
        raise RegisterError(Fault(str(path), "this is a folder", "Name a file in it.")) from None
