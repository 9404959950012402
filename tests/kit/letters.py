"""Letters and tables of people that most tests need."""

from __future__ import annotations

ME = "Jo Novak <jo@novak.example>"
PROSE = "The afternoon with Priya's test-bench team stayed with me."
LETTER = f"""Template: runner-up
To: Dana Ruiz <dana.ruiz@acme.example>
Company: Acme Robotics
Position: Data Engineer

{PROSE}
"""
ROWS = """name,email,company,position
Dana Ruiz,dana@acme.example,Acme Robotics,Data Engineer
Lee Okafor,lee@birch.example,Birch Labs,Analyst
Mara Weiß,mara@cedar.example,Zeder & Söhne,Developer
"""
ALONE = (
    f"From: {ME}\nTo: {{{{name}}}} <{{{{email}}}}>\nSubject: Hello {{{{company}}}}\n\nDear {{{{name}}}}, good luck.\n"
)
SHORT = f"From: {ME}\nTo: Dana Ruiz <dana@acme.example>\nSubject: Hello\n\nGood luck.\n"
BATCH = "From: jo@novak.example\nTo: {{ name }} <{{ email }}>\nSubject: Hello {{ company }}\n\nDear {{ name }}.\n"


def people(count, start=0):
    """A CSV of so many people."""
    rows = "".join(f"N{n},n{n}@x.example,C{n}\n" for n in range(start, start + count))
    return f"name,email,company\n{rows}"
