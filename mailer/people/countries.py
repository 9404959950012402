"""Countries by the names that address books give them, in six languages, without case and accents."""

from __future__ import annotations

import functools

from mailer.people.matching import plain

# ISO 3166-1; names in English, German, French, Spanish, Italian, Dutch, and the country's own, where they differ.
_NAMES = """
AE united arab emirates, vereinigte arabische emirate, emirats arabes unis, emiratos arabes unidos
AE emirati arabi uniti
AR argentina, argentinien, argentine, argentinie
AT austria, osterreich, autriche, oostenrijk
AU australia, australien, australie
BE belgium, belgien, belgique, belgica, belgio, belgie
BG bulgaria, bulgarien, bulgarie
BR brazil, brasilien, bresil, brasil, brasile, brazilie
CA canada, kanada
CH switzerland, schweiz, suisse, suiza, svizzera, zwitserland
CL chile, chili, cile
CN china, volksrepublik china, chine, cina
CO colombia, kolumbien, colombie
CZ czechia, czech republic, tschechien, tschechische republik, tchequie, republique tcheque, chequia
CZ republica checa, repubblica ceca, tsjechie, ceska republika, cesko
DE germany, deutschland, allemagne, alemania, germania, duitsland, bundesrepublik deutschland
DK denmark, danemark, dinamarca, danimarca, denemarken, danmark
EE estonia, estland, estonie, eesti
EG egypt, agypten, egypte, egipto, egitto
ES spain, spanien, espagne, espana, spagna, spanje
FI finland, finnland, finlande, finlandia, suomi
FR france, frankreich, francia, frankrijk
GB united kingdom, great britain, england, scotland, wales, vereinigtes konigreich, grossbritannien
GB royaume uni, reino unido, regno unito, verenigd koninkrijk, uk, u k
GR greece, griechenland, grece, grecia, griekenland
HK hong kong, hongkong
HR croatia, kroatien, croatie, croacia, croazia, kroatie, hrvatska
HU hungary, ungarn, hongrie, hungria, ungheria, hongarije, magyarorszag
IE ireland, irland, irlande, irlanda, ierland, eire
IL israel, israele
IN india, indien, inde
IS iceland, island, islande, islandia, islanda, ijsland
IT italy, italien, italie, italia
JP japan, japon, giappone
KR south korea, korea, republic of korea, sudkorea, coree du sud, corea del sur, corea del sud, zuid korea
LI liechtenstein
LT lithuania, litauen, lituanie, lituania, litouwen, lietuva
LU luxembourg, luxemburg, luxemburgo, lussemburgo
LV latvia, lettland, lettonie, letonia, lettonia, letland, latvija
MA morocco, marokko, maroc, marruecos, marocco
MX mexico, mexiko, mexique, messico
NL netherlands, the netherlands, holland, niederlande, pays bas, paises bajos, paesi bassi, nederland
NO norway, norwegen, norvege, noruega, norvegia, noorwegen, norge
NZ new zealand, neuseeland, nouvelle zelande, nueva zelanda, nuova zelanda, nieuw zeeland
PE peru, perou
PL poland, polen, pologne, polonia, polska
PT portugal, portogallo
RO romania, rumanien, roumanie, rumania, roemenie
RS serbia, serbien, serbie, servie, srbija
SE sweden, schweden, suede, suecia, svezia, zweden, sverige
SG singapore, singapur, singapour
SI slovenia, slowenien, slovenie, eslovenia, slovenija
SK slovakia, slowakei, slovaquie, eslovaquia, slovacchia, slowakije, slovensko
TR turkey, turkei, turquie, turquia, turchia, turkije, turkiye
TW taiwan
UA ukraine, ucrania, ucraina, oekraine
US united states, united states of america, usa, u s a, vereinigte staaten, vereinigte staaten von amerika
US etats unis, estados unidos, stati uniti, verenigde staten
ZA south africa, sudafrika, afrique du sud, sudafrica, zuid afrika
"""


def country_code(name: str) -> str:
    """The code of a country by its name in one of six languages, or ""."""
    words = "".join(sign if sign.isalnum() else " " for sign in plain(name))
    return _codes().get(" ".join(words.split()), "")


@functools.cache
def _codes() -> dict[str, str]:
    rows = (line.partition(" ") for line in _NAMES.strip().splitlines())
    return {name.strip(): code for code, _, names in rows for name in names.split(",")}
