"""Letters with something to find, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.kit.checks import PROSE, Sample, lone, other, pdf, work

GENERIC = (
    "I was really impressed by your company culture and the great team. I learned so much during our conversation, and "
    "I believe that my skills and experience would be a perfect fit for your mission. It was a wonderful opportunity."
)
SHORT = "Thank you for your help with Priya's test bench.\n\nKind regards\nJo Novak"
GERMAN = (
    "Der Nachmittag am Prüfstand ist mir geblieben, vor allem wie Priyas Gruppe einen schlechten Sensor findet, bevor "
    "der Kunde ihn findet. Ihre Frage nach der Drift in der Nachtschicht habe ich zu Hause ausprobiert: Ein gleitender "
    "Median über neun Werte nahm das meiste aus meiner Wetterstation. "
)
FRENCH = (
    "L'après-midi au banc d'essai de Priya m'est resté, surtout la chasse aux capteurs défaillants avant que le client "
    "ne les trouve. Votre question sur la dérive m'a fait essayer chez moi une médiane glissante sur neuf mesures."
)
SPANISH = (
    "La tarde en el banco de pruebas de Priya se me quedó grabada, sobre todo la caza de sensores averiados antes de "
    "que el cliente los encuentre. Su pregunta sobre la deriva me hizo probar en casa una mediana móvil de nueve "
    "muestras."
)
LETTER_ALONE = (
    f"Dear Dana,\n\nthank you for the talk about the work at Acme Robotics.\n\n{PROSE}\n\nKind regards\nJo Novak"
)


def _company(name: str, expect: str, body: str = LETTER_ALONE, **headers) -> Sample:
    return lone(name, expect, body, company="Acme Robotics", subject="Thank you", **headers)


GUILTY: tuple[Sample, ...] = (
    # leftover
    work("square brackets", "leftover b", f"{PROSE} I would love to visit [Company] again."),
    work("bracketed words", "leftover b", f"{PROSE} Best of luck to [your name]."),
    work("jinja in prose", "leftover b", f"{PROSE} See you at {{{{ company }}}}."),
    work("jinja tag in prose", "leftover b", f"{PROSE} {{% if x %}}"),
    work("mail merge percent", "leftover b", f"{PROSE} Bye, %FNAME%."),
    work("word merge field", "leftover b", f"{PROSE} Bye, «Nom»."),
    work("angle", "leftover b", f"{PROSE} Bye, <name>."),
    work("letters X", "leftover b", f"{PROSE} I also liked XX very much."),
    work("todo", "leftover b", f"{PROSE} TODO: the bit about Priya."),
    work("lorem", "leftover b", f"{PROSE} Lorem ipsum dolor sit amet."),
    work("round", "leftover b", f"{PROSE} All the best to (Company Name)."),
    work("direction", "leftover b", f"{PROSE} [mention something specific here]"),
    work("direction round", "leftover b", f"{PROSE} (insert one thing that you liked)"),
    work("example value", "leftover b", position="‹position›"),
    lone("lone subject", "leftover b", SHORT, subject="Hello [Name]"),
    lone("lone body", "leftover b", "Dear [First Name],\n\nsee you on Monday.\n\nJo"),
    lone("lost character in the subject", "leftover b", SHORT, subject="Votre r\ufffdponse"),
    lone("encoded-word in the subject", "leftover b", SHORT, subject="Hello =?gb2312?B?x+u80w==?="),
    lone("encoded-word in a name", "leftover b", SHORT, to='"=?utf-8?Q?D=C3=A1na?=" <dana.ruiz@acme.example>'),
    lone("lost character in the body", "leftover b", "Dear Dana,\n\nsee you at the caf\ufffd.\n\nJo"),
    work("lost character in a value", "leftover b", position="Entwickler f\ufffdr Sensoren"),
    lone("single brace", "leftover b", "Hello {first_name},\n\nsee you.\n\nJo"),
    lone("excel fault", "leftover b", "Hello #NAME?,\n\nsee you.\n\nJo"),
    lone("name left", "leftover b", SHORT, to='"[Name]" <dana.ruiz@acme.example>'),
    lone(
        "file name left", "leftover b", "The list is attached.", attach="CV [Name].txt", files={"CV [Name].txt": b"a"}
    ),
    *(
        lone(f"value: {value}", "leftover w", "Hello {{ who }},\n\nsee you.", who=value)
        for value in ("NULL", "nan", "N/A", "undefined", "TBD", "-", '="Dana Ruiz"', "'Dana Ruiz", "'Dana Ruiz'")
    ),
    *(
        lone(f"mangled value: {value}", "leftover w", "Hello Dana,\n\nI liked {{ firm }}.", firm=value)
        for value in ("Zeder & SÃ¶hne", "Lâ€™Oiseau", "Zeder &amp; Co", "caf&eacute;", "L&#39;Oiseau")
    ),
    lone("mangled body", "leftover w", "Hello Dana,\n\nI donâ€™t know yet.\n\nJo"),
    lone("mangled subject", "leftover w", SHORT, subject="Questions &amp; answers"),
    lone("mangled name", "leftover w", SHORT, to='"Zoë &amp; Dana" <dana.ruiz@acme.example>'),
    lone("value is a placeholder", "leftover w", "Hello {{ who }},\n\nsee you.", who="[Name]"),
    lone("german direction", "leftover b", "Guten Tag,\n\nich komme am [Datum einfügen].\n\nJo"),
    lone("french placeholder", "leftover b", "Bonjour,\n\nmerci à [Nom de l'entreprise] pour tout.\n\nJo"),
    lone("spanish placeholder", "leftover b", "Hola,\n\ngracias a [Nombre de la empresa] por todo.\n\nJo"),
    # empty
    lone("no word", "empty b", "Hello Dana,\n\nthank you for the day at .\n\nJo"),
    lone("no name", "empty b", "Dear ,\n\nthank you for the day.\n\nJo"),
    lone("two blanks", "empty w", "Hello Dana,\n\nthank you for the  day.\n\nJo"),
    lone("empty paragraph", "empty w", "Hello Dana,\n\n{{ more or '' }}\n\nthank you.\n\nJo", more=""),
    lone("german hole", "empty b", "Guten Tag,\n\ndanke für den Tag bei .\n\nJo"),
    lone("empty value", "empty b", "Hello Dana,\n\nthank you for the day at {{ place or '' }}.\n\nJo", place=""),
    *(
        lone(f"title without a name: {words}", "empty b", f"{words}\n\nthank you for the day.\n\nJo", language=language)
        for words, language in (
            *[(f"Dear {title}", "en") for title in ("Mr. ,", "Ms. ,", "Dr. ,", "Mr ,", "Mr.,", "Ms:")],
            *[("Guten Tag Herr Dr. ,", "de"), ("Dear Frau ,", "en"), ("Estimado Sr. ,", "es"), ("Madame ,", "fr")],
        )
    ),
    work("word twice", "empty w", position="the Data Engineer"),
    work("word twice behind", "empty w", position="Data Engineer Role"),
    lone("word twice in the subject", "empty w", "Hello Dana,\n\nit is on.\n\nJo", subject="The {{ x }}", x="the day"),
    lone("two full stops", "empty w", "Hello Dana,\n\nI was at {{ house }}. It was good.\n\nJo", house="Acme Inc."),
    # greeting
    work("greets another twice", "greeting b", f"Dear Peter,\n\n{PROSE}"),
    work("greets another in passing", "greeting b", f"Hello Peter, thank you!\n\n{PROSE}"),
    work("greets twice", "greeting b", f"Dear Dana,\n\n{PROSE}"),
    work("greets twice by a short form", "greeting b", f"Hi Bob!\n\n{PROSE}", to="Robert Whitfield <r@acme.example>"),
    work("greets everybody too", "greeting b", f"Dear all,\n\n{PROSE}"),
    work("another person", "greeting b", greeting="Dear Tom"),
    work("near name", "greeting w", to="Ben Whitfield <ben@acme.example>", greeting="Dear Mr Whittfield"),
    work("nickname unsaid", "greeting w", to="Robert Whitfield <robert@acme.example>", greeting="Dear Bob"),
    work("german other", "greeting b", f"{GERMAN}", greeting="Sehr geehrte Frau Weber", language="en"),
    work("wrong family", "greeting b", greeting="Dear Ms Rossi"),
    # language
    work("a template in no language of the letter", "language w", language="it", greeting="Buongiorno Dana"),
    work("nor in that of the place", "language w", language="pt-BR", greeting="Olá Dana"),
    # company
    work("near company", "company w", f"{PROSE} Acme Robotic is a fine place."),
    _company("never named", "company w", LETTER_ALONE.replace("Acme Robotics", "your house")),
    # leak
    work("another company", "leak b", f"{PROSE} Globex would be a good place for that.", others=(other(),)),
    work("another company inflected", "leak b", f"{PROSE} I admire Globex's work.", others=(other(),)),
    work("another person known", "leak b", f"{PROSE} Tom Baker said so too.", others=(other(),)),
    work(
        "another position",
        "leak b",
        f"{PROSE} I was glad to be considered for the Machine Learning Engineer position.",
        others=(other(),),
    ),
    work("leak in subject", "leak b", subject="Thank you, Globex", others=(other(),)),
    work("leak from the ledger", "leak b", f"{PROSE} Globex is great.", others=(other(origin="ledger", days=60),)),
    work("leak of the same file", "leak w", f"{PROSE} Globex too.", others=(other(days=60, same_file=True),)),
    work(
        "leak in a file name",
        "leak b",
        f"{PROSE} My CV is attached.",
        attach="cv_globex.pdf",
        files={"cv_globex.pdf": pdf()},
        others=(other(),),
    ),
    work(
        "leak in a pdf title",
        "leak b",
        f"{PROSE} My CV is attached.",
        attach="cv.pdf",
        files={"cv.pdf": pdf("Application to Globex")},
        others=(other(),),
    ),
    work(
        "name of few words that ends the subject",
        "leak b",
        subject="Thank you, and no longer Delta",
        others=(
            other(company="Delta", position="Pilot"),
            other("air.md", company="Delta Air Lines", position="Pilot", to="Al Moss <al@delta.example>"),
        ),
    ),
    # attachment
    lone("spoken of", "attachment b", "Hello Dana,\n\nplease find attached my CV.\n\nJo"),
    lone("spoken of, short", "attachment b", "Hello Dana,\n\nthe report is attached.\n\nJo"),
    lone("see attachment", "attachment b", "Hello Dana,\n\nfor the figures see attachment.\n\nJo"),
    lone("anbei", "attachment b", "Guten Tag,\n\nanbei schicke ich Ihnen die Rechnung.\n\nJo", language="de"),
    lone("im Anhang", "attachment b", "Guten Tag,\n\nim Anhang finden Sie meinen Lebenslauf.\n\nJo"),
    lone("ci-joint", "attachment b", "Bonjour,\n\nvous trouverez ci-joint mon CV.\n\nJo", language="fr"),
    lone("adjunto", "attachment b", "Hola,\n\nle adjunto mi currículum.\n\nJo", language="es"),
    lone("not spoken of", "attachment h", "Hello Dana,\n\nsee you.\n\nJo", attach="zeta.txt", files={"zeta.txt": b"a"}),
    lone("empty file", "attachment b", "The list is attached.", attach="list.txt", files={"list.txt": b""}),
    lone(
        "damaged pdf", "attachment b", "My CV is attached.", attach="cv.pdf", files={"cv.pdf": pdf()[: len(pdf()) // 2]}
    ),
    lone("locked pdf", "attachment b", "My CV is attached.", attach="cv.pdf", files={"cv.pdf": pdf(password="x")}),
    lone("pdf without pages", "attachment b", "My CV is attached.", attach="cv.pdf", files={"cv.pdf": pdf(pages=0)}),
    lone("another kind", "attachment w", "The photo is attached.", attach="me.png", files={"me.png": pdf()}),
    lone(
        "draft name", "attachment w", "My CV is attached.", attach="cv_v3_FINAL.pdf", files={"cv_v3_FINAL.pdf": pdf()}
    ),
    lone("copy", "attachment w", "My CV is attached.", attach="Copy of cv.pdf", files={"Copy of cv.pdf": pdf()}),
    lone("lock file", "attachment w", "My CV is attached.", attach="x/~$cv.txt", files={"x/~$cv.txt": b"a"}),
    lone(
        "over the limit",
        "attachment b",
        "The list is attached.",
        attach="list.txt",
        files={"list.txt": b"a" * 9000},
        size_limit=9000,
    ),
    # recipient
    work("no reply", "recipient b", to="Dana Ruiz <no-reply@acme.example>"),
    work("do not reply", "recipient b", to="Dana Ruiz <donotreply@acme.example>"),
    work("role", "recipient w", to="Dana Ruiz <jobs@acme.example>"),
    work("gmial", "recipient w", to="Dana Ruiz <dana@gmial.com>"),
    work("con", "recipient w", to="Dana Ruiz <dana@gmail.con>"),
    work("look-alike domain", "recipient w", to="Dana Ruiz <dana@аcme.example>"),
    work("look-alike company", "recipient w", to="Dana Ruiz <dana@acrne.example>"),
    work("nameless", "recipient w", to="dana.ruiz@acme.example", greeting="Dear Dana"),
    work("six", "recipient w", cc=", ".join(f"Person {n} <p{n}@acme.example>" for n in "abcdef")),
    work("twice", "recipient w", cc="Dana <DANA.RUIZ@acme.example>"),
    work("yourself", "recipient w", to="Jo Novak <jo@novak.example>"),
    # sender
    work("another account", "sender w", account="jo@work.example"),
    lone("signed otherwise", "sender w", "Hello Dana,\n\nsee you.\n\nKind regards\nTom Baker"),
    lone("placeholder telephone", "sender w", "Hello Dana,\n\ncall me: 123-456-7890.\n\nJo"),
    work("placeholder telephone in the signature", "sender w", signature="Jo Novak\nTel. +1 555 0100"),
    work("closes twice", "sender w", f"{PROSE}\n\nKind regards,\nJo Novak"),
    work("closes twice, line by line", "sender w", f"{PROSE}\n\nBest,\\\nJo"),
    work("closes twice without a name", "sender w", f"{PROSE}\n\nMit freundlichen Grüßen", language="en"),
    # subject
    lone("no subject", "subject b", SHORT, subject=""),
    lone("shouting", "subject w", SHORT, subject="VERY IMPORTANT NEWS"),
    lone("marks", "subject w", SHORT, subject="Our meeting!!!"),
    lone(
        "long",
        "subject w",
        SHORT,
        subject="About the meeting that we had last week with all the people of the other house",
    ),
    lone("re without thread", "subject w", SHORT, subject="Re: our meeting"),
    lone("re re", "subject w", SHORT, subject="Re: Re: our meeting", in_reply_to="<1@acme.example>"),
    # tone
    work("argues", "tone w", f"{PROSE} I think you made a mistake."),
    work("blames", "tone w", f"{PROSE} It was a waste of my time."),
    work("pleads", "tone w", f"{PROSE} I beg you to think of me."),
    work("apologises", "tone w", f"{PROSE} Sorry for this. I apologise for the length, and I am sorry for my English."),
    work("exclaims", "tone w", f"{PROSE} I would love to come back!!!"),
    work("gushes", "tone w", f"{PROSE} Yours is my dream company."),
    work("to nobody", "tone w", greeting="To whom it may concern"),
    work(
        "german plea",
        "tone w",
        f"{GERMAN}Acme Robotics: bitte geben Sie mir noch eine Chance.",
        language="de",
    ),
    work(
        "french plea",
        "tone w",
        "L'après-midi au banc d'essai de Priya m'est resté, surtout la chasse aux capteurs défaillants. Je ferais "
        "n'importe quoi pour y retourner, même la nuit, avec la médiane glissante sur neuf mesures.",
        language="fr",
    ),
    work(
        "spanish gush",
        "tone w",
        "La tarde en el banco de pruebas de Priya se me quedó grabada, sobre todo la caza de sensores averiados. Es la "
        "empresa de mis sueños, con su mediana móvil de nueve muestras y sus turnos de noche.",
        language="es",
    ),
    # length
    _company(
        "too short", "length w", "Dear Dana,\n\nthe sensor drift of Acme Robotics and Priya stay with me.\n\nJo Novak"
    ),
    work("too long", "length w", " ".join(f"{PROSE} Bench {n} was next." for n in range(1, 6))),
    # particulars
    work("generic", "particulars w", GENERIC),
    work("same words", "particulars b", PROSE, others=(other(prose=PROSE),)),
    work("same words of the file", "particulars w", PROSE, others=(other(prose=PROSE, days=50, same_file=True),)),
    work("four questions", "particulars w", f"{PROSE} Is it so? Was it so? Will it be so? Who knows?"),
    work(
        "generic german",
        "particulars w",
        "Das Gespräch mit Ihnen war sehr angenehm, und Ihr Team hat mich beeindruckt. Die Kultur und die Werte Ihres "
        "Unternehmens gefallen mir, und ich bin überzeugt, dass ich gut zu Ihnen passen würde. Acme Robotics "
        "ist spannend.",
        language="de",
    ),
    # timing
    work("same day", "timing w", refused_on="2026-05-12"),
    work("night there", "timing w", time_zone="America/Los_Angeles"),
    work("holiday", "timing w", country="DE", now=datetime(2026, 5, 14, 10, 0, tzinfo=UTC)),
    work("weekend", "timing w", country="FR", now=datetime(2026, 5, 16, 10, 0, tzinfo=UTC)),
    # dates
    work("yesterday", "dates w", f"{PROSE} I tried it again yesterday."),
    work("wrong weekday", "dates w", f"{PROSE} I will be there on Tuesday, 13 May 2026."),
    work("no such day", "dates w", f"{PROSE} I will be there on 31 June."),
    lone(
        "gestern",
        "dates w",
        "Guten Tag,\n\ndanke für das Treffen gestern mit Ihnen und der Gruppe.\n\nJo",
        language="de",
    ),
    lone("hier", "dates w", "Bonjour,\n\nmerci pour la réunion hier.\n\nJo", language="fr"),
    lone("mercredi", "dates w", "Bonjour,\n\nje viens mercredi 12 mai 2026.\n\nJo", language="fr"),
    lone("american", "dates w", "Hello Dana,\n\nsee you on Monday, May 13, 2026.\n\nJo"),
    # repeat and twins
    work(
        "again to the same person",
        "repeat b",
        others=(
            other(
                "the letter to Dana Ruiz",
                to="Dana Ruiz <dana.ruiz@acme.example>",
                company="Acme Robotics",
                position="Data Analyst",
                days=9,
                origin="ledger",
            ),
        ),
    ),
    work(
        "twins",
        "twins w",
        f"{PROSE} Your own talk on sampling made me read two of the papers that you named, and I would like to hear "
        "what "
        "became of the third, with the buckets and the rain gauge on the roof of the old mill.",
        others=(
            other(
                to="Priya Shah <priya@acme.example>",
                company="Acme Robotics",
                position="Data Engineer",
                prose=f"{PROSE} The canteen and its blue chairs, and the tram back through the fog with your "
                "colleague from the foundry, were the best part of a long and cold day in March for me.",
            ),
        ),
    ),
    # format
    lone(
        "link elsewhere",
        "format b",
        "Hello Dana,\n\nsee [https://acme.example](https://elsewhere.example/x).\n\nJo",
        content_type="text/markdown",
    ),
    lone(
        "html link elsewhere",
        "format b",
        '<p>Hello Dana, see <a href="https://elsewhere.example">www.acme.example</a></p>',
        content_type="text/html",
    ),
    lone("picture", "format b", "Hello Dana,\n\n![the bench](bench.png)\n\nJo", content_type="text/markdown"),
    lone("file", "format b", "Hello Dana,\n\nsee [here](notes/may.pdf).\n\nJo", content_type="text/markdown"),
    lone("html picture", "format b", "<p>Hello Dana</p><IMG alt='' SRC=bench.png>", content_type="text/html"),
    lone("no scheme", "format b", "Hello Dana,\n\nsee [us](www.acme.example).\n\nJo", content_type="text/markdown"),
    # said in other words
    lone("slides", "attachment b", "Hi Dana,\n\nI've attached the slides from Tuesday.\n\nBest,\nJo"),
    lone("contract", "attachment b", "Hi Dana,\n\nAttached you will find the contract.\n\nBest,\nJo"),
    lone("résumé", "attachment b", "Hi Dana,\n\nmy résumé is attached for your reference.\n\nBest,\nJo"),
    lone("to this email", "attachment b", "Hi Dana,\n\nI have attached my CV to this email.\n\nBest,\nJo"),
    lone("enclosed", "attachment b", "Dear Dana,\n\nEnclosed please find my transcript.\n\nBest,\nJo"),
    lone("angehängt", "attachment b", "Guten Tag Frau Ruiz,\n\nmein Lebenslauf ist angehängt.\n\nBeste Grüße\nJo"),
    lone("pièce jointe", "attachment b", "Bonjour Dana,\n\nje vous envoie mon CV en pièce jointe.\n\nCordialement\nJo"),
    lone("encontrará", "attachment b", "Hola Dana,\n\nadjunto encontrará mi CV.\n\nSaludos\nJo"),
    work("spelt with K", "greeting w", to="Catherine Jones <c@acme.example>", greeting="Dear Katherine"),
    work("a letter short", "company w", f"{PROSE} I like Acme Robtics."),
    work("other position", "leak b", f"{PROSE} I hope the Machine Learning Engineer role is good.", others=(other(),)),
    work("company of two letters", "leak b", f"{PROSE} Working with HP would be good.", others=(other(company="HP"),)),
    work("please please", "tone w", f"{PROSE} Please, please give me a chance."),
    work("insert", "leftover b", f"{PROSE} [Insert a story about the interview]"),
    work("mention", "leftover b", f"{PROSE} (mention something about their product here)"),
    lone("greets XX", "leftover b", "Dear XX,\n\nsee you.\n\nJo"),
    lone("date and company", "leftover b", "Hello Dana,\n\nsee you at [Company Name] on [Date].\n\nJo"),
    lone("hotmial", "recipient w", "Hi", to="Dana Ruiz <dana@hotmial.com>"),
    lone("yaho", "recipient w", "Hi", to="Dana Ruiz <dana@yaho.com>"),
    lone("read this", "subject w", "Hi", subject="URGENT: READ THIS NOW"),
    # twins of what was found to be innocent
    *(
        lone(f"mark: {mark}", "leftover b", f"Hello,\n\nI thank {{% raw %}}{mark}{{% endraw %}} for it.\n\nJo")
        for mark in (
            *(
                "{FirstName|fallback=there}",
                "{contactfield=firstname}",
                "%recipient.name%",
                "{!Contact.Name}",
                "*|FNAME|*",
            ),
            *(
                "«AddressBlock»",
                "«First_Name»",
                "[[first]]",
                "%%name%%",
                "$name$",
                "<<Name>>",
                "[firstname,fallback=you]",
            ),
            *(
                "#firstname#",
                "~Contact.FirstName~",
                "$[FNAME|you]$",
                "<%= name %>",
                "{$name}",
                "%s",
                "{ MERGEFIELD Name }",
            ),
            *("$first_name", "$$name$$", "${first_name:-there}", "{!$User.FirstName}"),
        )
    ),
    *(
        lone(f"greets {name}", "leftover b", f"Dear {name},\n\nsee you.\n\nJo")
        for name in ("null", "{0}", "First Name")
    ),
    *(
        work(f"greets {name} Ruiz", "greeting b", greeting=f"Dear {name} Ruiz")
        for name in ("Peter", "Coach Tom", "Prof. Walter", "Carmen")
    ),
    lone(
        "a name as a list has it",
        "recipient w",
        "Dear Ruiz, Dana,\n\nsee you.\n\nJo",
        to='"Ruiz, Dana" <dana.ruiz@acme.example>',
    ),
    lone("a system's address", "recipient w", "Hi", to='"Dana Ruiz via Jobs" <notify+4711@acme.example>'),
    work("another honoured", "greeting b", greeting="Dear Tanaka-san"),
    work("another initial", "greeting b", to="D. Ruiz <d@acme.example>", greeting="Dear Peter"),
    work("another directress", "greeting b", greeting="Sehr geehrte Frau Direktorin Weber"),
    work("code and beside it", "leftover b", f"{PROSE} The `TODO` is mended. TODO: thank Priya."),
    lone("hänge an", "attachment b", "Guten Tag,\n\nich hänge Ihnen meinen Lebenslauf an.\n\nJo", language="de"),
    lone("j'ai joint", "attachment b", "Bonjour,\n\nj'ai joint mon CV à ce message.\n\nJo", language="fr"),
    lone("I enclosed", "attachment b", "Hello,\n\nI enclosed my transcript.\n\nJo"),
    lone("va adjunto", "attachment b", "Hola,\n\nel informe va adjunto.\n\nJo", language="es"),
    *(
        lone(f"slip {domain}", "recipient w", "Hi", to=f"Dana Ruiz <dana@{domain}>")
        for domain in ("gmail.coml", "gmail.c0m", "hotmial.co.uk", "yahoo.co.ku")
    ),
    work(
        "another kind of letter, minutes later",
        "repeat b",
        template="check-in",
        others=(other(to="Dana Ruiz <dana.ruiz@acme.example>", company="Acme Robotics", days=0.01, origin="ledger"),),
    ),
)
