"""The fold of names, for search and suggestions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.names import folds


class TestFolds:
    @pytest.mark.parametrize(
        "spelling", ["Gültəkin Sadıqova", "Gultakin Sadigova", "Гюльтекин Садыгова", "SADIGOVA, Gultakin"]
    )
    def test_one_name_in_three_alphabets_is_one(self, spelling: str) -> None:
        """What a reader types in any script finds the record in any other."""
        assert folds(spelling) == ("galtakan sadagav",)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Şahin İsgəndərov", "Shahin Isgandarov"),
            ("Шахин Искендеров", "Shahin Iskandarov"),
            ("Yalçın İmanov", "Ялчин Иманов"),
            ("Cavid", "Джавид"),
        ],
    )
    def test_spellings_meet(self, one: str, other: str) -> None:
        """At least one reading of each is the same."""
        assert set(folds(one)) & set(folds(other))

    @pytest.mark.parametrize(
        ("one", "other"), [("Imanov", "Isgandarov"), ("Aliyev", "Valiyev"), ("Sadigova", "Sadiqzade")]
    )
    def test_other_names_stay_apart(self, one: str, other: str) -> None:
        """Different names do not fold together."""
        assert not set(folds(one)) & set(folds(other))

    def test_a_latin_name_is_read_both_ways(self) -> None:
        """`Cemil` is Azerbaijani or English: both readings are kept."""
        assert folds("Cemil") == ("camal", "jamal")

    def test_what_has_no_letters_has_no_fold(self) -> None:
        """A name of signs alone finds nothing, and breaks nothing."""
        assert folds("—") == ()

    @given(st.text(max_size=30))
    def test_gives_plain_tokens_in_order(self, name: str) -> None:
        """Folds are lower-case ASCII tokens, sorted, single-spaced."""
        for fold in folds(name):
            assert fold.isascii()
            assert fold.split(" ") == sorted(fold.split(" "))
            assert fold == fold.lower()
