"""R3: whose word a report is, and how many independent voices a finding has.

The voice of a report is the innermost *identified* party of its chain, else the publisher of its source. Where the text leaves open
whom it credits (`ambiguous`), the voice is the publisher, and adds none beside the party named. A copy, translation or summary speaks
with the voice of its original. A crowd ("officials"), a publisher nobody identified and a copy of we know not what have no voice of
their own: they can be a finding's only support, and never add to others. Where a text credits a crowd and nobody else, its publisher
speaks, but what it passes on adds nothing: two papers with "officials" may have asked the same ones.

Whoever a report credits anywhere in its chain, and its voice, are those with whom it falls when one of them is taken back (R16): the
links of a chain are no supports of their own, and without one of them nobody knows what the others said (R3). Who said the same without
that link is on record as another report, with a citation of its own, and stands.

Absent on purpose: weights. A voice is counted or not; nobody's word is worth more (R19).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from events.decoder import Erased
from events.kinds import Attribution, AttributionScope, Report, SourceRelation, SubjectKey
from projections.context import Context, SourceFacts

_SPEAKS_FOR_ITS_ORIGINAL = frozenset(
    {
        SourceRelation.COPY,
        SourceRelation.HUMAN_TRANSLATION,
        SourceRelation.MACHINE_TRANSLATION,
        SourceRelation.SUMMARY,
    }
)


class Voice(Struct, frozen=True):
    """Whose word it is; `party` is None for a publisher nobody identified. `beside` is the party that an ambiguous text may be
    crediting: next to that party's own word this voice counts nothing. `is_crowd`: it passes on a crowd's word, and never adds to
    others."""

    party: SubjectKey | None = None
    beside: SubjectKey | None = None
    is_crowd: bool = False


def voice_of(report: Report, context: Context) -> SubjectKey | None:
    """The party whose word a report is; None for a crowd or a publisher nobody identified."""
    return hear(report, context).party


def hear(report: Report, context: Context) -> Voice:
    """The voice of a report, with what is needed to count it beside others."""
    named = _innermost(report, context)
    source = next(chain_of(report.source, context), None)
    if named is not None and source is not None and named == source.publisher:
        named = None  # The outlet's own word, which in a copy is its original's.
    if named is not None and report.attribution_scope is not AttributionScope.AMBIGUOUS:
        return Voice(named)
    is_open = report.attribution_scope is AttributionScope.AMBIGUOUS
    is_crowd = named is None and not is_open and _credits_a_crowd(report, context)
    return Voice(_publisher_of(report.source, context), beside=named, is_crowd=is_crowd)


def credited(report: Report, context: Context) -> frozenset[SubjectKey]:
    """Whose word a report is, anywhere in its chain: every party named there, crowds too, and its voice; where no identified party
    speaks, the publisher, whoever that is."""
    named = {link.party for link in _links(report)}
    return frozenset(
        party for party in (*named, voice_of(report, context) or _unidentified(report, context)) if party
    )


def chain_of(key: SubjectKey, context: Context) -> Iterator[SourceFacts]:
    """A source, and what it copies, translates or sums up, nearest first; ends with one that speaks for itself, with the last that is
    known, and with the last of a circle. Of a source that was erased, nothing."""
    seen: set[SubjectKey] = set()
    at: SubjectKey | None = key
    while isinstance(at, str) and at not in seen and (source := context.source(at)) is not None:
        yield source
        seen.add(at)
        at = source.original if source.relation in _SPEAKS_FOR_ITS_ORIGINAL else None


def count_voices(voices: Iterable[Voice]) -> int:
    """How many independent voices these are: 0 for none at all, else at least 1."""
    heard = set(voices)
    if len(heard) < 2:
        return len(heard)
    heard = {voice for voice in heard if not voice.is_crowd}
    plain = {voice.party for voice in heard if voice.party is not None and voice.beside is None}
    more = [
        voice
        for voice in heard
        if voice.beside is not None
        and voice.party is not None
        and voice.party not in plain
        and voice.beside not in plain
    ]
    # Two texts that may both be crediting one party, or that come from one publisher, are one voice until somebody says more.
    added = min(len({voice.party for voice in more}), len({voice.beside for voice in more}))
    return max(len(plain) + added, 1)


def _innermost(report: Report, context: Context) -> SubjectKey | None:
    for link in reversed(_links(report)):
        if (party := _identified(link.party, context)) is not None:
            return party
    return None


def _credits_a_crowd(report: Report, context: Context) -> bool:
    links = _links(report)
    return bool(links) and _identified(links[-1].party, context) is None


def _links(report: Report) -> list[Attribution]:
    elements: tuple[Attribution | Erased, ...] = report.attribution
    return [link for link in elements if not isinstance(link, Erased)]


def _identified(key: SubjectKey | None, context: Context) -> SubjectKey | None:
    if key is None:
        return None
    party = context.party(key)
    return key if party is not None and party.identified else None


def _publisher_of(key: SubjectKey, context: Context) -> SubjectKey | None:
    """The publisher of the source whose voice this one speaks with; None where it cannot be told."""
    source = _last(chain_of(key, context))
    if source is None or source.relation in _SPEAKS_FOR_ITS_ORIGINAL:
        return None
    return _identified(source.publisher, context)


def _unidentified(report: Report, context: Context) -> SubjectKey | None:
    """Who published what speaks for itself, or else the last that is known of its chain."""
    source = _last(chain_of(report.source, context))
    return source.publisher if source is not None else None


def _last(chain: Iterable[SourceFacts]) -> SourceFacts | None:
    return next(reversed(list(chain)), None)
