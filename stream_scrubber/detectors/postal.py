"""Where post is sent and what stands on cars: addresses and licence plates, as far as patterns carry."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span
from stream_scrubber.detectors.context import near

_CAP = r"[^\W\d_a-zß-öø-ÿ][\w'’\-]{0,24}"
_STREET = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Highway|Hwy"
    r"|Parkway|Pkwy|Circle|Cir|Close|Crescent|Cres|Gardens|Grove|Mews|Row|Trail|Trl|Alley|Plaza|Pike|Loop|Walk|Parade|Esplanade"
    r"|Alley|Bypass|Bridge|Brook|Burg|Camp|Canyon|Causeway|Center|Cliffs?|Club|Common|Corners?|Course|Cove|Creek|Crossing|Divide"
    r"|Estates?|Expressway|Extension|Falls?|Ferry|Fields?|Flats?|Fords?|Forest|Forges?|Forks?|Fort|Freeway|Gateway|Glens?|Greens?"
    r"|Harbors?|Haven|Heights|Hills?|Hollow|Inlet|Islands?|Isle|Junctions?|Keys?|Knolls?|Lakes?|Landing|Lights?|Loaf|Locks?|Lodge|Mall"
    r"|Manors?|Meadows?|Mills?|Mission|Motorway|Mount|Mountains?|Neck|Orchard|Oval|Overpass|Parks?|Parkways?|Pass|Passage|Path"
    r"|Pines?|Plains?|Points?|Ports?|Prairie|Radial|Ramp|Ranch|Rapids?|Rest|Ridges?|River|Route|Run|Shoals?|Shores?|Skyway|Springs?"
    r"|Approach|Concourse|Copse|Crest|Dale|Deviation|Elbow|Fairway|Frontage|Glade|Interchange|Nook|Outlook|Promenade|Quadrant|Quays?|Retreat"
    r"|Ridgeway|Rise|Riviera|Rotary|Siding|Slope|Strand|Subway|Thoroughfare|Tollway|Vale|Wharf|Wynd|Yard"
    r"|Spurs?|Station|Stravenue|Stream|Summit|Throughway|Trace|Track|Trafficway|Tunnel|Turnpike|Underpass|Unions?|Valleys?|Via"
    r"|Viaduct|Views?|Villages?|Ville|Vista|Wells?)"
)
_BEFORE = r"(?:(?:Flat|Unit|Apt\.?|Apartment|Suite|Level|Studio|Room) [0-9]{0,4}[A-Z]?[,/]? ?)?"
_TAIL = r"(?:,? (?:Piso|Apartamento|Appartamento|Puerta|Pta\.) ?[0-9]{1,4})?(?: ?,\s?(?![A-Z][a-z]+ (?:is|was|has)\b)(?:[^\W\d_a-zß-öø-ÿ0-9]|[0-9])[\w'’.\-/]{0,30}(?: (?:[^\W\d_a-zß-öø-ÿ0-9(/]|[0-9(/])[\w'’.\-/()]{0,30}){0,4}){0,4}"
"""Parts of an address behind commas: words with a capital and numbers."""
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Fl|Room|Rm|No|#)\.? ?#?[0-9A-Za-z\-]{1,6})"
_CITY = rf"{_CAP}(?: {_CAP}){{0,2}}"
_NUMBER = r"[0-9]{1,5}(?:[\-/ ]?[0-9]{1,4})?(?: ?[A-Za-z](?![A-Za-z]))?"
_US_CITY = rf"(?:,?\s{_CITY},? [A-Z]{{2}},? [0-9]{{5}}(?:-[0-9]{{4}})?)"
_UK_CODE = r"(?:GIR ?0AA|[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKPS-UW]? ?[0-9][ABD-HJLNP-UW-Z]{2})"
_POST_CITY = (
    rf"(?:,?\s(?:[A-Z]{{1,2}}-)?[0-9]{{2,5}}[ \-]?(?:[0-9]{{2,3}}|[A-Z]{{2}})? {_CAP}(?:[ \-]{_CAP}){{0,2}})"
)
_ADDRESS = re.compile(
    r"(?<![\w.'’\-])(?:"  # at the start of a word, and only there: everything below begins with one
    rf"{_BEFORE}{_NUMBER},? (?:[NSEW]\.? )?(?:{_CAP} ){{1,3}}{_STREET}\b\.?{_UNIT}?{_US_CITY}?{_TAIL}"
    rf"|(?:P\.? ?O\.? ?Box|Postfach|Apartado|Casella [Pp]ostale|BP) [0-9]{{1,6}}{_TAIL}"
    r"|(?:(?:PSC|Unit|CMR|USNS|USS|USNV|USCGC) [\w ]{1,20},? ?(?:Box [0-9]{1,5},? )?)?(?:APO|FPO|DPO),? A[AEP],? [0-9]{5}"
    rf"|H\. ?No\.? ?[0-9]{{1,5}}[0-9/\-]{{0,5}}{_TAIL}"
    rf"|(?:[^\W\d_]\w{{0,24}}(?:straße|strasse|straat|vägen|gatan)"
    rf"|{_CAP}(?<=[a-zäöüß])(?<=str|weg|sse|lee|atz|ing|amm|fer|eig|aan|ein|cht|ade|ata|ien|vej|atu|tie|uja|lku|änd|eef|ard|hof|tig|oli|ori)\.?"
    rf"|(?:[^\W\d_a-z]\w{{0,24}}+[ \-]){{1,4}}(?:Straße|Strasse|Str\.|Weg|Allee|Platz|Ring|Gasse)) {_NUMBER}(?!\w)(?<!\b(?:19|20)[0-9]{{2}}){_POST_CITY}?{_TAIL}"
    rf"|(?:{_NUMBER},? ?(?:bis|ter)?,? )?(?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Cc]hemin|[Ii]mpasse|[Aa]llée|[Qq]uai|[Cc]ours) (?:(?:de|du|des|la|le|les|l['’]|d['’]|en) ?){{0,3}}{_CAP}(?:[ \-](?:de |du |la )?{_CAP}){{0,3}}{_POST_CITY}?{_TAIL}"
    r"|(?:[Cc]alle|[Cc]/|[Aa]venida|[Aa]vda\.?|[Pp]laza|[Pp]aseo|[Cc]amino|[Cc]añada|[Pp]asadizo|[Pp]asaje|[Cc]allejón|[Cc]uesta|[Gg]lorieta|[Rr]onda|[Rr]ambla|[Uu]rbanización|[Vv]ial?|[Vv]iale|[Pp]iazza|[Cc]orso|[Vv]icolo|[Cc]ontrada|[Ss]trada|[Ss]tretto|[Rr]otonda|[Cc]anale|[Ii]ncrocio|[Bb]orgo|[Rr]ua|[Tt]ravessa|[Aa]lameda|[Rr]odovia|[Pp]raça|[Pp]arque|[Ll]argo|[Jj]ardim|[Vv]ila|[Vv]ale|[Cc]onjunto|[Cc]ondomínio|[Rr]ecanto|ul\.|al\.|pl\.|[Uu]lica|[Aa]leja)"
    rf" (?:(?:de|del|della|la|las|los|di|da|do|dos|das) ){{0,2}}{_CAP}(?:(?: de| del| di| da)? {_CAP}){{0,3}},? (?:n[.º°o] ?)?{_NUMBER}(?!\w){_POST_CITY}?{_TAIL}"
    rf"|{_CITY}, (?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]) [0-9]{{5}}(?:-[0-9]{{4}})?(?![\w\-])"
    rf"|{_CITY}, (?:NSW|QLD|VIC|TAS|ACT|WA|SA|NT),? [0-9]{{4}}(?![\w\-])"
    rf"|(?:{_CITY}, )?{_UK_CODE}(?![\w\-])"
    r")"
)
_CODE = re.compile(
    r"(?<![\w.,\-])(?:[0-9]{5}(?:-[0-9]{4}|-[0-9]{3})?|[0-9]{4} ?[A-Z]{2}|[0-9]{2}-[0-9]{3}|[0-9]{3} [0-9]{2}|[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]|[0-9]{4,6})(?![\w\-])(?![.,][0-9])"
)


@dataclass(frozen=True, slots=True)
class Address(Detector):
    """Postal addresses: house number and a word for a street, in ten languages' orders, with the town behind it;
    post boxes, British and named postcodes."""

    name: ClassVar[str] = "address"
    trigger: ClassVar[str] = r"[0-9]"
    finds: ClassVar[tuple[str, ...]] = (
        "221B Baker Street",
        "1600 Pennsylvania Avenue, Washington, DC 20500",
        "Hauptstraße 5, 10115 Berlin",
        "12 rue de la Paix, 75002 Paris",
        "Calle Mayor 5",
        "Via Garibaldi 10",
        "PO Box 123",
        "SW1A 1AA",
        "zip code «90210»",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "5 stars on the way",
        "order 12345",
        "2 Boxes arrived",
        "the road 7 times",
    )

    def build(self) -> Find:
        named = near(
            r"zip|post ?code|postal|postleitzahl|plz|code postal|cap\b|código postal|cep\b|kod pocztowy|postnummer|postinumero",
            reach=20,
        )

        def addresses(text: str) -> list[Span]:
            found = [Span(m.start(), m.end(), "address") for m in _ADDRESS.finditer(text)]
            found += [
                Span(m.start(), m.end(), "address")
                for m in _CODE.finditer(text)
                if named(text, m.start(), m.end())
            ]
            return found

        return addresses


_PLATE = re.compile(
    r"(?<![\w\-.])(?:(?P<sure>[A-HJ-NP-TV-Z]{2}-[0-9]{3}-[A-HJ-NP-TV-Z]{2}"  # France since 2009, Italy likewise
    r"|[A-Z]{2}[0-7][0-9] [A-Z]{3}"  # Great Britain since 2001
    r"|[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} [0-9]{1,4}[EH]?)"  # Germany
    r"|(?=[A-ZÄÖÜ0-9 \-]{0,9}[0-9])(?=[A-ZÄÖÜ0-9 \-]{0,9}[A-ZÄÖÜ])[A-ZÄÖÜ0-9]{1,7}(?:[ \-·][A-ZÄÖÜ0-9]{1,5}){0,3})(?![\w\-])"
)


@dataclass(frozen=True, slots=True)
class LicencePlate(Detector):
    """Licence plates: the French, British and German form as they stand, others behind a word that names them."""

    name: ClassVar[str] = "licence_plate"
    trigger: ClassVar[str] = r"[0-9]"
    finds: ClassVar[tuple[str, ...]] = (
        "AB-123-CD",
        "AB51 DVL",
        "M-XY 1234",
        "license plate «7ABC123»",
        "Kennzeichen «HH AB 123»",
        "matrícula «1234 BCD»",
    )
    leaves: ClassVar[tuple[str, ...]] = (
        "7ABC123",
        "article AB 1234",
        "plate of 12 cookies",
        "ISO 9001",
    )

    def build(self) -> Find:
        named = near(
            r"licen[cs]e plate|plate|number ?plate|registration|reg(?:\.| no| number)|vehicle|kennzeichen|nummernschild|immatriculation"
            r"|plaque|matr[íi]cula|targa|placa|rejestracyjn|registreringsnummer|kenteken|rekisteri",
            reach=28,
        )

        def plates(text: str) -> list[Span]:
            return [
                Span(m.start(), m.end(), "licence_plate")
                for m in _PLATE.finditer(text)
                if m["sure"] or named(text, m.start(), m.end())
            ]

        return plates
