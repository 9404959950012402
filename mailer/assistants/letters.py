"""Templates, new letters, checks, previews and drafts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailer.errors import BadData, MailerError
from mailer.sending import api

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mailer.assistants.desk import Desk
    from mailer.letters.template import Template


def list_templates(desk: Desk) -> list[dict[str, Any]]:
    """Tell of every template that can be read: what it is for and what it asks for."""
    from mailer.letters import template as templates

    where, language = _places(desk)
    found: list[dict[str, Any]] = []
    for name, forms in templates.available(where).items():
        try:
            template = templates.load(name, where, language)
        except MailerError as error:
            found.append({"name": name, "error": error.as_json()})
            continue
        fields = [{"name": one.name, "about": one.about, "optional": one.optional} for one in template.fields]
        about = {"name": name, "about": template.about, "languages": templates.languages(forms)}
        found.append({**about, "fields": fields, "prose": template.wants_prose})
    return found


def new_letter(
    desk: Desk, template: str, file: str, to: str, fields: Mapping[str, str], prose: str, refusal: str
) -> dict[str, Any]:
    """Write a letter file.  What is missing stays an example value, so that the letter is not ready.

    Raises BadData, Unreadable, CannotWrite where it exists.
    """
    from mailer.files import write_whole
    from mailer.letters import template as templates
    from mailer.letters.letter import Letter, parse_letter
    from mailer.letters.phrases import primary
    from mailer.render.fields import check_sets
    from mailer.sending.outside import mind_link

    where, language = _places(desk)
    given = {name.strip().lower().replace("-", "_").replace(" ", "_"): value for name, value in fields.items()}
    if to:
        given["to"] = to
    said = given.get("language", "") or templates.in_language(template)[1] or language
    found = templates.load(template, where, said, language)
    mind_link(desk.world, desk.world.settings(desk.settings.account), found)
    path = desk.folder.new(file or f"{found.name}.md", ".md")
    if refusal:
        given = {**_learnt(desk, refusal), **given}
    check_sets(Letter(None, (), "", 1), given, [field.name for field in found.fields])
    _check_values(given)
    if said and primary(said) == primary(found.language):
        given.setdefault("language", said)
    text = _written(found, given, prose)
    if parse_letter(text, path).prose.strip() != _prose(found, prose).strip():
        raise BadData("the prose holds a line '-- >8 --', which ends a letter", hint="Remove it.", field="prose")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode())
    return {"file": path.relative_to(desk.folder.path).as_posix(), "text": text, "finished": "‹" not in text}


def _places(desk: Desk) -> tuple[tuple[Path, ...], str]:
    """Where templates are searched, and the language of the settings."""
    from mailer.letters import template as templates
    from mailer.sending.outside import without_outside

    settings = without_outside(desk.world, desk.world.settings(desk.settings.account), ())
    return templates.folders(desk.folder.path, settings.templates_dir, settings.config_dir), settings.language


def _learnt(desk: Desk, refusal: str) -> dict[str, str]:
    """What the rejection says: whom to answer, in which thread, on which day."""
    from mailer.characters import bad_in_header
    from mailer.letters.refusal import read_refusal

    path = desk.folder.mail(refusal)
    found = read_refusal(path, desk.world.settings(desk.settings.account).sender)
    told = {
        "to": "" if found.no_reply else found.sender,
        "in_reply_to": found.message_id,
        "subject": found.subject,
        "refused_on": found.date.isoformat() if found.date else "",
    }
    return {name: value for name, value in told.items() if value and not bad_in_header(value)}


def _check_values(given: Mapping[str, str]) -> None:
    from mailer.characters import bad_in_header
    from mailer.message.address import parse_list

    for name, value in given.items():
        if bad := bad_in_header(value):
            raise BadData(f"{name} holds {bad}", hint="Give it in one line.", field=name)
    try:
        parse_list(given.get("to", "someone@example.invalid"))
    except BadData as error:
        raise error.at(field="To") from error


def _written(template: Template, given: Mapping[str, str], prose: str) -> str:
    headers = "".join(f"{name}: {value}\n" for name, value in _headers(template, given))
    return f"{headers}\n{_prose(template, prose)}\n"


def _headers(template: Template, given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    from mailer.letters.letter import NAMED, spelled

    yield "Template", template.name
    yield "To", given.get("to") or "‹Name› <someone@example.invalid>"
    for name, header in NAMED.items():
        if given.get(name) and name not in ("to", "template"):
            yield header, given[name]
    for field in template.fields:
        value = given.get(field.name) or ("" if field.optional else f"‹{field.about or field.name}›")
        if value:
            yield spelled(field.name), value


def _prose(template: Template, prose: str) -> str:
    return prose or ("‹two or three sentences that only the writer could write›" if template.wants_prose else "")


def check_letter(desk: Desk, letter: str) -> dict[str, Any]:
    """Tell what the checks find in a letter, and whether any of it blocks the letter.  Raises MailerError."""
    problems = api.check(desk.letter(letter), settings=desk.settings)
    return {"ready": not any(one.blocks for one in problems), "problems": [one.as_json() for one in problems]}


def preview_letter(desk: Desk, letter: str) -> dict[str, Any]:
    """Show what would be sent.  Raises MailerError."""
    seen = api.preview(desk.letter(letter), settings=desk.settings)
    boxes = {"from": seen.sender, "to": list(seen.to), "cc": list(seen.cc), "bcc": list(seen.bcc)}
    return {**boxes, "subject": seen.subject, "text": seen.text or seen.html, "attachments": list(seen.attachments)}


def save_draft(desk: Desk, letter: str, file: str) -> dict[str, Any]:
    """Save the letter as an ``.eml`` in the folder, for the person to open and send.  Raises MailerError."""
    read = desk.letter(letter)
    path = desk.folder.new(file or Path(letter).with_suffix(".eml").as_posix(), ".eml")
    problems = api.check(read, settings=desk.settings)
    api.draft(read, path, settings=desk.settings)
    return {"file": path.relative_to(desk.folder.path).as_posix(), "problems": [one.as_json() for one in problems]}


def letter_list(desk: Desk) -> list[dict[str, Any]]:
    """Tell of the letter files of the folder: whom each is to, and about what."""
    from mailer.letters.letter import read_letter

    found = []
    for name in desk.folder.letters():
        try:
            letter = read_letter(desk.folder.letter(name))
        except MailerError:
            continue
        headers = {one: letter.get(one) for one in ("template", "to", "subject", "company")}
        if headers["to"]:
            found.append({"file": name, **{one: header.value for one, header in headers.items() if header}})
    return found


def letter_text(desk: Desk, letter: str) -> str:
    """The text of a letter file.  Raises BadData, Unreadable."""
    from mailer.files import decode, read_bytes

    return decode(read_bytes(desk.folder.letter(letter), "the letter"), letter)
