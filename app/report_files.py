"""Report files: what a person wrote by hand, read into a request, and every mistake with its line (docs/report-files.md).

    read_report_file(path)        the file as a RecordingRequest, with what could not be read of it
    ReportFile.located(mistakes)  where in the file each mistake stands

Reading never stops at the first mistake: what cannot be read is left out of the request and told of, and what refers to it makes
no second mistake. So everything that is wrong with a file, its shape here and its meaning in `recording`, is told at once.
Fields, their types and their values come from the structs of the kinds, so a new kind needs nothing here.

Absent on purpose: the ledger. A file reads the same whatever is on record.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from collections.abc import Mapping as Map
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from app.report_fields import (
    UNREAD,
    FieldReader,
    Unread,
    is_nothing,
    listed,
    not_one_of,
    own_fields,
    what_stands,
)
from app.report_nodes import (
    Mapping,
    Node,
    NotReadable,
    Scalar,
    Sequence,
    decode_text,
    read_json_lines,
    read_yaml,
)
from app.requests import (
    BLANK,
    ORIGINAL_NAME,
    SOURCE_NAME,
    Assessment,
    CitationRequest,
    ClaimRequest,
    Correction,
    DecisionRequest,
    DocumentRequest,
    FieldPath,
    IdentityJudgement,
    MembershipJudgement,
    Mistake,
    RecordingRequest,
    ReportRequest,
    RequestRefused,
    Retraction,
    SourceRequest,
    SubjectRequest,
)
from events.citations import CitationZone, Quote
from events.extraction import RAW_BYTES_MAX
from events.kinds import (
    REPORTS,
    EventId,
    Identity,
    Membership,
    OrderRelation,
    Recorder,
    Report,
    RetractionGround,
    SourceRegistered,
    StatedOrder,
    Subject,
    SubjectKey,
    SubjectOpened,
    SubjectSort,
    Via,
    Visibility,
    kind_of,
)
from events.texts import shown

REPORT_FILE_BYTES_MAX: Final = 5_000_000

REPORT_KINDS: Final = {kind_of(kind): kind for kind in REPORTS}
HEADER: Final = ("set", "visibility", "tool", "reviewed", "source")
PARTS: Final = ("subjects", "claims", "decisions")
_PART_OF_LINE: Final = {"subject": "subjects", "claim": "claims", "decision": "decisions"}
_NAME_HERE: Final = "name_here"
_IN_FILE: Final = {"citations": "cite", "correction": "claim"}
_BESIDE: Final[Map[str, tuple[str, ...]]] = {
    "correct": ("claim",),
    "retract": ("ground",),
    "assess": ("method", "mark"),
    "judge_identity": (),
    "judge_membership": (),
}
_DECISIONS: Final = tuple(_BESIDE)
_MEDIA_TYPES: Final = {
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "text/html",
    ".txt": "text/plain",
    ".md": "text/plain",
}


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake with the line of the file (from 1) and the field as the file calls it."""

    file: str
    line: int
    field: str
    mistake: Mistake

    def __str__(self) -> str:
        """`reports.yaml:12: claims.C05.cite: …`, as editors understand it."""
        place = f"{self.field}: " if self.field else ""
        return f"{self.file}:{self.line}: {place}{self.mistake.message}"


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file as read: the request as far as it could be read, and what could not.

    `kept` has, of each list of the file, the places of those items that stand in the request.
    """

    name: str
    request: RecordingRequest
    mistakes: tuple[Mistake, ...]
    root: Node
    kept: Map[FieldPath, tuple[int, ...]]

    def located(self, mistakes: Iterable[Mistake]) -> tuple[Located, ...]:
        """The mistakes with their lines, in the order of the file, each once."""
        own = set(map(id, self.mistakes))
        paths = [(one, one.path if id(one) in own else self._path_in_file(one.path)) for one in mistakes]
        found = {str(located): located for located in itertools.starmap(self._locate, paths)}
        return tuple(sorted(found.values(), key=lambda located: located.line))

    def _locate(self, mistake: Mistake, path: FieldPath) -> Located:
        line, names = _place_of(self.root, path)
        return Located(file=self.name, line=line, field=".".join(names), mistake=mistake)

    def _path_in_file(self, path: FieldPath) -> FieldPath:
        """A place in the request as one in the file: an item that could not be read is counted in the file alone."""
        found: FieldPath = ()
        for part in path:
            kept = self.kept.get(found, ())
            known = part.isdecimal() and int(part) < len(kept)
            found = (*found, str(kept[int(part)]) if known else part)
        return found


def media_type_of(path: Path) -> str | None:
    """What the ending of a file's name says it is; null where it says nothing that can be archived."""
    return _MEDIA_TYPES.get(path.suffix.lower())


def read_bounded(path: Path, *, bytes_max: int, what: str) -> bytes:
    """The bytes of a file. Raises RequestRefused for one that is not there, no file, or too large, which is found before reading it."""
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size > bytes_max:
                raise _refused_whole(
                    "TOO_LARGE",
                    f"expected {what} of at most {bytes_max:,} bytes, found {size:,} bytes",
                    bytes=size,
                )
            raw = file.read(bytes_max + 1)
    except OSError as broken:
        raise _refused_whole(
            "FILE_MISSING", f"expected {what}, and cannot read it: {broken.strerror}"
        ) from None
    if len(raw) > bytes_max:
        raise _refused_whole("TOO_LARGE", f"expected {what} of at most {bytes_max:,} bytes, found more")
    return raw


def read_report_file(path: Path, *, document: Path | None = None) -> ReportFile:
    """The file as a request; `document` is the file of the source's bytes, where the report file names them by hash alone.

    What is wrong with the shape of it is in `mistakes`. Raises RequestRefused only for a file of which nothing can be read: not there,
    too large, no text, no YAML or JSON Lines.
    """
    raw = read_bounded(path, bytes_max=REPORT_FILE_BYTES_MAX, what="a report file")
    try:
        text = decode_text(raw)
        root = (
            _joined(read_json_lines(text))
            if path.suffix.lower() in (".jsonl", ".ndjson")
            else read_yaml(text)
        )
    except NotReadable as broken:
        mistake = Mistake(path=(), code=broken.code, message=broken.reason, facts={"line": broken.line})
        raise RequestRefused((mistake,)) from None
    reader = _Reader(folder=path.parent, document=document)
    request = reader.request(root)
    return ReportFile(
        name=str(path), request=request, mistakes=tuple(reader.mistakes), root=root, kept=reader.kept
    )


def _refused_whole(code: str, message: str, **facts: object) -> RequestRefused:
    return RequestRefused((Mistake(path=(), code=code, message=message, facts=facts),))


# ── JSON Lines as one tree ───────────────────────────────────────────────────


def _joined(objects: list[Mapping]) -> Mapping:
    """The tree that the same file would have in YAML. Raises NotReadable."""
    header, *rest = objects
    if part := next((name for name in PARTS if name in header.items), None):
        raise NotReadable(
            header.line, f'`{part}` stands in the header: give each its own line, as {{"claim": {{…}}}}'
        )
    found: dict[str, list[Node]] = {name: [] for name in PARTS}
    for line in rest:
        names = list(line.items)
        if len(names) != 1 or names[0] not in _PART_OF_LINE:
            raise NotReadable(
                line.line,
                'expected one of {"subject": {…}}, {"claim": {…}}, {"decision": {…}}, found ' + listed(names),
            )
        found[_PART_OF_LINE[names[0]]].append(line.items[names[0]])
    parts: dict[str, Node] = {
        name: _subjects_of_lines(nodes) if name == "subjects" else Sequence(tuple(nodes), nodes[0].line)
        for name, nodes in found.items()
        if nodes
    }
    items = {**header.items, **parts}
    return Mapping(items, {name: node.line for name, node in items.items()}, header.line)


def _subjects_of_lines(nodes: list[Node]) -> Mapping:
    named: dict[str, Mapping] = {}
    for node in nodes:
        name = node.items.get(_NAME_HERE) if isinstance(node, Mapping) else None
        if not isinstance(node, Mapping) or not isinstance(name, Scalar):
            raise NotReadable(
                node.line, f"expected a subject with its local name as `{_NAME_HERE}`, found none"
            )
        if name.text in named:
            raise NotReadable(node.line, f"the subject `{shown(name.text)}` stands twice")
        rest = {field: value for field, value in node.items.items() if field != _NAME_HERE}
        named[name.text] = Mapping(rest, node.lines, node.line)
    return Mapping(dict(named), {name: node.line for name, node in named.items()}, nodes[0].line)


# ── Places ───────────────────────────────────────────────────────────────────


def _place_of(root: Node, path: FieldPath) -> tuple[int, list[str]]:
    """The line at which a path stands, or the nearest part of it that does, and the path as the file has it."""
    node: Node = root
    line, names = root.line, list[str]()
    rest = [_IN_FILE.get(part, part) for part in path]
    shared: Mapping | None = None
    while rest:
        part, *rest = rest
        if isinstance(node, Mapping) and part in node.items:
            shared = node if part == "reports" else shared
            line, node = node.lines[part], node.items[part]
        elif isinstance(node, Sequence) and part.isdecimal() and int(part) < len(node.items):
            node = node.items[int(part)]
            line, part = node.line, _key_of(node) or part
        elif isinstance(node, Mapping) and shared is not None and part in shared.items:
            # What the reports of a claim share stands beside them.
            names, line, node = names[:-2], shared.lines[part], shared.items[part]
        elif part == "reports" and isinstance(node, Mapping):
            rest = rest[1:]
            continue
        elif part.isdecimal() and not isinstance(node, Sequence):
            continue
        else:
            names += [] if isinstance(node, Scalar) else [part]
            break
        names.append(part)
    return line, names


def _key_of(node: Node) -> str | None:
    key = node.items.get("key") if isinstance(node, Mapping) else None
    return shown(key.text) if isinstance(key, Scalar) else None


# ── Reading ──────────────────────────────────────────────────────────────────


class _Reader(FieldReader):
    """Reads one file's tree, and notes each mistake that it meets."""

    def __init__(self, *, folder: Path, document: Path | None) -> None:
        super().__init__()
        self._folder, self._document = folder, document
        self._unreadable: set[str] = set()

    # — the whole —

    def request(self, root: Node) -> RecordingRequest:
        if not isinstance(root, Mapping):
            self.note(
                (),
                "expected a report file, which begins with `set:` and `source:`; found " + what_stands(root),
            )
            return RecordingRequest(set_name="")
        self.known_fields(root, (), (*HEADER, *PARTS))
        source = self.field(root, (), "source", self.source)
        subjects = self.field(root, (), "subjects", self.subjects)
        claims = self.field(root, (), "claims", self.claims)
        decisions = self.field(root, (), "decisions", self.decisions)
        return RecordingRequest(
            set_name=self.required(root, (), "set", self.text) or "",
            source=source,
            subjects=subjects or (),
            claims=claims or (),
            decisions=decisions or (),
            visibility=self.field(root, (), "visibility", self.one_of(Visibility)) or Visibility.PUBLIC,
            via=self._via(root),
            unreadable=frozenset(self._unreadable),
        )

    def _via(self, root: Mapping) -> Via | None:
        tool = self.field(root, (), "tool", self.text)
        reviewed = self.field(root, (), "reviewed", self.truth) or False
        if tool is None:
            if "reviewed" in root.items:
                self.note(("reviewed",), "stands beside `tool` only: what you read yourself needs no review")
            return None
        name, _, version = tool.strip().rpartition(" ")
        if not name:
            return Via(by=Recorder.TOOL, tool=version, reviewed=reviewed)
        return Via(by=Recorder.TOOL, tool=name, version=version, reviewed=reviewed)

    # — the source —

    def source(self, node: Node, path: FieldPath) -> SourceRequest | Unread:
        found = self.mapping(node, path, ("record", "key", *_SOURCE_FIELDS, *_DOCUMENT_FIELDS))
        if found is None:
            return self._lost(SOURCE_NAME)
        document = self._document_of(found, path)
        record = self.field(found, path, "record", self.text)
        if record is not None:
            self.nothing_beside(found, path, "record", ("key", *_SOURCE_FIELDS))
            return SourceRequest(record=record, document=document)
        original = found.items.get(ORIGINAL_NAME)
        if not isinstance(original, Mapping):
            return self._registered(found, path, SOURCE_NAME, document=document)
        # The original may be told of in its place: then it is registered as well, and referred to by its local name.
        place = (*path, ORIGINAL_NAME)
        self.known_fields(original, place, ("key", *_SOURCE_FIELDS))
        first = self._registered(original, place, ORIGINAL_NAME)
        named = {**found.items, ORIGINAL_NAME: Scalar(ORIGINAL_NAME, plain=True, line=original.line)}
        second = self._registered(
            Mapping(named, found.lines, found.line), path, SOURCE_NAME, document=document
        )
        if isinstance(first, Unread) or isinstance(second, Unread):
            return second
        return msgspec.structs.replace(second, original=first)

    def _registered(
        self, found: Mapping, path: FieldPath, name: str, *, document: DocumentRequest | None = None
    ) -> SourceRequest | Unread:
        key = self.required(found, path, "key", self.text)
        fields = self.struct_fields(found, path, SourceRegistered)
        if key is None or fields is None:
            return self._lost(name)
        return SourceRequest(key=key, registered=SourceRegistered(**BLANK, **fields), document=document)

    def _document_of(self, found: Mapping, path: FieldPath) -> DocumentRequest | None:
        name = self.field(found, path, "document", self.text)
        digest = self.field(found, path, "bytes_sha256", self.sha256)
        media_type = self.field(found, path, "media_type", self.text)
        file = self._document if name is None else self._beside(name, (*path, "document"))
        if name is not None and self._document is not None:
            self.note(
                (*path, "document"), "`--document` is given, and the file names its own: use one of the two"
            )
        data = None if file is None else self._bytes_of(file, path)
        if name is None and digest is None and data is None:
            if "record" not in found.items and self._document is None:
                self.note(
                    path,
                    "expected `document`, the captured bytes beside this file, or their `bytes_sha256`; found neither",
                    code="FIELD_MISSING",
                )
            return None
        guess = None if file is None else media_type_of(file)
        return DocumentRequest(
            data=data,
            bytes_sha256=digest,
            media_type=media_type or guess,
            captured_at=self.field(found, path, "captured_at", self.text),
            address_asked=self._text_or_none(found, "url"),
            text_public=self.field(found, path, "text_public", self.truth) or False,
        )

    def _beside(self, name: str, path: FieldPath) -> Path | None:
        # A report file may come from anybody: it must not make this machine's other files part of the record.
        pure = PurePosixPath(name)
        fit = "\0" not in name and name.strip() and not pure.is_absolute() and ".." not in pure.parts
        if not fit or not (self._folder / pure).resolve().is_relative_to(self._folder.resolve()):
            self.note(path, f"expected a path below this file's folder, found `{shown(name)}`")
            return None
        return self._folder / pure

    def _bytes_of(self, file: Path, path: FieldPath) -> bytes | None:
        try:
            if file.is_fifo():
                self.note((*path, "document"), f"expected a file, found the pipe `{shown(file.name)}`")
                return None
            return read_bounded(file, bytes_max=RAW_BYTES_MAX, what=f"a document `{shown(file.name)}`")
        except RequestRefused as refused:
            (mistake,) = refused.mistakes
            self.note((*path, "document"), mistake.message, code=mistake.code)
        except OSError as broken:
            self.note((*path, "document"), f"cannot read `{shown(file.name)}`: {broken.strerror}")
        return None

    def _text_or_none(self, found: Mapping, name: str) -> str | None:
        node = found.items.get(name)
        return node.text if isinstance(node, Scalar) and not is_nothing(node) else None

    # — subjects —

    def subjects(self, node: Node, path: FieldPath) -> tuple[SubjectRequest, ...] | Unread:
        if not isinstance(node, Mapping):
            return self.note(
                path,
                f"expected local names with a subject each, as `clerk: {{sort: person}}`; found {what_stands(node)}",
            )
        return tuple(
            request
            for local, value in node.items.items()
            if (request := self._subject(value, (*path, local), local)) is not None
        )

    def _subject(self, node: Node, path: FieldPath, local: str) -> SubjectRequest | None:
        own = own_fields(SubjectOpened)
        found = self.mapping(node, path, ("sort", "key", "record", "same_as", "reason", *own))
        if found is None:
            self._unreadable.add(local)
            return None
        record = self.field(found, path, "record", self.text)
        if record is not None:
            self.nothing_beside(found, path, "record", ("sort", "key", "same_as", "reason", *own))
            return SubjectRequest(local=local, record=record)
        sort = self.required(found, path, "sort", self.one_of(SubjectSort, without=_NOT_OPENED))
        key = self.field(found, path, "key", self.text) or ""
        fields = self.struct_fields(found, path, SubjectOpened)
        if sort is None or fields is None:
            self._unreadable.add(local)
            return None
        return SubjectRequest(
            local=local,
            opened=SubjectOpened(**BLANK, subject=Subject(key=SubjectKey(key), sort=sort), **fields),
            same_as=self.field(found, path, "same_as", self.text),
            reason=self.field(found, path, "reason", self.text),
        )

    # — claims —

    def claims(self, node: Node, path: FieldPath) -> tuple[ClaimRequest, ...] | Unread:
        return self.each(node, path, self._claim)

    def _claim(self, node: Node, path: FieldPath) -> ClaimRequest | Unread:
        if not isinstance(node, Mapping):
            return self.note(
                path, f"expected a claim, a mapping with `key` and `kind`; found {what_stands(node)}"
            )
        key = self.required(node, path, "key", self.text)
        shared = {name: value for name, value in node.items.items() if name not in ("key", "reports")}
        several = node.items.get("reports")
        if several is None:
            reports: Iterable[tuple[Node, FieldPath]] = [(Mapping(shared, node.lines, node.line), path)]
        elif isinstance(several, Sequence) and several.items:
            places = ((*path, "reports", str(index)) for index in range(len(several.items)))
            reports = [
                (_merged(shared, item), place) for item, place in zip(several.items, places, strict=True)
            ]
        else:
            return self.note((*path, "reports"), f"expected a list of reports, found {what_stands(several)}")
        read = tuple(self.report(item, place) for item, place in reports)
        return self._lost_key(node) if key is None else ClaimRequest(key=key, reports=read)

    def report(self, node: Node, path: FieldPath) -> ReportRequest:
        """The report, with all of it that could be read."""
        unread = ReportRequest(about=None, body=None, citations=None)
        if not isinstance(node, Mapping):
            self.note(
                path, f"expected a report, a mapping with `kind` and `about`; found {what_stands(node)}"
            )
            return unread
        name = self.required(node, path, "kind", self.text)
        kind = None if name is None else REPORT_KINDS.get(name)
        if name is not None and kind is None:
            self.note((*path, "kind"), not_one_of(name, REPORT_KINDS), code="KIND_UNKNOWN")
        if kind is not None:
            self.known_fields(node, path, (*_COMMON, *own_fields(kind)), of=name or "")
        return ReportRequest(
            about=self.required(node, path, "about", self.text),
            body=None if kind is None else self._body(kind, node, path),
            also_about=self.field(node, path, "also_about", self.texts) or (),
            citations=self.required(node, path, "cite", self.citations, code="CITATION_MISSING"),
            visibility=self.field(node, path, "visibility", self.one_of(Visibility)),
        )

    def _body(self, kind: type[Report], node: Mapping, path: FieldPath) -> Report | None:
        order = self.field(node, path, "order", self.order)
        fields = self.struct_fields(node, path, kind)
        if fields is None:
            return None
        return kind(**BLANK, citations=(), source=SubjectKey(""), order=order, **fields)

    def order(self, node: Node, path: FieldPath) -> StatedOrder | Unread:
        found = self.mapping(node, path, tuple(OrderRelation))
        if found is None:
            return UNREAD
        if len(found.items) != 1:
            return self.note(
                path, f"expected one of `after` and `before` with a claim's key, found {listed(found.items)}"
            )
        (name, value), *_ = found.items.items()
        target = self.text(value, (*path, name))
        if isinstance(target, Unread) or name not in tuple(OrderRelation):
            return UNREAD
        # A reference as yet: `recording` resolves it to an event id.
        return StatedOrder(relation=OrderRelation(name), report=EventId(target))

    def citations(self, node: Node, path: FieldPath) -> tuple[CitationRequest, ...] | Unread:
        if not isinstance(node, Sequence):
            one = self._citation(node, path)
            return one if isinstance(one, Unread) else (one,)
        if not node.items:
            return self.note(path, "expected a quote, found an empty list", code="CITATION_MISSING")
        return self.each(node, path, self._citation)

    def _citation(self, node: Node, path: FieldPath) -> CitationRequest | Unread:
        if isinstance(node, Scalar):
            text = self.text(node, path)
            return text if isinstance(text, Unread) else CitationRequest(quote=Quote(exact=text))
        found = self.mapping(node, path, ("quote", "span", "prefix", "suffix", "zone"))
        if found is None:
            return UNREAD
        before = len(self.mistakes)
        exact, prefix, suffix = (
            self.field(found, path, name, self.text) for name in ("quote", "prefix", "suffix")
        )
        start, end = self.field(found, path, "span", self.offsets) or (None, None)
        zone = self.field(found, path, "zone", self.one_of(CitationZone)) or CitationZone.BODY
        if len(self.mistakes) > before:
            return UNREAD
        if exact is None and start is None:
            return self.note(path, "expected a `quote` or a `span`, found neither", code="CITATION_MISSING")
        quote = Quote(exact=exact, prefix=prefix, suffix=suffix, start=start, end=end)
        return CitationRequest(quote=quote, zone=zone)

    def offsets(self, node: Node, path: FieldPath) -> tuple[int, int] | Unread:
        if not isinstance(node, Sequence) or len(node.items) != 2:
            return self.note(path, f"expected two offsets, as [145, 202]; found {what_stands(node)}")
        start, end = (self.number(item, (*path, str(index))) for index, item in enumerate(node.items))
        return UNREAD if isinstance(start, Unread) or isinstance(end, Unread) else (start, end)

    # — decisions —

    def decisions(self, node: Node, path: FieldPath) -> tuple[DecisionRequest, ...] | Unread:
        return self.each(node, path, self._decision)

    def _decision(self, node: Node, path: FieldPath) -> DecisionRequest | Unread:
        if not isinstance(node, Mapping):
            return self.note(
                path, f"expected a decision, a mapping with `key` and `reason`; found {what_stands(node)}"
            )
        said = [name for name in _DECISIONS if name in node.items]
        if len(said) != 1:
            found = listed(said) if said else listed(node.items)
            self.note(
                path, f"expected exactly one of {listed(_DECISIONS)}; found {found}", code="FIELD_MISSING"
            )
            return self._lost_key(node)
        key = self.required(node, path, "key", self.text)
        reason = self.required(node, path, "reason", self.text, code="REASON_MISSING")
        own = self._ruling(said[0], node, path, key=key or "", reason=reason or "")
        complete = key is not None and reason is not None and not isinstance(own, Unread)
        return own if complete else self._lost_key(node)

    def _ruling(
        self, said: str, node: Mapping, path: FieldPath, *, key: str, reason: str
    ) -> DecisionRequest | Unread:
        self.known_fields(node, path, ("key", "reason", said, *_BESIDE[said]))
        match said:
            case "correct":
                return self._correct(node, path, key, reason)
            case "retract":
                return self._retract(node, path, key, reason)
            case "assess":
                return self._assess(node, path, key, reason)
            case "judge_identity":
                return self._judge_identity(node, path, key, reason)
        return self._judge_membership(node, path, key, reason)

    def _correct(self, node: Mapping, path: FieldPath, key: str, reason: str) -> DecisionRequest | Unread:
        target = self.required(node, path, "correct", self.text)
        claim = node.items.get("claim")
        if claim is None:
            return self.note(
                path,
                "expected `claim`: the whole report anew, of the same kind; found none",
                code="FIELD_MISSING",
            )
        report = self.report(claim, (*path, "claim"))
        return (
            UNREAD if target is None else Correction(key=key, reason=reason, report=target, correction=report)
        )

    def _retract(self, node: Mapping, path: FieldPath, key: str, reason: str) -> DecisionRequest | Unread:
        target = self._target(node.items["retract"], (*path, "retract"), ("source", "party"))
        ground = self.required(node, path, "ground", self.one_of(RetractionGround))
        if isinstance(target, Unread) or ground is None:
            return UNREAD
        return Retraction(key=key, reason=reason, ground=ground, **target)

    def _assess(self, node: Mapping, path: FieldPath, key: str, reason: str) -> DecisionRequest | Unread:
        target = self._target(node.items["assess"], (*path, "assess"), ("subject",))
        method = self.required(node, path, "method", self.text)
        mark = self.required(node, path, "mark", self.text)
        if isinstance(target, Unread) or method is None or mark is None:
            return UNREAD
        of, event = target.get("subject"), target.get("event")
        return Assessment(key=key, reason=reason, method=method, mark=mark, event=event, of=of)

    def _target(self, node: Node, path: FieldPath, names: tuple[str, ...]) -> dict[str, str] | Unread:
        """What a decision is about: a claim by its key, or a mapping of one name to a subject."""
        if isinstance(node, Scalar):
            text = self.text(node, path)
            return text if isinstance(text, Unread) else {"event": text}
        found = self.mapping(node, path, names)
        if found is None or len(found.items) != 1:
            return self.note(
                path, f"expected a claim's key, or one of {listed(names)}; found {what_stands(node)}"
            )
        (name, value), *_ = found.items.items()
        text = self.text(value, (*path, name))
        return text if isinstance(text, Unread) else {name: text}

    def _judge_identity(
        self, node: Mapping, path: FieldPath, key: str, reason: str
    ) -> DecisionRequest | Unread:
        path = (*path, "judge_identity")
        found = self.mapping(node.items["judge_identity"], path, ("one", "other", "identity"))
        if found is None:
            return UNREAD
        one, other = (self.required(found, path, name, self.text) for name in ("one", "other"))
        identity = self.required(found, path, "identity", self.one_of(Identity))
        if one is None or other is None or identity is None:
            return UNREAD
        return IdentityJudgement(key=key, reason=reason, one=one, other=other, identity=identity)

    def _judge_membership(
        self, node: Mapping, path: FieldPath, key: str, reason: str
    ) -> DecisionRequest | Unread:
        path = (*path, "judge_membership")
        found = self.mapping(
            node.items["judge_membership"], path, ("member", "report", "whole", "membership")
        )
        if found is None:
            return UNREAD
        member, report = (self.field(found, path, name, self.text) for name in ("member", "report"))
        whole = self.required(found, path, "whole", self.text)
        membership = self.required(found, path, "membership", self.one_of(Membership))
        if (member is None) == (report is None):
            return self.note(path, "expected one of `member` and `report`", code="FIELD_MISSING")
        if whole is None or membership is None:
            return UNREAD
        return MembershipJudgement(
            key=key, reason=reason, whole=whole, membership=membership, member=member, report=report
        )

    def _lost(self, name: str) -> Unread:
        self._unreadable.add(name)
        return UNREAD

    def _lost_key(self, node: Mapping) -> Unread:
        key = node.items.get("key")
        return self._lost(key.text) if isinstance(key, Scalar) else UNREAD


_SOURCE_FIELDS: Final = own_fields(SourceRegistered)
_DOCUMENT_FIELDS: Final = ("document", "bytes_sha256", "media_type", "captured_at", "text_public")
_NOT_OPENED: Final = frozenset({SubjectSort.SOURCE, SubjectSort.LEDGER})
_COMMON: Final = ("kind", "about", "also_about", "cite", "order", "visibility")


def _merged(shared: Map[str, Node], report: Node) -> Node:
    """A report of several, with what stands beside them."""
    if not isinstance(report, Mapping):
        return report
    items = {**shared, **report.items}
    return Mapping(items, {name: node.line for name, node in items.items()}, report.line)
