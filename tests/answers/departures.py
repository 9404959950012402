# ruff: noqa: E501
"""Automatic answers for people who are no longer there: language, text, the successor's address."""

from __future__ import annotations

DEPARTURES: tuple[tuple[str, str, str], ...] = (
    (
        "en",
        "Iris Holm is no longer with Saltmarsh. Please contact Joan Pike at joan.pike@saltmarsh.example.",
        "joan.pike@saltmarsh.example",
    ),
    ("en", "Iris has left the company. Your message was not forwarded.", ""),
    ("en", "I no longer work at Saltmarsh. You can reach my successor: rob@saltmarsh.example", "rob@saltmarsh.example"),
    (
        "en",
        "This e-mail address is no longer in use. Please write to planning@saltmarsh.example.",
        "planning@saltmarsh.example",
    ),
    (
        "en",
        "As of 30 November I have left Saltmarsh. For business matters please contact info@saltmarsh.example.",
        "info@saltmarsh.example",
    ),
    ("en", "Please note that Iris Holm retired in October.", ""),
    ("en", "30 November was my last day at Saltmarsh. Thank you for the good years.", ""),
    (
        "en",
        "This mailbox is no longer monitored. Please update your records: desk@saltmarsh.example",
        "desk@saltmarsh.example",
    ),
    ("en", "The person you are trying to reach is no longer employed here.", ""),
    ("en", "I have moved on to a new role outside Saltmarsh.", ""),
    (
        "de",
        "Frau Holm ist nicht mehr für unser Unternehmen tätig. Bitte wenden Sie sich an Herrn Voss, voss@saltmarsh.example.",
        "voss@saltmarsh.example",
    ),
    ("de", "Iris Holm hat das Unternehmen verlassen.", ""),
    (
        "de",
        "Ich bin zum 30.11. aus dem Unternehmen ausgeschieden. Neue Ansprechpartnerin: eva.lund@saltmarsh.example",
        "eva.lund@saltmarsh.example",
    ),
    (
        "de",
        "Diese E-Mail-Adresse ist nicht mehr gültig. Nutzen Sie bitte info@saltmarsh.example.",
        "info@saltmarsh.example",
    ),
    ("de", "Ich arbeite nicht mehr bei Saltmarsh.", ""),
    ("de", "Dieses Postfach wird nicht mehr gelesen.", ""),
    ("de", "Frau Holm ist im Ruhestand.", ""),
    (
        "fr",
        "Iris Holm a quitté la société. Veuillez contacter marc.petit@saltmarsh.example.",
        "marc.petit@saltmarsh.example",
    ),
    ("fr", "Je ne fais plus partie de Saltmarsh.", ""),
    (
        "fr",
        "Cette adresse n'est plus valide. Nouvelle adresse : accueil@saltmarsh.example",
        "accueil@saltmarsh.example",
    ),
    ("fr", "Madame Holm ne travaille plus chez nous.", ""),
    (
        "es",
        "Iris Holm ya no trabaja en Saltmarsh. Contacte con ana.gil@saltmarsh.example.",
        "ana.gil@saltmarsh.example",
    ),
    ("es", "He dejado la empresa el 30 de noviembre.", ""),
    ("es", "Esta dirección de correo ya no está en uso.", ""),
    ("es", "La persona a la que escribe ya no forma parte de nuestra organización.", ""),
    (
        "it",
        "Iris Holm non lavora più in questa azienda. Rivolgersi a paolo.rea@saltmarsh.example.",
        "paolo.rea@saltmarsh.example",
    ),
    ("it", "Ho lasciato l'azienda.", ""),
    ("it", "Questo indirizzo non è più attivo.", ""),
    (
        "nl",
        "Iris Holm is niet langer werkzaam bij Saltmarsh. Neem contact op met jan@saltmarsh.example.",
        "jan@saltmarsh.example",
    ),
    ("nl", "Ik ben uit dienst.", ""),
    ("nl", "Dit e-mailadres is niet meer in gebruik.", ""),
    ("nl", "Iris werkt niet meer bij ons.", ""),
    ("pt", "Iris Holm deixou a empresa. Por favor contacte rui@saltmarsh.example.", "rui@saltmarsh.example"),
    ("pt", "Já não trabalho na Saltmarsh.", ""),
    ("pt", "Este e-mail não está mais ativo.", ""),
    ("pt", "A colaboradora não faz mais parte do nosso quadro.", ""),
    ("sv", "Iris Holm har slutat på Saltmarsh. Kontakta olle@saltmarsh.example.", "olle@saltmarsh.example"),
    ("sv", "Jag arbetar inte längre på Saltmarsh.", ""),
    ("sv", "Den här adressen används inte längre.", ""),
    ("da", "Iris Holm er fratrådt sin stilling. Kontakt mette@saltmarsh.example.", "mette@saltmarsh.example"),
    ("da", "Jeg er ikke længere ansat hos Saltmarsh.", ""),
    ("no", "Iris Holm har sluttet i Saltmarsh. Kontakt kari@saltmarsh.example.", "kari@saltmarsh.example"),
    ("no", "Jeg jobber ikke lenger hos Saltmarsh.", ""),
    (
        "pl",
        "Iris Holm nie pracuje już w naszej firmie. Prosimy o kontakt: ewa@saltmarsh.example.",
        "ewa@saltmarsh.example",
    ),
    ("pl", "Ten adres nie jest już używany.", ""),
    (
        "ja",
        "ホルムは11月末で退職いたしました。今後は佐々木(sasaki@saltmarsh.example)までお願いいたします。",
        "sasaki@saltmarsh.example",
    ),
    ("ja", "このメールアドレスは現在使用されておりません。", ""),
    ("ko", "홀름은 퇴사하였습니다. 문의: kim@saltmarsh.example", "kim@saltmarsh.example"),
    ("ko", "이 메일 주소는 더 이상 사용하지 않습니다.", ""),
    ("zh", "该员工已离职,请联系 wang@saltmarsh.example。", "wang@saltmarsh.example"),
    ("zh", "此邮箱已停用,请使用新的联系方式。", ""),
)

# By their subject alone: subject, text, the successor's address.
MAILS: tuple[tuple[str, str, str], ...] = (
    (
        "Automatic reply: Thank you for the Planner interview",
        "Thank you for your email. I have now left Saltmarsh after eleven happy years. For planning queries please email Joan (joan@saltmarsh.example). My personal address is iris@holm.example.",
        "joan@saltmarsh.example",
    ),
    ("Automatic reply: Thank you for the Planner interview", "Iris Holm doesn't work at Saltmarsh anymore.", ""),
    (
        "Automatic reply: Thank you for the Planner interview",
        "Please be advised that Iris's employment with Saltmarsh ended on 30 November.",
        "",
    ),
    (
        "Automatic reply: Thank you for the Planner interview",
        "My email address has changed. Please use iris.holm@newmarsh.example from now on.",
        "iris.holm@newmarsh.example",
    ),
    (
        "Automatische Antwort: Thank you for the Planner interview",
        "Guten Tag, ich bin seit dem 1.12. nicht mehr bei Saltmarsh beschäftigt. Ihr neuer Ansprechpartner ist Jens Voss (voss@saltmarsh.example).",
        "voss@saltmarsh.example",
    ),
    (
        "Automatische Antwort: Thank you for the Planner interview",
        "Frau Holm hat unser Haus zum Monatsende verlassen.",
        "",
    ),
    (
        "Réponse automatique : x",
        "Bonjour, j'ai quitté l'entreprise. Merci de vous adresser à marc@saltmarsh.example.",
        "marc@saltmarsh.example",
    ),
    ("Réponse automatique : x", "Iris Holm n'est plus salariée de Saltmarsh.", ""),
    ("Respuesta automática: x", "Desde el 1 de diciembre ya no formo parte de Saltmarsh.", ""),
    ("Risposta automatica: x", "Iris Holm non è più in azienda.", ""),
    ("Automatisch antwoord: x", "Per 1 december ben ik niet meer werkzaam bij Saltmarsh.", ""),
    ("Resposta automática: x", "Informo que não faço mais parte da empresa.", ""),
    ("Autosvar: x", "Jag har slutat på Saltmarsh.", ""),
    ("Automatisk svar: x", "Jeg har sluttet i jobben min hos Saltmarsh.", ""),
    ("Automatyczna odpowiedź: x", "Informuję, że nie jestem już pracownikiem firmy Saltmarsh.", ""),
    ("自動返信: x", "私は11月30日をもちまして退職いたしました。", ""),
    ("자동 응답: x", "저는 11월 30일자로 퇴직하였습니다.", ""),
    ("自动回复: x", "我已从公司离职。", ""),
)

# A machine wrote these too, and nobody has left.
NOT_LEFT: tuple[tuple[str, str], ...] = (
    ("away", "I am no longer in the office today and will be back on Thursday."),
    ("away", "I have left for the holidays and will be back on 4 January."),
    ("away", "I am on leave until 4 January. Please note that Rob Finch has left the company."),
    ("away", "Ich bin bis 4. Januar im Urlaub. Danach arbeite ich nicht mehr freitags."),
    ("away", "I left the office early today due to illness."),
    ("away", "Ich habe das Büro schon verlassen und bin morgen wieder da."),
    ("automatic", "Thank you for your message. It has been received and will be answered within two business days."),
    ("automatic", "Ticket 4711 has been opened for your request."),
    ("automatic", "Ihre Bewerbung ist bei uns eingegangen."),
    ("automatic", "Nous avons bien reçu votre candidature."),
    ("automatic", "Hemos recibido su mensaje y le responderemos a la mayor brevedad."),
    ("automatic", "お問い合わせを受け付けました。受付番号は12です。"),
    ("automatic", "I do not work on Fridays."),
    ("automatic", "Thank you for your e-mail. We will get back to you."),
)
