"""Names and places by lists and by the words around them: what can be done without a model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from stream_scrubber.detectors.base import Detector, Find, Span

_CAPITAL = r"(?:(?:[dDlL]|O)['’])?[^\W\d_a-zß-öø-ÿ][^\W\d_]{1,24}(?:['’\-][^\W\d_]{1,24}){0,2}"
"""A word that begins with a capital. Latin small letters are left out by name; `str.isupper` decides the rest."""
_PARTICLE = r"(?:van|von|vom|zu|zur|de|del|della|di|da|do|dos|das|den|der|du|la|le|bin|ibn|al|el|ter|ten|y|e)"
_RUN = re.compile(rf"(?<![\w@./]){_CAPITAL}(?:(?: {_PARTICLE}){{0,2}} (?:{_CAPITAL}|[^\W\d_a-z]\.)){{0,4}}")
_TITLE = (
    r"(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Rev|Sra?|Srta|Dña?|Don|Doña|Sig|Sig\.ra|Dott|Mme|Mlle|Pan|Pani|Herrn?|Frau|Hr|Fr"
    r"|Monsieur|Madame|Signora?|Señora?|Senhora?|Dhr|Mevr|Mevrouw|Meneer|Herra|Rouva|Shri|Smt)\b\.?,?|M\.)"
)
_CALLED = re.compile(
    rf"(?:(?<![\w])(?:{_TITLE}"
    r"|[Mm]y (?:full )?name(?: is|'s|:)|[Tt]he name(?: is|'s)|[Nn]ames?:|(?:[Ff]irst|[Ll]ast|[Ff]ull|[Gg]iven)[ _]?[Nn]ame:?|[Ss]urname:?"
    r"|(?:[Tt]his|[Ii]t) is|I am|I'm|[Cc]all me|[Ss]igned(?: by)?:?|[Aa]ttn:?|[Cc]/o|[Ss]poke (?:to|with)"
    r"|[Bb]orn as|[Nn]amed|[Ii]ch (?:bin|heiße|heisse)|[Mm]ein Name(?: ist|:)|[Nn]ame ist|[Jj]e (?:m['’]appelle|suis)"
    r"|[Mm]on nom est|[Mm]e llamo|[Ss]oy|[Mm]i nombre es|[Nn]ombre:|[Mm]i chiamo|[Ss]ono|[Nn]ome:|[Mm]eu nome é"
    r"|[Nn]azywam się|[Jj]estem|[Jj]ag heter|[Mm]itt namn är|[Ii]k heet|[Mm]ijn naam is|[Nn]imeni on|[Oo]len)"
    r"|(?:^|\n)(?:Dear|Hi|Hello|Hey|Hallo|Liebe[rs]?|Bonjour|Cher|Chère|Hola|Ciao|Caro|Cara|Cześć|Hej|Beste|Olá|Moi)"
    r"|(?:[Rr]egards|[Cc]heers|[Ss]incerely|[Gg]rüße|[Cc]ordialement|[Ss]aludos|[Ss]aluti|[Hh]älsningar|[Tt]hanks|[Gg]roeten),?\s?\n?)"
    rf"[ ]?(?P<name>{_CAPITAL}(?:(?: {_PARTICLE}){{0,2}} (?:{_CAPITAL}|[^\W\d_a-z]\.)){{0,3}})"
)
_NO_NAMES = frozenset(
    ["The", "This", "That", "There", "Here", "All", "Sir", "Madam", "Team", "Support", "Customer", "Service", "Everyone", "Everybody", "Friend", "Friends", "I", "It", "We", "You", "Not", "Very", "So", "Just", "Also", "And", "But", "Or", "If", "When", "Why", "How", "What", "Who", "Please", "Thanks", "Thank", "Yes", "No", "Ok", "Okay", "Sorry", "Hello", "Hi", "Dear", "Good", "Damen", "Herren", "Hiring", "Manager", "Mr", "Mrs", "Ms", "Dr", "Best", "Kind", "Regards", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March", "April", "June", "July", "August", "September", "October", "November", "December", "Great", "My", "Your", "Our", "His", "Her", "Their", "A", "An", "Is", "Are", "Was", "Can", "Could", "Would", "Should", "Do", "Does", "Did", "Have", "Has", "Had", "In", "On", "At", "To", "From", "For", "With", "By", "As", "Of", "Order", "Invoice", "After", "Before", "Since", "Because", "While", "Now", "Then", "Today", "Tomorrow", "Yesterday", "Still", "Again", "Und", "Der", "Die", "Das", "Ein", "Eine", "Ich", "Wir", "Sie", "Le", "La", "Les", "Un", "Une", "Je", "Nous", "Vous", "El", "Los", "Las", "Una", "Il", "Lo", "Gli", "Phone", "Email", "Mail", "Address", "Name", "Date", "Street", "City", "Country"]
)


@dataclass(frozen=True, slots=True)
class Name(Detector):
    """Names of people by lists of given and family names, and behind words that announce one: "Mr", "my name is"."""

    name: ClassVar[str] = "name"
    trigger: ClassVar[str] = r"[\p{Lu}\p{Lt}\p{Lo}][\pL\pM'’]"
    source: ClassVar[str] = "lists of this project"
    finds: ClassVar[tuple[str, ...]] = (
        "Katarzyna Nowak",
        "Hans-Peter von Schmidt",
        "my name is «Xylo Quarzmann»",
        "Mrs. «Quibbleton»",
        "Dear «Jürgen»,",
        "«Priya» called",
    )
    leaves: ClassVar[tuple[str, ...]] = ("Will you mark it", "The Delivery was late", "Dear Customer", "may I")

    def build(self) -> Find:
        from stream_scrubber.detectors.gazetteer import DOUBTFUL, FAMILY, GIVEN

        certain = (GIVEN | {name for name in FAMILY if " " not in name}) - DOUBTFUL
        doubtful = (GIVEN | FAMILY) & DOUBTFUL

        def names(text: str) -> list[Span]:
            found = [Span(*match.span("name"), "name") for match in _CALLED.finditer(text) if _is_name(match["name"])]
            for run in _RUN.finditer(text):
                found += in_run(run)
            return found

        def in_run(run: re.Match[str]) -> list[Span]:
            """The words of a run of capitals from the first to the last that is no word for something else."""
            words = [word for word in _WORDS.finditer(run[0]) if word[0] not in _NO_NAMES]
            sure = [word for word in words if _parts(word[0]) & certain]
            maybe = [word for word in words if word[0] in doubtful]
            if not sure and len(maybe) < 2:
                return []
            start = run.start() + words[0].start()
            return [Span(start, run.start() + words[-1].end(), "name")]

        return names


_WORDS = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")


def _parts(word: str) -> set[str]:
    """A word, its halves, and both as they are written where not everything is in capitals."""
    halves = {word, *re.split("[-'’]", word)}
    return halves | {half.title() for half in halves if half.isupper() and len(half) > 2}


def _is_name(text: str) -> bool:
    words = _WORDS.findall(text)
    return bool(words) and not any(word in _NO_NAMES for word in words)


_PLACED = re.compile(
    r"(?<!\w)(?:(?:live|lives|lived|living|born|based|located|resident|residing|staying|grew up|raised) (?:in|at|near)"
    r"|(?:moved|moving|travel(?:l?ing)?|flight|fly|flying|flew|trip|relocated) (?:to|from)|[Ii]'?a?m from|comes? from"
    r"|(?:city|town|village|state|country|province|county|capital) of|(?:[Cc]ity|[Tt]own|[Cc]ountry|[Ss]tate|[Ss]tadt|[Oo]rt|[Vv]ille|[Cc]iudad|[Cc]ittà):"
    r"|wohn(?:e|t|haft) in|lebe in|komme aus|geboren in|habite à|vis à|viens de|née? à|viv[oe] en|nacid[oa] en|vengo de"
    r"|abito a|vivo a|nat[oa] a|mieszkam w|bor i|född i|woon in|geboren te|moro em|nascid[oa] em|asun)"
    rf" (?P<place>{_CAPITAL}(?:(?: {_PARTICLE}){{0,2}} {_CAPITAL}){{0,3}})"
)


@dataclass(frozen=True, slots=True)
class Place(Detector):
    """Countries and large cities by a list, and what stands behind words that place somebody: "lives in"."""

    name: ClassVar[str] = "place"
    trigger: ClassVar[str] = Name.trigger
    source: ClassVar[str] = "lists of this project"
    finds: ClassVar[tuple[str, ...]] = ("Kraków", "New York", "she lives in «Quarzhausen»", "moved to «Nice»")
    leaves: ClassVar[tuple[str, ...]] = ("Nice weather", "Reading a book", "the Turkey sandwich")

    def build(self) -> Find:
        from stream_scrubber.detectors.gazetteer import DOUBTFUL_PLACES, PLACES, TWO_WORDS

        certain = PLACES - DOUBTFUL_PLACES
        several = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, TWO_WORDS))})(?!\w)").finditer

        def places(text: str) -> list[Span]:
            found = [Span(*match.span("place"), "place") for match in _PLACED.finditer(text)]
            found += [Span(*match.span(), "place") for match in several(text)]
            found += [Span(*word.span(), "place") for word in _WORDS.finditer(text) if word[0] in certain]
            return found

        return places


_LEGAL = (
    r"(?:Inc|Incorporated|Corp|Corporation|Ltd|Limited|LLC|LLP|PLC|plc|Co|GmbH|AG|KG|KGaA|OHG|GbR|e\.V|UG|SE|S\.A|SA|SARL|S\.A\.R\.L|SAS|EURL"
    r"|S\.?L(?:\.?[LNPU]){0,2}(?:\.?E)?|S\.?[AC]\.?[DPU]|S\.Coop|C\.B|s\.r\.l|S\.r\.l|SRL|SPA|s\.p\.a|S\.p\.A|s\.n\.c|s\.a\.s|Sp\. ?z ?o\. ?o|sp\.k|sp\.j|S\.K"
    r"|AB|HB|Oy|Oyj|Abp|Ky|Tmi|A/S|ApS|AS|ASA|B\.?V|N\.?V|V\.?O\.?F|Ltda|S/A|Lda|Pty|Pvt|Group|Gruppe|Groupe|Grupo|Gruppo|Holdings?|Stiftung|e\.G|eG|Consulting|Partners|Associates|& Sons)"
)
_FIRM = re.compile(
    rf"(?<![\w.])(?:(?:Grupo|Groupe|Gruppo|Fundación|Fondation|Stiftung|Sociedad) )?{_CAPITAL}(?:(?:,? (?:&|and|und|et|y|e|och|en)|,)? {_CAPITAL}){{0,4}}"
    rf"(?: & Co\.?,?)?(?: (?:& Co\. )?{_LEGAL}(?![\w])\.?){{1,3}}"
    rf"|(?<![\w.])(?:Grupo|Groupe|Gruppo|Fundación|Fondation|Banco|Banca|Stiftung) {_CAPITAL}(?: {_CAPITAL}){{0,2}}"
    rf"|(?<![\w.]){_CAPITAL}, {_CAPITAL} (?:and|und|et|y|e|och|en) {_CAPITAL}|(?<![\w.]){_CAPITAL} & {_CAPITAL}"
)


@dataclass(frozen=True, slots=True)
class Organization(Detector):
    """Companies by the legal form behind their name: "Ltd", "GmbH", "S.A."; what has none is left to a model."""

    name: ClassVar[str] = "organization"
    trigger: ClassVar[str] = Name.trigger
    finds: ClassVar[tuple[str, ...]] = (
        "Miller Ltd",
        "Schmidt & Co. KG",
        "Rossi, Bianchi e Verdi s.r.l.",
        "Grupo Carpio S.L.",
    )
    leaves: ClassVar[tuple[str, ...]] = ("Limited edition", "the Group left", "AB testing")

    def build(self) -> Find:
        return _firms


def _firms(text: str) -> list[Span]:
    return [Span(*match.span(), "organization") for match in _FIRM.finditer(text)]
