"""Fill what the pages of ``docs/`` say from the code: ``python -m tests.kit.reference``; ``make docs`` does it first.

Between ``<!-- made: NAME -->`` and ``<!-- /made -->`` stands what the function of that name gives.
"""

from __future__ import annotations

import inspect
import json
import re
import shlex
import textwrap
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory

import mailer
from mailer import errors
from mailer.accounts.providers.table import provider_for
from mailer.checks.problem import NAMES, NEVER_ALLOWED, Problem, manual
from mailer.sending.api_values import Preview, Result
from mailer.sending.plan import Plan
from mailer.settings.table import HARMLESS, NEVER, SETTINGS, TRUST, WITHIN
from tests.kit.pages import DOCS, player

ROOT = DOCS.parent
REGION = re.compile(r"(<!-- made: (?P<name>[\w-]+) -->\n).*?(<!-- /made -->)", re.DOTALL)


def checks():
    """Each check with its manual."""
    for name in NAMES:
        about, _, rest = manual(name).partition("\n")
        yield f"## {name}\n\n**{about}**\n\n{rest.strip()}"
        if name in NEVER_ALLOWED:
            yield "`--allow` does not let it pass."


def _explained():
    """What `.env.example` says above each setting; of those that share the words, above the first."""
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    told = {}
    for block in text.split("\n\n"):
        lines = block.splitlines()
        names = [found[1] for line in lines if (found := re.match(r"(?:# )?(MAILER_\w+)=", line))]
        words = " ".join(line[2:] for line in lines if line.startswith("# ") and not re.match(r"# MAILER_\w+=", line))
        words = re.sub(r"\(\*\) | \(\* another one\)", "", words)
        told |= dict.fromkeys(names[1:], "as above") | dict.fromkeys(names[:1], words)
    return told


IN_FOLDER = {HARMLESS: "yes", WITHIN: "a path within the folder", TRUST: "after `mailer trust`", NEVER: "never"}


def settings():
    """Each setting, its default, and what a folder's `.env` may say of it."""
    told = _explained()
    yield "| setting | what it is for | default | in the `.env` of a working folder |\n|---|---|---|---|\n" + "\n".join(
        f"| `{name}` | {_cell(told[name])} | {_cell(_default(one))} | {IN_FOLDER[one.in_folder]} |"
        for name, one in SETTINGS.items()
    )


def _default(one):
    unset = one.unset if isinstance(one.unset, str) else one.unset(SETTINGS[one.of].default)
    return one.default or unset or "–"


def _cell(text):
    return " ".join(text.split()).replace("|", "\\|")


def exit_codes():
    """Each error with its code and its name in JSON."""
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, errors.MailerError)]
    seen = {(one.code, one.name): one for one in reversed(kinds)}
    lines = [f"| {code} | `{name}` | {inspect.getdoc(one).splitlines()[0]} |" for (code, name), one in seen.items()]
    lines = [line for line in lines if "`bug`" not in line]
    lines += ["| 0 | – | Done. |", "| 70 | `bug` | A bug of ours; please report it. |"]
    lines += ["| 130 | – | Stopped by Ctrl-C. |"]
    lines.sort(key=lambda line: int(line.split("|")[1]))
    yield "| code | `name` in JSON | what it means |\n|---|---|---|\n" + "\n".join(lines)


def python():
    """The public names with their arguments and docstrings, and the values that come back."""
    for name in mailer.__all__:
        yield _described(getattr(mailer, name), name)
    yield _described(mailer.Letter.read, "Letter.read")
    for value in (Preview, Result, Plan, Problem):
        yield _described(value, value.__name__, values=True)


def _described(thing, name, *, values=False):
    words, _, example = inspect.getdoc(thing).partition("Example::")
    parts = [f"### {name}", f"```py\n{_signature(thing, name)}\n```", words.strip().replace("``", "`")]
    if values:
        parts[1:2] = ["A tuple with these names: " + ", ".join(f"`{field}`" for field in thing._fields) + "."]
    if example:
        parts.append(f"```py\n{textwrap.dedent(example).strip()}\n```")
    return "\n\n".join(parts)


def _signature(thing, name):
    """The call, an argument a line where it is long."""
    parameters = [one for one in inspect.signature(thing).parameters.values() if one.name != "self"]
    shown, starred = [], False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not starred:
            shown.append("*")
            starred = True
        star = {one.VAR_KEYWORD: "**", one.VAR_POSITIONAL: "*"}.get(one.kind, "")
        default = "" if one.default is one.empty else f" = {one.default!r}"
        shown.append(f"{star}{one.name}: {one.annotation}{default}")
    line = f"{name}({', '.join(shown)})"
    return line if len(line) <= 80 else f"{name}(\n    " + ",\n    ".join(shown) + ",\n)"


PROVIDERS = {
    "gmail": "gmail.com",
    "outlook": "outlook.com",
    "icloud": "icloud.com",
    "yahoo": "yahoo.com",
    "gmx": "gmx.net",
    "fastmail": "fastmail.com",
    "proton": "proton.me",
}


def _provider(domain):
    one = provider_for(domain)
    kinds = {"xoauth2": "OAuth2", "app-password": "app password", "bridge-password": "the password that Bridge shows"}
    asked = " or ".join(kinds.get(kind, kind) for kind in one.auth)
    limits = [f"{one.limits.max_mb} MB a letter" if one.limits.max_mb else ""]
    limits += [f"{one.limits.per_day} letters a day" if one.limits.per_day else ""]
    limits += [f"{one.limits.per_message} recipients a letter" if one.limits.per_message else ""]
    filed = {"yes": "by the server", "no": "by `mailer`", "unsure": "by `mailer`, unless the server did"}
    rows = {
        "sends by": f"`{one.smtp.host}`, port {one.smtp.port}, {one.smtp.security}",
        "keeps folders at": f"`{one.imap.host}`, port {one.imap.port}, {one.imap.security}",
        "sign-in": asked,
        "where to get it": one.help and f"<{one.help}>",
        "before that": one.before,
        "takes": ", ".join(filter(None, limits)),
        "copy in Sent": filed[one.files_sent],
    }
    yield "| | |\n|---|---|\n" + "\n".join(f"| {name} | {_cell(words)} |" for name, words in rows.items() if words)


def replies():
    """What servers' answers at sign-in mean, and what to do."""
    table = tomllib.loads((ROOT / "mailer" / "transport" / "replies.toml").read_text(encoding="utf-8"))["reply"]
    seen = {
        (one["meaning"], one["advice"]): one.get("example", "")
        for one in reversed(table)
        if "auth" in one.get("phase", ())
    }
    rows = [f"| {_cell(meaning)} | {_cell(advice)} | {_quoted(said)} |" for (meaning, advice), said in seen.items()]
    yield "| it means that | do this | for instance |\n|---|---|---|\n" + "\n".join(reversed(rows))


def _quoted(text):
    return f"`{_cell(text)}`" if text else ""


LETTER = """Template: runner-up
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer
When: early in January

The afternoon with Priya's test-bench team stayed with me.
"""
SHOWN = (
    "check dana.md --allow length",
    "preview dana.md",
    "send dana.md --yes",
    "log",
    "outbox",
    "people",
    "due --within 60",
    "people show dana",
    "touch dana --by call --next '1 Feb'",
    "hold dana --until '1 Mar'",
    "follow-up dana --no-edit --yes",
    "draft dana.md -o dana.eml",
    "templates runner-up",
    "checks",
    "plans gracious-six",
    "accounts",
    "settings",
    "send nothing.md",
)


def json_objects():
    """What each command prints with ``--json``, the first line of it, laid out to be read."""
    with TemporaryDirectory() as name, player(Path(name).resolve()) as person:
        person.run(["login", "Jo Novak <jo@novak.example>"], ["correct horse"])
        (person.folder / "dana.md").write_text(LETTER, encoding="utf-8")
        for line in SHOWN:
            told = person.shown(person.run([*shlex.split(line), "--json"], watched=False)).splitlines()
            told = [one for one in told if one.startswith("{")]
            shown = json.dumps(_cut(json.loads(told[0])), indent=2, ensure_ascii=False) if told else ""
            yield f"## mailer {line.split(' -')[0]}\n\n`mailer {line} --json`\n\n" + (
                f"```json\n{shown}\n```" if told else "prints nothing where there is nothing to tell."
            )


def _cut(value):
    """The value with long texts and lists shortened."""
    if isinstance(value, dict):
        many = len(value) > 20 and all(isinstance(one, dict) for one in value.values())
        return {name: _cut(one) for name, one in list(value.items())[: 3 if many else None]}
    if isinstance(value, list):
        return [_cut(one) for one in value[:2]]
    return value[:70] + "…" if isinstance(value, str) and len(value) > 71 else value


MADE = {
    "checks": checks,
    "settings": settings,
    "exit-codes": exit_codes,
    "python": python,
    "json": json_objects,
    "replies": replies,
    **{f"provider-{name}": lambda domain=domain: _provider(domain) for name, domain in PROVIDERS.items()},
}


def fresh(text):
    """A page with every made part anew."""
    return REGION.sub(lambda found: found[1] + "\n" + "\n\n".join(MADE[found["name"]]()) + "\n\n" + found[3], text)


def pages():
    """The pages that hold a made part."""
    return [page for page in sorted(DOCS.glob("*.md")) if "<!-- made: " in page.read_text(encoding="utf-8")]


if __name__ == "__main__":
    for page in pages():
        page.write_text(fresh(page.read_text(encoding="utf-8")), encoding="utf-8")
