"""Words that speak of an attachment, and the same words in other senses, in four languages."""

from __future__ import annotations

import pytest

from tests.kit.checks import lone, problems

OTHER_SENSES = {
    "en": """
We have always attached importance to this.
They attach great value to it, and I attach no blame.
I enclosed the bench in a box.
I have enclosed the sensor in a plastic housing.
I attached the sensor to the arm with two screws.
We have attached a camera on the roof.
Tom attached the motor, and I watched.
The bench is attached with bolts.
I feel attached to the town, and I am attached to it.
I still remember how the lid is attached.
A house with a garage attached.
I had attached too much weight to that remark.
You see how the sensor is attached at both ends.
The yard is enclosed by a wall.
I have never been so attached.
We attached labels to every drawer.
I would gladly attach more weight to it.
As attached as I am to the old bench, I let it go.
One condition is attached.
""",
    "de": """
Ich hänge sehr an meiner Stadt.
Ich hänge noch immer an dem alten Prüfstand, an ihm hänge ich.
An dieser Arbeit hänge ich sehr.
Ich lege großen Wert darauf, dass alle dabei sind.
Ich lege Geld an.
Ich hänge noch eine Woche Urlaub an.
Der Streit ist beigelegt.
Wir haben den Konflikt schnell beigelegt.
Ihrem Brief war ein Plan beigefügt.
Der Packung war ein Zettel beigelegt.
Ich habe noch zwei Semester angehängt.
Die Karte, die Sie beigefügt haben, hat mir geholfen.
Im Anhang des Buches steht die Formel.
In der Anlage lief gerade die Nachtschicht.
Ich füge mich gut ein.
Ich füge gern hinzu, dass mir das Gespräch bei Ihnen gefallen hat.
Ich lege die Messer bei Seite, wenn ich telefoniere.
Dem Teig wird Salz beigefügt.
""",
    "fr": """
J'ai joint le service par téléphone.
J'ai joint l'utile à l'agréable.
Je joins ma voix à celles de vos collègues.
Je vous joins par téléphone demain.
Je joins l'équipe lundi.
Le bureau est joint au hall par un couloir.
Les mains jointes, il attendait.
La salle en annexe de la mairie est petite.
J'ai joint Madame Leroy hier soir.
Nous joignons nos efforts.
Je me joins à vous pour la remercier.
Il a joint le geste à la parole.
La Savoie est annexée à la France.
""",
    "es": """
Hablé con el profesor adjunto el martes.
Fui adjunta al director durante dos años.
Trabajé como adjunto de la dirección.
Esperé en la sala adjunta.
El edificio anexo es nuevo.
En el anexo del libro está la fórmula.
Soy adjunto a la gerencia.
La investigadora adjunta me enseñó el taller.
El aparcamiento está en el edificio adjunto.
Era médica adjunta en un hospital.
""",
}

SPOKEN_OF = {
    "en": """
Please find attached my CV.
I've attached the slides.
I attach my CV.
I attached my CV to this email.
I attached the report.
I enclosed my transcript.
My résumé is attached for your reference.
See attached.
Enclosed please find my transcript.
Attached is the list.
I have attached everything that you asked for.
Attached my CV.
I am attaching the code.
You will find the report attached.
Here is the plan attached.
Encl.: CV
""",
    "de": """
Ich hänge meinen Lebenslauf an.
Ich hänge Ihnen die Liste an und melde mich.
Anbei mein Lebenslauf.
Mein Lebenslauf ist angehängt.
Ich füge das Zeugnis bei.
Gerne füge ich Ihnen meine Unterlagen bei.
Im Anhang finden Sie das Zeugnis.
Im Anhang dieser E-Mail steht alles.
Den Plan habe ich beigefügt.
Beigefügt finden Sie den Plan.
Ich lege die Skizze bei.
In der Anlage finden Sie mein Zeugnis.
Anlage: Lebenslauf
""",
    "fr": """
Je vous joins mon CV.
J'ai joint mon CV à ce message.
Je joins également une lettre de recommandation.
Mon CV est joint à ce courriel.
Vous trouverez ci-joint mon CV.
Le plan est joint.
Nous joignons le dossier.
J'ai joint le rapport.
Je les ai joints à ce mail.
En pièce jointe, mon CV.
Le tableau figure en annexe.
""",
    "es": """
Le adjunto mi CV.
Adjunto encontrará mi CV.
Adjunto mi currículum.
El informe va adjunto.
He adjuntado la lista.
Se adjunta el certificado.
En el archivo adjunto está todo.
Le envío adjunto el plan.
Adjuntos: CV
Ver adjunto.
""",
}


def lines(of: dict[str, str]) -> list[tuple[str, str]]:
    return [(language, line) for language, text in of.items() for line in text.strip().split("\n")]


def told(body: str, language: str | None, folder) -> list[str]:
    found = problems(lone("x", body=f"{body}\n\nJo", language=language), folder)
    return [problem.level for problem in found if problem.check == "attachment"]


@pytest.mark.parametrize(("language", "line"), lines(OTHER_SENSES))
def test_other_senses_are_innocent(language, line, tmp_path):
    """Also where the letter does not say its language, so that the words of all four are looked for."""
    assert told(line, language, tmp_path) == told(line, None, tmp_path) == []


@pytest.mark.parametrize(("language", "line"), lines(SPOKEN_OF))
def test_what_is_spoken_of_and_missing_blocks(language, line, tmp_path):
    assert told(line, language, tmp_path) == told(line, None, tmp_path) == ["block"]
