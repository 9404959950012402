"""What kind of file this is: by its first octets, else by its name (RFC 2046).

The table is our own: the system's differ from machine to machine.  ``message/*`` and ``multipart/*`` are never
given, since they may not be base64 (RFC 2046 5.2.1).
"""

from __future__ import annotations

UNKNOWN = "application/octet-stream"

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\xfd7zXZ\0", "application/x-xz"),
)
_ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OOXML = "application/vnd.openxmlformats-officedocument."
_ZIP_PARTS: tuple[tuple[bytes, str], ...] = (
    (b"word/document.xml", _OOXML + "wordprocessingml.document"),
    (b"xl/workbook.xml", _OOXML + "spreadsheetml.sheet"),
    (b"ppt/presentation.xml", _OOXML + "presentationml.presentation"),
)
_ZIP_NAMES = {
    "docx": _OOXML + "wordprocessingml.document",
    "dotx": _OOXML + "wordprocessingml.template",
    "xlsx": _OOXML + "spreadsheetml.sheet",
    "pptx": _OOXML + "presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "epub": "application/epub+zip",
    "pages": "application/vnd.apple.pages",
    "jar": "application/java-archive",
}
_OLE_NAMES = {
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "msg": "application/vnd.ms-outlook",
}
_TEXT_NAMES = {
    "txt": "text/plain",
    "csv": "text/csv",
    "htm": "text/html",
    "html": "text/html",
    "ics": "text/calendar",
    "md": "text/markdown",
    "vcf": "text/vcard",
    "css": "text/css",
    "xml": "application/xml",
    "json": "application/json",
    "svg": "image/svg+xml",
    "tex": "application/x-tex",
    "eml": UNKNOWN,
}
_OTHER_NAMES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "zip": "application/zip",
    "gz": "application/gzip",
    "rtf": "application/rtf",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "wav": "audio/wav",
    "p7s": "application/pkcs7-signature",
}
_BY_NAME = {**_OTHER_NAMES, **_TEXT_NAMES, **_ZIP_NAMES, **_OLE_NAMES}


def media_type_of(data: bytes, filename: str) -> tuple[str, str]:
    """``(media type, charset)``; the charset is "utf-8" for ``text/*`` that decodes so, else ""."""
    extension = filename.rpartition(".")[2].lower() if "." in filename else ""
    known = _by_content(data, extension)
    if known:
        return known, ""
    if not data or not _is_utf8_text(data):
        return _BY_NAME.get(extension, UNKNOWN), ""
    media_type = _TEXT_NAMES.get(extension, "text/plain")
    return media_type, "utf-8" if media_type.startswith("text/") else ""


def _by_content(data: bytes, extension: str) -> str:
    if data.startswith((_ZIP, _EMPTY_ZIP)):
        return _zip_type(data, extension)
    if data.startswith(_OLE):
        return _OLE_NAMES.get(extension, UNKNOWN)
    return next((kind for offset, magic, kind in _MAGIC if data.startswith(magic, offset)), "")


def _zip_type(data: bytes, extension: str) -> str:
    # OpenDocument and EPUB say what they are in a first, stored member called "mimetype".
    if data[30:38] == b"mimetype":
        named = data[38:138].partition(b"PK")[0].decode("ascii", "replace")
        if named in _ZIP_NAMES.values():
            return named
    if extension in _ZIP_NAMES:
        return _ZIP_NAMES[extension]
    return next((kind for part, kind in _ZIP_PARTS if part in data), "application/zip")


def _is_utf8_text(data: bytes) -> bool:
    if b"\0" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
