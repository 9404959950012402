"""Good letters as people write them: ten each in English, German, French and Spanish, half of them from a template.

A letter begins after a line ``=== name``; with ``(template)`` behind the name, its template is the one of its language.
Files that a letter attaches are made as they are named.
"""

from __future__ import annotations

TEMPLATES = {
    "en": """Subject: Thank you for the {{ position }} interview
Language: en
Field: company — the company
Field: position — the position

{{ greeting }},

thank you for the time that you and your colleagues at {{ company }} gave me for the {{ position }} position.

{{ prose }}

I respect your decision, and I wish you and your new colleague a good start.

Kind regards,\\
{{ from.name }}
""",
    "de": """Subject: Danke für das Gespräch über die Stelle {{ position }}
Language: de
Field: company — die Firma
Field: position — die Stelle

{{ greeting }},

vielen Dank, dass Sie sich bei {{ company }} Zeit für mich genommen haben. Ihre Absage habe ich bekommen und respektiere
sie.

{{ prose }}

Ich wünsche Ihnen und der Person, für die Sie sich entschieden haben, einen guten Anfang.

Mit freundlichen Grüßen\\
{{ from.name }}
""",
    "fr": """Subject: Merci pour notre entretien ({{ position }})
Language: fr
Field: company — l'entreprise
Field: position — le poste

{{ greeting }},

Je vous remercie du temps que vous m'avez accordé chez {{ company }}. J'ai bien reçu votre réponse et je la respecte.

{{ prose }}

Je souhaite un bon départ à la personne que vous avez retenue.

Bien cordialement,\\
{{ from.name }}
""",
    "es": """Subject: Gracias por la entrevista ({{ position }})
Language: es
Field: company — la empresa
Field: position — el puesto

{{ greeting }}:

Muchas gracias por el tiempo que me dedicaron en {{ company }}. He recibido su respuesta y la respeto.

{{ prose }}

Les deseo, a usted y a la persona elegida, un buen comienzo.

Un cordial saludo,\\
{{ from.name }}
""",
}

ENGLISH = """
=== engineer, warm (template)
From: Ines Calder <ines.calder@calder.example>
To: Priya Nair <priya.nair@hollowbrook.example>
Company: Hollowbrook Instruments
Position: Test Engineer

What I keep coming back to is the drawer of dead sensors that you showed me: every one with a label, a date and the name
of the person who found it. On Thursday I started one at home. It has two entries so far, and both were my own fault.
=== nurse, formal (template)
From: Marjorie Oyelaran <m.oyelaran@oyelaran.example>
To: Dr. Alan Whitcombe <alan.whitcombe@stmildred.example>
Greeting: Dear Dr. Whitcombe
Company: St Mildred's Hospital
Position: Ward Sister

I was particularly grateful that Sister Adeyemi walked me through the night handover on Ward 7. The blue cards that you
use for patients who cannot speak for themselves are so simple, and I have already described them to my present team.
=== second language, short (template)
From: Tomasz Wilk <tomasz@wilk.example>
To: Owen <owen.pryce@larkfield.example>
Greeting: Dear Mr Pryce
Company: Larkfield Timber Ltd
Position: Saw Operator

I have learned much in one hour with you and Gareth at the big saw. The trick with the wet cloth on the blade I did try
in my workshop already, and it works very good. My uncle asks now where I have it from.
=== manager with a telephone number (template)
From: Rosalind Achterberg <rosalind@achterberg.example>
To: "Okafor, Chidi" <chidi.okafor@brightwater.example>
Company: Brightwater Housing Association
Position: Head of Repairs

Your question about the 43 boilers in Cresswell Road stayed with me on the train. I looked up what we did in 2019: we
replaced the pumps first, in eleven weeks, and two thirds of the complaints stopped. If a short call about that is of
use, I am on +44 20 7946 0958 most evenings.
=== developer with code (template)
From: Kit Yamamoto <kit@yamamoto.example>
To: Lena Fischbach <lena@pinesoftware.example>
Company: Pine Software
Position: Platform Engineer

The bug that we looked at together, where `{{ title }}` went out as typed because a `TODO` had been left in the
escaping, was the best twenty minutes of my month. I wrote it up at [my
notes](https://yamamoto.example/notes/escaping), with your name left out.
=== teacher to a principal
From: Hannah Brisco <hannah@brisco.example>
To: Dana Ruiz <d.ruiz@elmhurst.example>
Subject: Thank you, and the reading list
Company: Elmhurst Middle School

Dear Principal Ruiz,

thank you for the morning at Elmhurst on Tuesday, 5 May. I have always attached importance to what pupils read when
nobody asks them to, so the shelf outside Room 12 made my day.

You asked for the list that I mentioned. It is on my page: https://brisco.example/reading?year=2026&level=6%2B

I hope that the person you chose enjoys that shelf as much as I did. If you ever look for somebody for the summer
school, please think of me.

With best regards,

Hannah Brisco
(555) 201-8842
=== attached and said so
From: Milo Petrakis <milo@petrakis.example>
To: Fiona Garth <fiona.garth@garthandsons.example>
Subject: The oven drawing, as promised
Attach: oven-drawing.pdf

Hi Fiona,

as promised I have attached the drawing of the oven door (PDF, one page). The hinge is attached to the frame by two
bolts instead of four; your father was right that four are two too many.

No need to answer. Say hello to him, and to the dog!

Cheers
Milo

--
Milo Petrakis
Stoves and chimneys
petrakis.example
=== to somebody in Japan
From: Ruth Ellery <ruth@ellery.example>
To: Tanaka Hiroshi <hiroshi.tanaka@kitakaze.example>
Subject: Thank you from Leeds
Content-Type: text/markdown

Dear Tanaka-san,

Thank you for staying up so late for our call. Two things I took with me:

1. the *reading aloud* of every change before it is made,
2. the picture of the tide table on the wall of the control room.

I have told both to my students, who now read aloud, too. I wish you and your new colleague calm seas.

Yours sincerely,\\
Ruth Ellery
=== long, reflective
From: Bernard Quill <bernard.quill@quill.example>
To: Margaret Thorne <mthorne@saltmarsh.example>
Subject: After our conversation about the archive
Company: Saltmarsh County Museum

Dear Ms. Thorne,

It is three weeks since you told me that the post had gone to somebody else, and I wanted to let the first
disappointment pass before I wrote. It has passed, and what is left is the afternoon in the store room.

I had never seen the dredging books before. The entry of 14 May 1887, where the harbour master counts eels because
there was nothing else to count, made me laugh on the way home and think for days after: about what we write down when
we believe that nobody will read it. I have since found a similar book in our parish chest, from 1902, and if it would
be of use to Saltmarsh I can photograph its 96 pages for you.

You asked how I would decide what to scan first. I gave you an answer about damage. I would now give a different
one: I would begin with what people come in and ask for, and only then with what crumbles.

I wish your new archivist joy with the eels. If a volunteer is ever wanted on Saturdays, I live forty minutes away.

With kind regards,
Bernard Quill
=== a quick note with a meeting
From: Sunita Rao <sunita@rao.example>
To: Leo Marchetti <leo@marchetti.example>, Ada Holm <ada@marchetti.example>
Subject: Monday 18 May, 9:30
Content-Type: text/markdown

Hi Leo and Ada,

Monday, 18 May at 9:30 works for me. I will bring the samples [1] and the list from last time (20% of it is new).

Do you need anything else from me?

Thanks,
Sunita

[1] The grey ones.
"""

GERMAN = """
=== Technik, herzlich (template)
From: Anke Brüning <anke@bruening.example>
To: Stefan Hollerbach <stefan.hollerbach@kranbau-nord.example>
Greeting: Sehr geehrter Herr Hollerbach
Company: Kranbau Nord GmbH
Position: Prüfingenieurin

Besonders in Erinnerung bleibt mir der alte Portalkran in Halle 4, den Ihre Leute seit 1974 am Leben halten. Die Frage
von Herrn Demir nach den Schweißnähten hat mich noch auf der Heimfahrt beschäftigt. Ich hänge sehr an solchen Maschinen.
=== Pflege, förmlich (template)
From: Miriam Oster <miriam.oster@oster.example>
To: Prof. Dr. Renate Kühn-Lindner <kuehn-lindner@klinik-waldsee.example>
Greeting: Sehr geehrte Frau Prof. Dr. Kühn-Lindner
Company: Klinik am Waldsee
Position: Stationsleitung

Dass Sie mir die Übergabe auf Station 3b ganz gezeigt haben, war nicht selbstverständlich. Die Tafel mit den drei Farben
habe ich meinem jetzigen Team beschrieben, und seit Montag hängt auch bei uns eine.
=== zweite Sprache (template)
From: Yusuf Kaya <yusuf@kaya.example>
To: Frau Direktorin Elke Sommer <e.sommer@schule-am-markt.example>
Greeting: Sehr geehrte Frau Direktorin Sommer
Company: Schule am Markt
Position: Hausmeister

Ich habe mich gefreut über die Führung mit Herrn Wolff durch den Keller. Die Heizung von 1988 hat mir gefallen, solche
kenne ich aus Izmir. Wenn die Pumpe wieder Probleme macht, Sie können mich gern anrufen: 0176 4452 8193.
=== Verwaltung, kurz (template)
From: Jörg Wittmann <wittmann@wittmann.example>
To: "Bürgi, Ursina" <ursina.buergi@gemeinde-altmatt.example>
Greeting: Grüezi Frau Bürgi
Company: Gemeinde Altmatt
Position: Gemeindeschreiber

Ihre Geschichte vom verschwundenen Grenzstein erzähle ich seither jedem. Den Plan von 1911, den Sie beigefügt haben,
habe ich mit der Lupe gelesen; der Stein steht, wo er soll.
=== Redaktion (template)
From: Carla Vogt <carla@vogt.example>
To: Henning Maaß <maass@wochenblatt-elbe.example>
Greeting: Lieber Herr Maaß
Company: Wochenblatt Elbe
Position: Redakteurin

Am meisten hat mir die Schlusskonferenz gegeben, in der jemand die Überschrift laut vorlas, bis sie keinem mehr gefiel.
Das neue «XX. Jahrhundert»-Heft habe ich im Zug zu Ende gelesen, und Seite 12 gleich zweimal.
=== mit Anhang
From: Petra Lindqvist <petra@lindqvist.example>
To: Dr. Samir Haddad <haddad@labor-haddad.example>
Subject: Die versprochene Messreihe
Attach: messreihe.pdf

Sehr geehrter Herr Dr. Haddad,

wie am Freitag besprochen schicke ich Ihnen im Anhang die Messreihe aus dem März (PDF, 4 Seiten). Die Werte in Spalte 3
sind um 0,5 % zu hoch; der Fühler hing damals noch an der alten Leitung.

Für Rückfragen erreichen Sie mich unter 040 3176 2284 oder vormittags im Labor.

Mit freundlichen Grüßen
Petra Lindqvist
=== persönlich
From: Lukas Behrend <lukas@behrend.example>
To: Ayşe Yıldırım <ayse@uhren-yildirim.example>
Subject: Danke für den Nachmittag in der Werkstatt
Company: Uhren Yıldırım

Liebe Frau Yıldırım,

dass Sie sich für jemand anderen entschieden haben, verstehe ich, und ich nehme es Ihnen nicht übel. Ich wollte Ihnen
nur sagen, wie viel mir der Nachmittag bei Uhren Yıldırım bedeutet hat: das Schlagwerk von 1790, der Tee, die Geduld
Ihres Vaters mit meinen Fragen.

Zu Hause habe ich am selben Abend den Wecker meiner Großmutter geöffnet. Er geht wieder, wenn auch acht Minuten am Tag
zu langsam. Über den Streit mit der Unruh, der nun beigelegt ist, erzähle ich Ihnen gern einmal mehr.

Grüßen Sie bitte Ihren Vater von mir!

Herzliche Grüße
Lukas Behrend
=== Markdown mit Liste
From: Nele Janssen <nele@janssen.example>
To: Tobias Reuter <t.reuter@windpark-ost.example>
Content-Type: text/markdown
Subject: Unsere Punkte vom Montag
Language: de

Guten Tag Herr Reuter,

hier die Punkte vom Montag, dem 11. Mai:

* Zufahrt: der Weg ist ab dem **20. Mai** frei,
* Fundament: Herr Ott schickt die Zeichnung,
* Wartung: alle `6` Monate, siehe <https://windpark-ost.example/wartung>.

Fehlt etwas? Dann genügt eine Zeile.

Viele Grüße
Nele Janssen
=== an mehrere
From: Friederike Sauer <f.sauer@sauer.example>
To: Monika Adler <adler@stadtarchiv.example>, Jan Pokorny <pokorny@stadtarchiv.example>
Subject: Rückgabe der Karten am Donnerstag

Guten Morgen Frau Adler, guten Morgen Herr Pokorny,

am Donnerstag, 14. Mai, ist Feiertag; ich bringe die 16 Karten deshalb schon am Mittwoch zurück. In der Anlage am Fluss
war der Parkplatz zuletzt gesperrt, ich komme also mit der Bahn.

Freundliche Grüße
Friederike Sauer
=== kurz und locker
From: Timo Krug <timo@krug.example>
To: Svea <svea.lorenz@tischlerei-lorenz.example>
Subject: Das Regal

Moin Svea,

das Regal hält! Danke für die Schrauben (die 5 × 60er) und für den Rat mit dem Leim. Ich lege dir die restlichen beim
nächsten Mal in den Schuppen.

Bis bald
Timo
"""

FRENCH = """
=== ingénieure (template)
From: Solène Kerguelen <solene@kerguelen.example>
To: Étienne Baudry <e.baudry@ateliers-baudry.example>
Greeting: Cher Monsieur Baudry
Company: Ateliers Baudry
Position: ingénieure d'essais

La visite du banc n° 2 avec Mme Diallo m'est restée : cette façon d'écouter le moteur avant de regarder la courbe, je
l'ai reprise dès le lundi suivant. À 1 200 tours, j'entends maintenant ce que je ne voyais pas.
=== infirmier (template)
From: Mathieu Lacaze <mathieu.lacaze@lacaze.example>
To: Dr Nadia Ferhat <nadia.ferhat@clinique-ormes.example>
Greeting: Chère Madame la Directrice
Company: Clinique des Ormes
Position: infirmier de nuit

J'ai beaucoup repensé à votre tableau des veilles, et à la place qu'y gardent les familles. Sœur Agathe m'avait
prévenu : « ici, la nuit parle bas ». J'ai enfin compris la phrase.
=== deuxième langue (template)
From: Oksana Bondar <oksana@bondar.example>
To: Luc Vasseur <luc.vasseur@fournil-vasseur.example>
Greeting: Bonjour Monsieur Vasseur
Company: Le Fournil Vasseur
Position: boulangère

Je suis contente d'avoir vu votre four à bois et la pâte de 36 heures. Chez moi à Lviv on fait pareil mais avec du
seigle. Si vous voulez, je vous apporte un pain un samedi, avec plaisir.
=== juriste (template)
From: Antoine Delmas <antoine@delmas.example>
To: Claire Montfort <c.montfort@montfort-associes.example>
Greeting: Maître Montfort
Company: Montfort & Associés
Position: juriste

Votre remarque sur l'arrêt du 3 mars m'a conduit à relire le dossier entier ; vous aviez raison sur le deuxième moyen.
J'ai joint votre greffe par téléphone pour obtenir la copie, et je vous en remercie.
=== comptable, bref (template)
From: Léa Nguyen <lea@nguyen.example>
To: "Perrin, J.-P." <jp.perrin@coop-du-lac.example>
Greeting: Cher Jean-Pierre
Company: Coopérative du Lac
Position: comptable

Le classeur vert de 1996 et la réunion autour du fromage : je n'oublierai ni l'un ni l'autre. Dites à Odile que sa
méthode pour les avoirs m'a fait gagner deux heures dès la première semaine.
=== avec pièce jointe
From: Rachid Benali <rachid@benali.example>
To: Sophie Garnier <sophie.garnier@mairie-valmont.example>
Subject: Le plan du verger
Attach: plan-verger.pdf

Bonjour Madame Garnier,

Comme convenu, je vous joins le plan du verger (PDF). Les arbres marqués d'un point rouge sont ceux que nous avons vus
ensemble mardi ; la salle en annexe de la mairie n'y figure pas encore.

Vous pouvez me joindre au 06 39 98 41 27, plutôt le matin.

Bien à vous,
Rachid Benali
=== chaleureuse
From: Ghislaine Pons <ghislaine@pons.example>
To: Émile Rochefort <emile@luthier-rochefort.example>
Subject: Merci pour l'atelier
Company: Rochefort Luthier

Cher Monsieur,

Vous avez choisi quelqu'un d'autre, et je suis sûre que c'est une belle rencontre. Je voulais seulement vous dire ce que
m'a laissé l'après-midi chez Rochefort : l'odeur du vernis, le violon de 1820 que vous m'avez mis dans les mains, et la
patience de votre apprenti Jules.

Depuis, j'ai repris mon alto, qui dormait dans le grenier. La troisième corde siffle un peu ; d'après Jules, c'est le
chevalet, et d'après moi, c'est l'altiste.

Si un jour vous cherchez quelqu'un pour l'accueil pendant le salon d'octobre, pensez à moi.

Avec mes salutations les meilleures,

Ghislaine Pons
=== Markdown
From: Yann Le Goff <yann@legoff.example>
To: Camille Arnaud <camille@arnaud.example>
Subject: Compte rendu du 11 mai
Content-Type: text/markdown

Bonjour Camille,

Voici ce que j'ai noté lundi 11 mai :

- le devis passe à 2 450 € (remise de 5 % comprise) ;
- la livraison est prévue *mercredi 20 mai* ;
- la notice est en ligne : [notice](https://arnaud.example/notice?lang=fr).

Ai-je oublié quelque chose ?

Cordialement,\\
Yann
=== à deux personnes
From: Pauline Roux <pauline@roux.example>
To: Marc Tissier <m.tissier@tissier.example>, Inès Caron <i.caron@tissier.example>
Subject: Visite du 20 mai

Chère Inès, cher Marc,

C'est entendu pour le mercredi 20 mai à 14 h 30. Je viendrai avec les trois échantillons ; le gris est plus « souris »
que « perle », vous verrez !

Amicalement,
Pauline
=== très formelle
From: Hubert de La Tour <hubert@delatour.example>
To: Anne-Laure Brissac <al.brissac@fondation-brissac.example>
Subject: Suite à votre courrier du 5 mai
Language: fr

Madame la Présidente,

J'ai l'honneur d'accuser réception de votre lettre du mardi 5 mai 2026, et je vous remercie de l'attention que la
Fondation a portée à ma candidature.

Je me tiens à votre disposition pour tout renseignement, et vous prie d'agréer, Madame la Présidente, l'expression de ma
considération distinguée.

Hubert de La Tour
"""

SPANISH = """
=== ingeniera (template)
From: Lucía Arregui <lucia@arregui.example>
To: Joaquín Belmonte <j.belmonte@talleres-belmonte.example>
Greeting: Estimado señor Belmonte
Company: Talleres Belmonte
Position: ingeniera de pruebas

Me quedé con la imagen del banco número 3 y de Amparo, que escucha el motor antes de mirar la pantalla. El lunes probé
en casa con la bomba del pozo, y a 900 vueltas oí por fin lo que llevaba un año sin ver.
=== enfermero (template)
From: Iñaki Zubiri <inaki@zubiri.example>
To: Dra. Pilar Encinas <pilar.encinas@clinica-robledal.example>
Greeting: Estimada Dra. Encinas
Company: Clínica El Robledal
Position: enfermero de noche

Agradezco sobre todo que me dejaran ver el relevo de la planta 2. Las tarjetas azules para quien no puede hablar son
TODO un hallazgo; se las conté a mi equipo y ya hemos impreso treinta.
=== segunda lengua (template)
From: Daniela Popescu <daniela@popescu.example>
To: Ruiz <dana.ruiz@obrador-ruiz.example>
Greeting: Estimada Dana
Company: Obrador Ruiz
Position: panadera

Me ha gustado mucho ver el horno de leña y la masa de dos días. En mi pueblo hacemos igual pero con maíz. Si quiere, un
sábado yo llevo un pan para que lo prueban todos.
=== abogada (template)
From: Marta Cifuentes <marta@cifuentes.example>
To: Lic. Ernesto Villaseñor Prado <evillasenor@villasenor.example>
Greeting: Apreciado Lic. Villaseñor
Company: Villaseñor y Asociados
Position: abogada junior

Su comentario sobre la sentencia del 3 de marzo me hizo releer el expediente, y tenía razón en el segundo punto. Fui
adjunta a la cátedra durante dos años y nunca lo había visto explicado con una servilleta.
=== administración, breve (template)
From: Óscar Peñalver <oscar@penalver.example>
To: Carmen García <carmen.garcia@cooperativa-lago.example>
Greeting: Estimada señora García Lozano
Company: Cooperativa del Lago
Position: contable

El archivador verde de 1996 y la reunión con queso no se me olvidan. Dígale a Remedios que su truco para los abonos me
ahorró dos horas en la primera semana.
=== con archivo adjunto
From: Nuria Casals <nuria@casals.example>
To: Andrés Mejía <andres.mejia@viveros-mejia.example>
Subject: El plano del vivero
Attach: plano-vivero.pdf

Hola, Andrés:

Te mando adjunto el plano del vivero (PDF, una página). Los olivos con punto rojo son los que vimos el martes; el
edificio anexo todavía no sale.

Cualquier cosa, estoy en el 612 48 07 93 por las mañanas.

Un abrazo,
Nuria
=== cálida
From: Gonzalo Iriarte <gonzalo@iriarte.example>
To: Teresa Montalbán <teresa@guitarras-montalban.example>
Subject: Gracias por la tarde en el taller
Company: Guitarras Montalbán

Estimada Teresa:

Han elegido a otra persona y seguro que han acertado. Solo quería contarle lo que me dejó la tarde en Guitarras
Montalbán: el olor de la goma laca, la guitarra de 1904 que me puso en las manos y la paciencia de su aprendiz,
Julián, con mis preguntas.

Desde entonces he vuelto a tocar. La tercera cuerda zumba un poco: según Julián es la cejuela, y según mi mujer es el
guitarrista.

Si algún día necesitan a alguien para la feria de octubre, acuérdese de mí.

Con un saludo muy cordial,

Gonzalo Iriarte
=== Markdown con lista
From: Elena Ferrer <elena@ferrer.example>
To: Hugo Salas <hugo@salas.example>
Subject: Lo que apunté el lunes
Content-Type: text/markdown

Buenos días, Hugo:

Esto es lo que apunté el lunes 11 de mayo:

* el presupuesto queda en 2.450 € (con el 5 % de descuento),
* la entrega será el *miércoles 20 de mayo*,
* el manual está en <https://salas.example/manual>.

¿Se me olvida algo?

Saludos,\\
Elena
=== a dos personas
From: Rocío Luna <rocio@luna.example>
To: Don Aurelio Paz <aurelio@paz.example>, Inés Paz <ines@paz.example>
Subject: Visita del día 20

Estimado don Aurelio, estimada Inés:

Confirmo la visita del miércoles 20 de mayo a las 16:30. Llevaré las tres muestras; la gris es más «ratón» que «perla»,
ya verán. ¡Gracias por todo!

Atentamente,
Rocío Luna
=== muy formal
From: Ramiro Quiroga <ramiro@quiroga.example>
To: María Eugenia Salvatierra <mesalvatierra@fundacion-salvatierra.example>
Subject: Su carta del 5 de mayo

Distinguida señora Presidenta:

Acuso recibo de su carta del martes 5 de mayo de 2026 y le agradezco la atención que la Fundación ha prestado a mi
candidatura. Quedo a su disposición para cualquier consulta; mis datos no han cambiado desde la última solicitud [1].

Reciba un respetuoso saludo,

Ramiro Quiroga

[1] Registro n.º 4711/2025.
"""

LETTERS = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
