"""The project's pages, and what can be checked of them: code blocks, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGES = (*("README.md", "CONTRIBUTING.md", "CHANGELOG.md"), *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md")))

_BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (?P<text>.+)$", re.MULTILINE)
_PART = re.compile(r"<!-- (?P<name>\w+): begin -->.*?<!-- (?P=name): end -->", re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and the heading that it stands under."""

    page: str
    language: str
    text: str
    heading: str

    def __str__(self) -> str:
        return f"{self.page}-{self.heading.replace(' ', '_')}-{self.language}"


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def with_parts(text: str, made: Mapping[str, str]) -> str:
    """A page's text with its generated parts as they should be; raises `KeyError` for a part that nobody makes."""

    def replace(found: re.Match[str]) -> str:
        return f"<!-- {found['name']}: begin -->\n\n{made[found['name']]}\n\n<!-- {found['name']}: end -->"

    return _PART.sub(replace, text)


def blocks(page: str, *languages: str) -> list[Block]:
    """The page's blocks in these languages, in order; all of them if none is named."""
    text = read(page)
    return [
        Block(page, found["language"], found["text"], _heading_before(text, found.start()))
        for found in _BLOCK.finditer(text)
        if not languages or found["language"] in languages
    ]


def without_blocks(page: str) -> str:
    """The page's text outside of fenced blocks."""
    return _BLOCK.sub("", read(page))


def links(page: str) -> Iterator[str]:
    """What the page links to, outside of code."""
    for found in _LINK.finditer(without_blocks(page)):
        yield found["target"]


def anchors(page: str) -> set[str]:
    """The page's headings as fragments of links, as GitHub makes them."""
    headings = (found["text"] for found in _HEADING.finditer(without_blocks(page)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def table(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its header."""
    section = re.split(rf"^#+ {re.escape(heading)}$", read(page), flags=re.MULTILINE)[1]
    lines = [line for line in re.split(r"^#", section, flags=re.MULTILINE)[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def words(cell: str) -> list[str]:
    """What is in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def _heading_before(text: str, position: int) -> str:
    *_, last = (found["text"] for found in _HEADING.finditer(_BLOCK.sub(_blank, text)) if found.start() < position)
    return str(last)


def _blank(block: re.Match[str]) -> str:
    """As many characters that are no heading."""
    return re.sub(r"[^\n]", " ", block[0])
