"""Signed and encrypted mail: what is signed is read, what is encrypted is said to be."""

import re

from channels.email.mime import BLANK_LINE, CONTENT_FIELD, HEADER_BYTES, Part, leaves, tree

_KINDS = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_PGP = re.compile(r"^-----BEGIN PGP MESSAGE-----", re.M)


def opened(root: Part, raw: bytes) -> Part:
    """Return the tree of what a mail signs, where the signature wraps it; else `root` itself.

    Nothing is verified: this only reads. Parsers of certificates are no business of an inbox.
    """
    if root.type.value not in _KINDS or root.children:
        return root
    inner = _signed_content(root.content())
    blank = BLANK_LINE.search(raw, 0, HEADER_BYTES + 4)
    if inner is None or blank is None:
        return root
    header = CONTENT_FIELD.sub(b"", raw[: blank.start()] + b"\r\n")
    return tree(header.rstrip(b"\r\n") + b"\r\n" + inner)


def is_encrypted(root: Part, text: str) -> bool:
    """Return whether only its recipient can read a mail, or a part of it."""
    if root.type.value == "multipart/encrypted" or _PGP.search(text):
        return True
    found = (one for one in leaves(root) if one.type.value in _KINDS)
    return any(_signed_content(one.content()) is None for one in found)


def is_signed(root: Part) -> bool:
    """Return whether a mail is signed. Whether the signature is right is not known."""
    return root.type.value == "multipart/signed" or any(
        "signature" in one.type.value for one in leaves(root)
    )


def _signed_content(content: bytes) -> bytes | None:
    from asn1crypto import cms  # only who gets such mail pays for it

    try:
        info = cms.ContentInfo.load(content)
        if info["content_type"].native != "signed_data":
            return None
        inner = info["content"]["encap_content_info"]["content"].native
    except (ValueError, TypeError, KeyError):
        return None
    return inner if isinstance(inner, bytes) else None
