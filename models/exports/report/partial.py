"""Reports that hold a part of the money only: by search term, of one device, by keyword."""

from __future__ import annotations

from collections.abc import Sequence

from models.exports.cells.distinct_texts import Cells, Mask
from models.exports.cells.headers import Wordings, plain, words
from models.phrases import Phrase, said

# Terms that too few people searched for are left out of such reports.
_TERMS = words(
    "Search term|Search terms|Customer search term|Search query",
    "Cụm từ tìm kiếm|Từ khóa tìm kiếm",
    "Terme de recherche",
    "Termo de pesquisa",
    "Término de búsqueda",
    "Suchbegriff",
)
# Whole only with all of their values: several are a breakdown, one is a part.
_BREAKDOWNS: tuple[Wordings, ...] = (
    words("Device|Device type|Device platform|Impression device", "Thiết bị", "Appareil",
          "Dispositivo", "Dispositivo", "Gerät"),
    words("Network (with search partners)|Placement|Platform position|Publisher platform"),
    words("Age|Age range", "Độ tuổi", "Âge", "Idade", "Edad", "Alter"),
    words("Gender", "Giới tính", "Sexe", "Gênero", "Sexo", "Geschlecht"),
)  # fmt: skip


def partial_of(cells: Cells, kept: Mask) -> Phrase | None:
    """In what way a report is partial; None where nothing tells that it is."""
    where = {plain(text): position for position, text in enumerate(cells.header)}
    for word in _TERMS:
        if word in where:
            return said(
                "a partial report, by '{header}': it leaves out what few people searched for, so "
                "its spend is less than its campaigns'",
                header=cells.header[where[word]],
            )
    for word in (word for wordings in _BREAKDOWNS for word in wordings):
        texts = cells.columns.get(where.get(word, -1))
        values = {text.strip() for _, text in texts.used(kept)} if texts else set()
        if len(values) == 1 and (value := values.pop()):
            return said(
                "a partial report: all of its rows are of {header} '{value}'",
                header=cells.header[where[word]],
                value=value,
            )
    return None


def breakdown_columns(header: Sequence[str]) -> set[int]:
    """The columns whose values tell whether a report is partial."""
    known = {word for wordings in _BREAKDOWNS for word in wordings}
    return {position for position, text in enumerate(header) if plain(text) in known}
