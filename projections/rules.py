"""The rules by which reports become findings, version `rules-v1`: their numbers, and what each says in one sentence.

A finding names the rule that decided by its number (`R9`); a reader is given `rules-v1/R9` and the sentence. The words are for
people who read an answer: what the code does is in the folds, and which folds belong to which version in `projections/rulebook.py`.

Invariant: a published version never changes. Another rule, or another reading of one, is another version, adopted by a
`rules_adopted` event; what was found before stays as found.
"""

from __future__ import annotations

from typing import Final

RULES_VERSION: Final = "rules-v1"
"""The version that a new ledger adopts when it is opened."""

RULES: Final[dict[str, str]] = {
    "R1": "A report without a verified quote supports nothing, nor does a headline alone; what is planned, expected, requested, ordered "
    "or asked is shown and moves nothing.",
    "R2": "Where no report stands, the answer is unknown, and never an older value that was taken back.",
    "R3": "Support is counted in independent voices: whoever the words are credited to, else the publisher; repetition adds none.",
    "R4": "Steps that presuppose one another are put in order; the last step in every order that fits the reports is the state now.",
    "R5": "Two dates or amounts for one happening that cannot both be, or two states that no order reconciles, are contested; "
    "a later publication does not win by itself.",
    "R6": "Each proceeding is reckoned by itself: the last sentence not quashed, less its reductions; a term that ran out frees nobody.",
    "R7": "A state holds from its start until a report of its end, and carries the day for which it was last reported.",
    "R8": "Detention gives remand, a restraint what it names, a sentence turns remand into prison, a release gives what it leads to.",
    "R9": "To be included in an act is not to be released: only a reported release gives liberty, and a court's reduction is no act's.",
    "R10": "What is told of a group sets nobody's own status.",
    "R11": "What was promised, what was reported and who is documented by name stand side by side and are never added.",
    "R12": "Two figures are compared only if act, measure, unit, population and date agree.",
    "R13": "A charge is no conviction, a sentence entails one, and what was cleared leaves the charges; different accounts stand together.",
    "R14": "Death ends custody and every sentence from the latest day on which it may have come; a contested death ends nothing.",
    "R15": "A name that is gone from a list is no longer listed, which is not released.",
    "R16": "What is retracted or corrected supports nothing, until the retraction or correction is itself taken back.",
    "R17": "Two records are one person only where an editor judged so, and the latest judgement of a pair counts.",
    "R18": "An erased value supports nothing, and the finding says how many it lost.",
    "R19": "That a source is a party to the matter is shown, and neither lowers nor raises its word.",
}
