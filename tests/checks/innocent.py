"""Letters that look suspicious and are not."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.checks.guilty import FRENCH, GERMAN, LETTER_ALONE, SPANISH
from tests.kit.checks import PROSE, Sample, lone, other, pdf, work

INNOCENT: tuple[Sample, ...] = (
    lone(
        "attributes of pages",
        "",
        '<p>Hello Dana</p><a data-href="x.pdf" href="https://acme.example/">x</a><img alt="" data-src="a.png" '
        'src="https://acme.example/a.png"><!-- <a href="old.html">x</a> --><a name="top"></a>',
        content_type="text/html",
    ),
    lone(
        "base of a page",
        "",
        '<html><head><base href="https://acme.example/"></head><p>Hello Dana, <a href="jobs/1">this one</a></p></html>',
        content_type="text/html",
    ),
    work("the worked example"),
    work("language of a place", language="en-GB"),
    work("german template", prose=GERMAN, language="de"),
    work("austrian template", prose=GERMAN, language="de-AT"),
    work("french template", prose=FRENCH, language="fr"),
    work("spanish template", prose=SPANISH, language="es"),
    lone("german letter", body=f"Guten Tag Dana,\n\n{GERMAN}\n\nFreundliche Grüße\nJo", language="de"),
    lone("french letter", body=f"Bonjour Dana,\n\n{FRENCH}\n\nCordialement\nJo", language="fr"),
    lone("spanish letter", body=f"Hola Dana,\n\n{SPANISH}\n\nUn saludo\nJo", language="es"),
    # placeholders that are none
    work("company XX Robotics", company="XX Robotics", prose=f"{PROSE} XX Robotics has a good canteen."),
    lone("dollars", body="Hello Dana,\n\nit costs US$name-your-price, $5, $HOME or A$ap a day.\n\nJo"),
    lone(
        "title behind the name",
        body="Dear Dana Ruiz, PhD,\n\nsee you.\n\nJo",
        to='"Dana Ruiz, PhD" <d.ruiz@acme.example>',
    ),
    lone("a name in capitals", body="Dear IKEA,\n\nsee you.\n\nJo", to="IKEA <dana@ikea.example>"),
    lone("value not printed", body="Hello Dana,\n\nsee you.\n\nJo", notes="N/A"),
    lone(
        "value of a condition", body="Hello Dana,\n\n{% if who != 'N/A' %}{{ who }}{% endif %}see you.\n\nJo", who="N/A"
    ),
    lone("capitals with a tilde", body="Olá Dana,\n\nCONCLUSÃO: a AÇÃO «MANHÃ» é boa. À Ã\n\nJo"),
    lone(
        "reference in code",
        body="Hello Dana,\n\nwrite `&amp;` for R&D; it is AT&T's; way.\n\nJo",
        content_type="text/markdown",
    ),
    work("company with an apostrophe", company="'t Hooft Instruments"),
    work("company in brackets", company="[24]7.ai", prose=f"{PROSE} The people of [24]7.ai were kind."),
    work("company with a star", company="A*STAR"),
    lone(
        "footnotes",
        body="Hello Dana,\n\nit is in the book [1] and in the paper [2], [sic], [...].\n\n[1] The book\n\nJo",
    ),
    lone("the TODO list", body="Hello Dana,\n\nI went through the TODO list and the TODO comments.\n\nJo"),
    lone("spanish TODO", body="Hola Dana,\n\ngracias por TODO lo que hiciste.\n\nJo", language="es"),
    lone("shell path", body="Hello Dana,\n\nput it on your %PATH%, or into %APPDATA%.\n\nJo"),
    lone("html tags", body="Hello Dana,\n\nthe <title> of the page is wrong, and `<name>` is not closed.\n\nJo"),
    lone(
        "roman numbers", body="Hola Dana,\n\nes una obra del siglo XX, y de Benedicto XX nada sé.\n\nJo", language="es"
    ),
    lone("sizes", body="Hello Dana,\n\nthe shirts come in XL, XXL and XXXL.\n\nJo"),
    lone("designers", body="Hello Dana,\n\nI replaced the lorem ipsum in the header with your words.\n\nJo"),
    lone("a question of signs", body="Hello Dana,\n\nis a=?b right, or `=?utf-8?Q?a?=` after all?\n\nJo"),
    lone("json", body='Hello Dana,\n\nsend `{"name": {"first": "Ana"}}` to it, or {0} and {n}.\n\nJo'),
    lone("asides", body="Hello Dana,\n\nthe date (and the place) is fixed (see you there), (date) or not.\n\nJo"),
    lone("guillemets", body="Bonjour Dana,\n\nil a dit « bonjour » et «Le Monde» l'a écrit.\n\nJo", language="fr"),
    lone("percent", body="Hello Dana,\n\nsales are up 5% to 10% and VAT is 20%.\n\nJo"),
    lone("another language", body="Beste Dana,\n\ntot maandag.\n\nGroeten\nJo", language="nl"),
    lone("mailing list subject", subject="[acme-dev] release 2.0 [draft 3]", body="Hello,\n\nit is out.\n\nJo"),
    lone("chromosomes", body="Hello Dana,\n\nthe XX chromosomes and XX/XY pairs are in the table.\n\nJo"),
    # holes that are none
    lone("typist's blanks", body="Hello Dana,\n\nit is done.  I will send it.  Thank you.\n\nJo"),
    lone("table", body="Hello Dana,\n\nTea   two   four\nMilk  one   nine\n\nJo"),
    lone("french blanks", body="Bonjour Dana,\n\nça va ? Très bien ! Voici : rien ; merci.\n\nJo", language="fr"),
    lone("dot net", body="Hello Dana,\n\nwe are good at .NET, and the rest is what I am good at.\n\nJo"),
    lone("hello alone", body="Hello,\n\nsee you on Monday.\n\nJo"),
    lone("two empty lines", body="Hello Dana,\n\n\n\nsee you on Monday.\n\n\n\nJo"),
    *(
        lone(f"title alone: {words}", body=f"{words}\n\nthank you for the day.\n\nJo", language=language)
        for words, language in (
            *[(f"Dear {title},", "en") for title in ("Professor", "Sir", "Sir or Madam", "Doctor", "HR", "MS")],
            *[("Sehr geehrte Frau Professor,", "de"), ("Sehr geehrter Herr Doktor,", "de")],
            *[("Madame,", "fr"), ("Madame, Monsieur,", "fr"), ("Cher Monsieur,", "fr"), ("Hi Don,", "en")],
        )
    ),
    work("company with a full stop", company="Acme Robotics Inc."),
    work("company with a full stop, thanked", template="thank-you", company="Acme Robotics S.A."),
    work("company with a full stop, later", template="check-in", company="Acme Robotics Ltd."),
    lone("names that begin with a small word", body="Hello Dana,\n\nI am at {{ x }} now.\n\nJo", x="At Home GmbH"),
    lone("sentences apart", body="Hello Dana,\n\nI saw {{ x }}. Dana saw it too.\n\nJo", x="Dana"),
    lone("an ellipsis", body="Hello Dana,\n\nI was at {{ house }}... and back.\n\nJo", house="Acme Inc."),
    # greetings
    *(
        work(f"no second greeting: {words}", prose=f"{words} {PROSE}")
        for words in (
            "Hello again from the fog!",
            "Hello again!",
            "Greetings from Berlin!",
            "Hello World, the first program, was on your wall.",
            "Dear to me was the bench.",
            "Dear me, what a bench!",
            "Best of all was the bench.",
            "Beste Erinnerungen habe ich daran.",
        )
    ),
    work("known as", to="Robert Whitfield <robert@acme.example>", greeting="Dear Bob", known_as="Bob"),
    work("title", to="Prof. Dr. Ana-María Weber <ana@acme.example>", greeting="Sehr geehrte Frau Professor Weber"),
    work("hyphen", to="Jean-Luc Martin <jl@acme.example>", greeting="Cher Jean Luc"),
    work("particle", to="Pieter van den Berg <pieter@acme.example>", greeting="Dear Mr van den Berg"),
    work("family name first", to="Nguyễn Văn An <an@acme.example>", greeting="Dear An"),
    work("turned", to='"Ruiz, Dana" <dana@acme.example>', greeting="Dear Dana"),
    work("one name", to="Suharto <suharto@acme.example>", greeting="Dear Suharto"),
    work("señora", to="Señora Carmen García López <carmen@acme.example>", greeting="Estimada señora García"),
    work("frau dr", to="Frau Dr. Weber <weber@acme.example>", greeting="Sehr geehrte Frau Dr. Weber"),
    work("accents", to="José Núñez <jose@acme.example>", greeting="Dear Jose"),
    work("umlaut", to="Jürgen Müller <jm@acme.example>", greeting="Lieber Herr Mueller"),
    work("two people", to="Dana Ruiz <dana@acme.example>, Priya Shah <priya@acme.example>"),
    work("and the team", greeting="Dear Dana and team"),
    work("copied", greeting="Dear Dana and Priya", cc="Priya Shah <priya@acme.example>"),
    work("apostrophe", to="Sinéad O’Brien <sinead@acme.example>", greeting="Dear Ms O'Brien"),
    lone("greeting of business", body="Dear Tom,\n\nthe invoice of May is on its way.\n\nJo"),
    # companies
    work("possessive", company="Acme Robotics GmbH", prose=f"{PROSE} Acme's canteen is good."),
    lone(
        "company short",
        body=LETTER_ALONE.replace("Acme Robotics", "Acme"),
        company="Acme Robotics GmbH & Co. KG",
        subject="Thank you",
    ),
    lone(
        "company by initials",
        body=LETTER_ALONE.replace("Acme Robotics", "AGF"),
        company="Acme Global Foundries",
        subject="Thank you",
    ),
    # names of others that are meant
    work(
        "positions that begin alike",
        template="thank-you",
        position="Senior Data Engineer",
        others=(
            other("birch.md", company="Birch Logistics", position="Data Engineer", to="Lee Okafor <lee@birch.example>"),
            other("cedar.md", company="Cedar Bank", position="Data Engineer II", to="Ana Silva <ana@cedar.example>"),
        ),
    ),
    work("parent", company="Siemens Energy", prose=f"{PROSE} Siemens is large.", others=(other(company="Siemens"),)),
    work(
        "subsidiary", company="Siemens", others=(other(company="Siemens Energy"),), prose=f"{PROSE} Siemens Energy too."
    ),
    work("product", prose=f"{PROSE} I kept it in Google Sheets.", others=(other(company="Google"),)),
    work(
        "ordinary word",
        prose=f"{PROSE} Target dates matter. I like a linear model.",
        others=(other(company="Target"), other("linear.md", company="Linear", to="Al Moss <al@linear.example>")),
    ),
    work("own history", prose=f"{PROSE} As a Machine Learning Engineer I know it.", others=(other(),)),
    work(
        "colleague",
        prose=f"{PROSE} Priya Shah said so.",
        others=(
            other(to="Priya Shah <priya@acme.example>", company="Acme Robotics", prose="Something else entirely."),
        ),
    ),
    work(
        "version", prose=PROSE, others=(other(to="Dana Ruiz <dana.ruiz@acme.example>", prose=PROSE, company="Globex"),)
    ),
    work("senior position", position="Senior Data Engineer", others=(other(position="Data Engineer"),)),
    work("short company", prose=f"{PROSE} The GE Healthcare scanner and the ge of it.", others=(other(company="GE"),)),
    lone(
        "business names others", body="Hello Dana,\n\nGlobex and Tom Baker send their regards.\n\nJo", others=(other(),)
    ),
    # attachments
    lone(
        "attached to", body="Hello Dana,\n\nI became attached to the team, and the sensor is attached to the arm.\n\nJo"
    ),
    lone("negation", body="Hello Dana,\n\nnothing is attached, and I did not attach the CV.\n\nJo"),
    lone("without", body="Bonjour Dana,\n\nje vous écris sans pièce jointe.\n\nJo", language="fr"),
    lone("quoted", body="Hello Dana,\n\nthank you.\n\n> Please find attached my CV.\n> Dana\n\nJo"),
    lone("inline quote", body="Hello Dana,\n\nyou wrote “please find attached” and I looked for it.\n\nJo"),
    lone("request", body="Hello Dana,\n\nplease attach the receipt to your reply. Could you enclose a copy?\n\nJo"),
    lone("offer", body="Hello Dana,\n\nI am happy to attach the report if you like.\n\nJo"),
    lone("theirs", body="Hello Dana,\n\nthank you for the attached report; your attachment opened well.\n\nJo"),
    lone("deputy", body="Hola Dana,\n\nhablé con el director adjunto y el profesor adjunto.\n\nJo", language="es"),
    lone("plant", body="Guten Tag,\n\ndie Anlage in Halle 3 läuft wieder, ohne Anhänger.\n\nJo", language="de"),
    lone(
        "enclosure", body="Hello Dana,\n\nthe enclosure of the sensor is waterproof, and the garden is enclosed.\n\nJo"
    ),
    lone("attached and there", body="The report is attached.", attach="report_v2.pdf", files={"report_v2.pdf": pdf()}),
    lone(
        "final in a name", body="My certificate is attached.", attach="final-exam.pdf", files={"final-exam.pdf": pdf()}
    ),
    lone("owner's password", body="My CV is attached.", attach="cv.pdf", files={"cv.pdf": pdf("CV of Jo", "Jo Novak")}),
    # recipients
    work("idn", to="Dana Ruiz <dana@bücher.example>"),
    work("cyrillic", to="Дана Руис <dana@почта.example>", greeting="Dear Дана"),
    work("real domain", to="Dana Ruiz <dana@mail.com>"),
    work("rosemary", to="Rosemary Norton <rosemary.norton@acme.example>"),
    lone(
        "bcc of a club",
        body="Hello all,\n\nsee you.\n\nJo",
        to="Jo Novak <jo@novak.example>",
        bcc="Al Moss <al@a.example>",
    ),
    # senders
    work("tagged account", account="jo+jobs@novak.example"),
    lone("short name", body="Hello Dana,\n\nsee you.\n\nKind regards\nJo"),
    lone("nickname", body="Hello Dana,\n\nsee you.\n\nBest\nBob", **{"from": "Robert Whitfield <robert@acme.example>"}),
    lone(
        "team", body="Hello Dana,\n\nsee you.\n\nBest\nThe Acme team", **{"from": "Acme Support <support@acme.example>"}
    ),
    work("telephone", signature="Jo Novak\n+49 30 23125 417\n+44 20 7946 0958"),
    lone("order number", body="Hello Dana,\n\nyour order 1234567890 of 2026-05-12 is on its way.\n\nJo"),
    work("thanks at the end", prose=f"{PROSE}\n\nThank you!"),
    work("best of all at the end", prose=f"{PROSE}\n\nBest of all was the canteen."),
    # subjects
    lone("acronyms", body="Hello Dana,\n\nsee you.\n\nJo", subject="SAP and GDPR: news"),
    lone("one acronym", body="Hello Dana,\n\nsee you.\n\nJo", subject="NASA"),
    lone("answer", body="Hello Dana,\n\nsee you.\n\nJo", subject="Re: our meeting", in_reply_to="<1@acme.example>"),
    lone("one mark", body="Hello Dana,\n\nsee you.\n\nJo", subject="Happy birthday!"),
    lone("regarding", body="Hello Dana,\n\nsee you.\n\nJo", subject="Research on rain"),
    # tone
    work("sorry once", prose=f"{PROSE} I am sorry that I missed Tom."),
    work("not a waste", prose=f"{PROSE} It was not a waste of time."),
    work("my mistake", prose=f"{PROSE} I made a mistake in the exercise and found it on the tram."),
    work("unfair coin", prose=f"{PROSE} Your talk about unfair coins and ridiculous numbers was good!"),
    lone("business complains", body="Dear Sir or Madam,\n\nthis is unacceptable!!! I demand my money back.\n\nJo"),
    # timing and dates
    work("day after", refused_on="2026-05-11"),
    work("working hours", time_zone="Europe/Berlin", country="DE"),
    work("weekend, place unknown", now=datetime(2026, 5, 16, 3, 0, tzinfo=UTC)),
    work("right weekday", prose=f"{PROSE} I will be there on Wednesday, 13 May 2026, and on Thursday 14 May."),
    work("like yesterday", prose=f"{PROSE} I remember it as if it were yesterday."),
    lone("german hier", body="Guten Tag,\n\nich bin hier und warte auf Sie, nicht auf die Post.\n\nJo", language="de"),
    lone("may", body="Hello Dana,\n\nyou may 2 or 3 times try; version 3.12 may do.\n\nJo"),
    # repeat, twins, shared prose
    work("long ago", others=(other(to="Dana Ruiz <dana.ruiz@acme.example>", company="Acme Robotics", days=40),)),
    work(
        "another template",
        others=(other(to="Dana Ruiz <dana.ruiz@acme.example>", company="Acme Robotics", days=9, template="thank-you"),),
    ),
    work(
        "two at one company",
        others=(
            other(
                to="Priya Shah <priya@acme.example>",
                company="Acme Robotics",
                prose="The canteen, its blue chairs, and the tram back through the fog were the best of a long day.",
            ),
        ),
    ),
    # format
    lone(
        "host in words",
        body="See [acme.example](https://www.acme.example/x) and [Node.js](https://n.example).",
        content_type="text/markdown",
    ),
    lone("subdomain", body="See [https://acme.example](https://jobs.acme.example/x).", content_type="text/markdown"),
    lone("mail link", body="Write to [jo@novak.example](mailto:jo@novak.example).", content_type="text/markdown"),
    # found to be mistaken for something once
    lone("none attached", body="Guten Tag Frau Ruiz,\n\nich schicke keinen Anhang, nur Text.\n\nBeste Grüße\nJo"),
    lone("strings", body="Hi Dana,\n\nI'm very attached to this city, no strings attached.\n\nBest,\nJo"),
    lone("embassy", body="Hi Dana,\n\nhe was attached to the embassy. It was attached with screws.\n\nBest,\nJo"),
    lone("offer of references", body="Hi Dana,\n\nlet me know if I should attach my references.\n\nBest,\nJo"),
    lone("answered", body="Hi Dana,\n\nOn Mon, 4 May 2026, Tom wrote:\n> see attached\n> Tom\n\nFine.\n\nBest,\nJo"),
    lone("rooms", body="Hello,\n\nMeet us at 5 p.m., room XX-12, or in room X. Take exit [A].\n\nJo"),
    lone("xml", body="Hello Dana,\n\nthe config has a <name> element: `<name>x</name>`, see [PEP 8] and {x: 1}.\n\nJo"),
    lone("prices", body="Hello Dana,\n\nprice list:\n\n  Tea    2.00\n  Milk   3.00\n\nJo"),
    work("double family name", to="Dana Ruiz-Gómez <d@acme.example>", greeting="Dear Ms. Gomez"),
    work("korean name", to="Kim Min-jun <k@acme.example>", greeting="Dear Min-jun"),
    work("korean family name", to="Kim Min-jun <k@acme.example>", greeting="Dear Mr Kim"),
    work("von", to="Wolfgang von Stein <w@acme.example>", greeting="Sehr geehrter Herr von Stein"),
    work("many titles", to="Rev. Dr. Martin L. King Jr. <k@acme.example>", greeting="Dear Dr. King"),
    work("no one named", greeting="Hello there"),
    work("initials", company="The Boston Consulting Group", prose=f"{PROSE} BCG is fine."),
    work("umlauts written out", company="Müller & Söhne GmbH", prose=f"{PROSE} Bei Mueller & Soehne."),
    work("company of one letter", company="A"),
    work("vitamins", prose=f"{PROSE} Plan B and vitamin B.", others=(other(company="B"),)),
    work("it", prose=f"{PROSE} It is what it is.", others=(other(company="IT"),)),
    work("umbrella", prose=f"{PROSE} I took an umbrella.", others=(other(company="Umbrella Health Inc."),)),
)
