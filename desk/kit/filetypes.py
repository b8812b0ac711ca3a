"""What a file is by its bytes, whatever it says it is: a picture, or a thing to beware of."""

import re

_PICTURES = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.S), "image/webp"),
)
_PROGRAM = re.compile(
    r"\.(?:exe|com|scr|pif|cpl|dll|sys|msi|msp|bat|cmd|ps1|psm1|vbs|vbe|js|jse|mjs|wsf|wsh|hta|"
    r"jar|apk|app|dmg|pkg|deb|rpm|sh|reg|inf|gadget|application|appref-ms|msix|chm|hlp|xll|"
    r"one|py|pyw|pl|rb)$",
    re.I,
)
_SHORTCUT = re.compile(r"\.(?:lnk|url|webloc|desktop|library-ms|search-ms)$", re.I)
_DISK = re.compile(r"\.(?:iso|img|vhd|vhdx|udf)$", re.I)
_MACROS = re.compile(r"\.(?:doc|dot|xls|xlt|ppt|pot|pps|xla|ppa)m$|\.(?:xlsb|slk|iqy|rtf)$", re.I)
_PAGE = re.compile(r"\.(?:html?|xhtml|shtml|mht|mhtml|svgz?|xml|xsl)$", re.I)
_ARCHIVE = re.compile(r"\.(?:zip|rar|7z|gz|tgz|cab|ace|arj)$", re.I)
_MARKUP = re.compile(rb"\A\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|svg|\?xml|script)", re.I)
_ZIP_LOCAL = b"PK\x03\x04"
_LOCKED = 0x1  # of a zip entry's flags: its content is encrypted


def picture_type(content: bytes) -> str | None:
    """Return the MIME type of a picture that browsers show without running anything, or None."""
    head = content[:16]
    return next((mime for magic, mime in _PICTURES if magic.match(head)), None)


def risk(name: str, content: bytes) -> str:
    """Return why a file should be opened with care, "" when there is nothing to say.

    One of program, shortcut, disk, macros, page, locked.
    """
    head = content[:512]
    if _PROGRAM.search(name) or head.startswith((b"MZ", b"\x7fELF", b"#!")):
        return "program"
    if _SHORTCUT.search(name) or head.startswith(b"L\x00\x00\x00\x01\x14\x02\x00"):
        return "shortcut"
    if _DISK.search(name):
        return "disk"
    if _MACROS.search(name) or b"vbaProject.bin" in content[:200_000] + content[-200_000:]:
        return "macros"
    if _is_locked(content) or (_ARCHIVE.search(name) and head.startswith(b"7z\xbc\xaf\x27\x1c")):
        return "locked"
    return "page" if _PAGE.search(name) or _MARKUP.match(head) else ""


def _is_locked(content: bytes) -> bool:
    """Return whether an entry of a zip is encrypted: scanners cannot look into it."""
    at = content.find(_ZIP_LOCAL)
    for _ in range(100):
        if at < 0 or at + 8 > len(content):
            return False
        if int.from_bytes(content[at + 6 : at + 8], "little") & _LOCKED:
            return True
        at = content.find(_ZIP_LOCAL, at + 4)
    return False
