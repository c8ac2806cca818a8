"""What the command line prints: for people (rich, coloured on a terminal only) or for programs (JSON, one object a line).

Answers go to standard output, all else to standard error, so that an answer can be piped on. Text of sources and files is printed as it is
and never read as markup, and control characters in it are shown as escapes: a quote must not move a terminal's cursor.

Absent on purpose: decisions. What is printed was decided before.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct
from rich.console import Console
from rich.text import Text

from app.ledger import Service
from app.recording import Outcome
from app.requests import MISTAKES_SHOWN_MAX, Mistake, RequestRefused
from events.dates import ClaimedDate, Derivation, in_words
from events.errors import LedgerError
from events.kinds import SnapshotCaptured
from events.store import FULL_VIEWER, decoded, read_by_ids


class Line(Struct, frozen=True):
    """A mistake as it is printed, and its parts."""

    text: str
    line: int
    field: str
    mistake: Mistake


def _console(*, errors: bool = False) -> Console:
    # Made at each use: a test, or a shell, may have replaced the streams since.
    return Console(stderr=errors, highlight=False, markup=False, soft_wrap=True)


def _printable(text: str) -> str:
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1]
        for character in text
    )


def answer(text: str, *, style: str = "") -> None:
    """A line of an answer."""
    _console().print(Text(_printable(text), style=style))


def note(text: str) -> None:
    """That something was done."""
    _console(errors=True).print(Text(_printable(text)))


def complaint(text: str) -> None:
    """That something was not done, and why."""
    _console(errors=True).print(Text(_printable(text), style="red"))


def refusal(refused: LedgerError) -> None:
    """A refusal as its sentence."""
    if isinstance(refused, RequestRefused):
        for mistake in refused.mistakes:
            place = f"{'.'.join(mistake.path)}: " if mistake.path else ""
            complaint(f"{place}{mistake.message}")
        complaint("Nothing was stored.")
    else:
        complaint(refused.message)


def quoted(text: str) -> str:
    """A text as one word of a shell command."""
    return shlex.quote(text)


def json_line(value: object) -> None:
    """A value as one line of JSON."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":")) + "\n")


def json_document(value: object) -> None:
    """A value as JSON for a reader: indented, in colour on a terminal."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=str)
    if sys.stdout.isatty():
        _console().print_json(text, ensure_ascii=False)
    else:
        sys.stdout.write(text + "\n")


# ── Recording ────────────────────────────────────────────────────────────────


def mistakes(file: str, lines: Sequence[Line], *, as_json: bool) -> None:
    """All that is wrong with a file."""
    if as_json:
        json_line({"file": file, "recorded": False, "errors": [_error(line) for line in lines]})
        return
    for line in lines[:MISTAKES_SHOWN_MAX]:
        complaint(line.text)
    if (more := len(lines) - MISTAKES_SHOWN_MAX) > 0:
        complaint(f"… and {more} more")
    complaint(f"{file}: {_counted(len(lines), 'mistake')}; nothing of it was stored.")


def _error(line: Line) -> dict[str, object]:
    facts = {name: value for name, value in line.mistake.facts.items() if name != "line"}
    return {
        "line": line.line,
        "field": line.field,
        "code": line.mistake.code,
        "message": line.mistake.message,
        "facts": facts,
    }


def outcome(file: str, found: Outcome, *, dry_run: bool, as_json: bool) -> None:
    """What became of a file."""
    if as_json:
        json_line(_outcome(file, found, dry_run))
    elif dry_run:
        answer(f"{file}: no mistakes; {_would(found)}. Nothing was stored: this was a dry run.")
    else:
        answer(f"{file}: {_did(found)}.")


def _would(found: Outcome) -> str:
    if not found.event_count:
        return f"all {_counted(found.claim_count, 'claim')} of set {found.set_name} are on record"
    return f"{_counted(found.event_count, 'event')} from {_counted(found.new_claim_count, 'claim')} would be recorded"


def _did(found: Outcome) -> str:
    if not found.event_count:
        return (
            f"nothing new: all {_counted(found.claim_count, 'claim')} of set {found.set_name} are on record"
        )
    done = (
        f"recorded {_counted(found.event_count, 'event')} from {_counted(found.new_claim_count, 'claim')}"
        f" at positions {found.first_position}–{found.last_position}"
    )
    known = found.claim_count - found.new_claim_count
    return done + (
        f"; {_counted(known, 'claim')} of it {'was' if known == 1 else 'were'} on record" if known else ""
    )


def _outcome(file: str, found: Outcome, dry_run: bool) -> dict[str, object]:
    return {
        "file": file,
        "set": found.set_name,
        "recorded": not dry_run,
        "events": found.event_count,
        "claims": found.claim_count,
        "new_claims": found.new_claim_count,
        "first_position": found.first_position,
        "last_position": found.last_position,
        "receipts": [
            {
                "key": receipt.key,
                "known": receipt.known,
                "first_position": receipt.first_position,
                "last_position": receipt.last_position,
                "event_ids": list(receipt.event_ids),
            }
            for receipt in found.receipts.values()
        ],
        "errors": [],
    }


def captured(service: Service, key: str, found: Outcome, *, as_json: bool) -> None:
    """The snapshot that stands for a document now: its source's key, its id, its hashes."""
    assert found.snapshot is not None
    with service.database.reading() as connection:
        stored = read_by_ids(connection, [found.snapshot], viewer=FULL_VIEWER)[found.snapshot]
    content = decoded(stored).content
    assert isinstance(content, SnapshotCaptured)
    facts = {
        "source": key,
        "snapshot": stored.event_id,
        "bytes_sha256": content.bytes_sha256,
        "text_sha256": content.text_sha256,
        "extractor": content.extractor,
        "known": found.first_position is None or stored.position < found.first_position,
    }
    if as_json:
        json_line(facts)
        return
    answer("This snapshot is on record already:" if facts["known"] else "Archived:")
    for name in ("source", "snapshot", "bytes_sha256", "text_sha256", "extractor"):
        answer(f"  {name:12} {facts[name]}")
    note(f"In a report file: source: {{record: {key}, bytes_sha256: {content.bytes_sha256}}}")


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


# ── Reading ──────────────────────────────────────────────────────────────────


def state(found: Mapping[str, Any], *, as_json: bool) -> None:
    """Where somebody stands, with the sentences it rests on."""
    if as_json:
        json_line(found)
        return
    answer(found["name"], style="bold")
    findings = [("Custody", found["custody"]), *(("Sentence", one) for one in found["sentences"])]
    documents: dict[str, int] = {}
    for title, finding in (*findings, *(("Act", one) for one in found["acts"])):
        if finding is not None:
            _finding(title, finding, documents)
            if title == "Custody":
                _others_possible(finding, found["timeline"])
    answer("")
    for document, number in documents.items():
        answer(f"[{number}] {document}")
    _basis(found)


def _basis(found: Mapping[str, Any]) -> None:
    """What an answer was computed from, and what the moments that were named have been read as."""
    basis, asked = found["basis"], found["asked"]
    at = f"At position {basis['position']}"
    if "knownAt" in asked:
        at = f"As known at position {basis['position']} ({asked['knownAt']})"
    by = f", from what could be read by {asked['availableBy']}" if "availableBy" in asked else ""
    so_far = basis["projectedThrough"]
    lag = f" Findings have come to position {so_far} so far." if so_far < basis["position"] else ""
    answer(f"\n{at}{by}, on {basis['validOn']} ({basis['zone']}), by {basis['rules']}.{lag}", style="dim")


def _finding(title: str, finding: Mapping[str, Any], documents: dict[str, int]) -> None:
    """A finding with its passages; `documents` numbers the sources in the order in which they are met."""
    answer(f"\n{title}: {', '.join(_told(finding))}", style="bold")
    voices = f", {_counted(finding['voices'], 'voice')}" if finding["voices"] is not None else ""
    answer(f"  {finding['standing'].lower()}{voices}; {finding['rule']['name']}")
    if finding["alternatives"]:
        for side in finding["alternatives"]:
            answer(f"  either: {', '.join(_told(side))} ({_counted(side['voices'], 'voice')})")
            _passages("", side["supportedBy"]["nodes"], documents)
        return
    _passages("", finding["supportedBy"]["nodes"], documents)
    _passages("against: ", finding["opposedBy"]["nodes"], documents)


def _others_possible(shown: Mapping[str, Any], timeline: Iterable[Mapping[str, Any]]) -> None:
    """What may hold on the day in place of the state that is shown, where that only may: one is shown, and none is left out."""
    if shown["holds"] != "POSSIBLE":
        return
    for other in timeline:
        if other["holds"] == "POSSIBLE" and other["id"] != shown["id"]:
            answer(f"  or: {', '.join(_told(other))}")


def _told(finding: Mapping[str, Any]) -> Iterator[str]:
    """What a finding says, since when, and whether it is only possible."""
    yield finding["inWords"]
    if (since := _date(finding["since"])) is not None:
        yield f"on some day {since}" if "/" in finding["since"]["edtf"] else f"since {since}"
    if finding["holds"] == "POSSIBLE":
        yield "possibly"


def _date(claimed: Mapping[str, Any] | None) -> str | None:
    if claimed is None or claimed["edtf"] is None:
        return None
    return in_words(ClaimedDate(edtf=claimed["edtf"], derivation=Derivation(claimed["derivation"].lower())))


def _passages(word: str, reports: Iterable[Mapping[str, Any]], documents: dict[str, int]) -> None:
    for report in reports:
        number = documents.setdefault(_document(report["source"]), len(documents) + 1)
        for citation in report["citations"][:1]:
            answer(f"  {word}“{citation['passage']}”")
        how = "" if report["modality"] == "REPORTED" else f", {report['modality'].lower()}"
        answer(f"      — {_credit(report)}{how}, in [{number}]", style="dim")


def _credit(report: Mapping[str, Any]) -> str:
    """Whose word it is. A chain that the text may not mean for this very claim is told as such, after whoever answers for it."""
    voice = report["voice"]["name"] if report["voice"] else "nobody identified"
    chain = " after ".join(link["asWritten"] for link in reversed(report["attribution"]))
    if not chain or chain == voice:
        return voice
    if report["attributionScope"] == "AMBIGUOUS":
        return f"{voice}, perhaps after {chain}"
    return chain


def _document(source: Mapping[str, Any]) -> str:
    if (original := source["original"]) is None:
        return f"{source['name']} ({source['url'] or 'no address'})"
    return f"{source['name']} (from {original['name']}, {original['url'] or 'no address'})"


def history(found: Mapping[str, Any], *, as_json: bool) -> None:
    """All entries about somebody, in order."""
    if as_json:
        json_line(found)
        return
    answer(found["name"], style="bold")
    for node in found["history"]:
        answer(f"{node['position']:>6}  {', '.join(_entry(node))}")
        for citation in node.get("citations") or []:
            answer(f"        “{citation['quote']}”", style="dim")
        if "voice" in node:
            answer(f"        — {_credit(node)}", style="dim")
        if node.get("reason"):
            answer(f"        {node['reason']}", style="dim")
    if found["asked"]:
        _basis(found)


def _entry(node: Mapping[str, Any]) -> Iterator[str]:
    """What an entry is, how and of when it is told, where that is not the rule, and whether it was taken back since."""
    yield node["kind"].lower().replace("_", " ")
    yield from (
        value.lower()
        for value in (node.get("modality"), node.get("polarity"))
        if value not in (None, "REPORTED", "AFFIRMED")
    )
    if (claimed := _date(node.get("claimed"))) is not None:
        yield claimed
    if (state := node.get("state")) not in (None, "STANDING"):
        yield f"later {state.lower()}"
