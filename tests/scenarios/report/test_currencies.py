"""Money of any size and currency can be read: on paper, on the page, in sentences."""

from __future__ import annotations

import re

import pytest

from scenarios.language.language import language
from scenarios.plan.money import Money, money_of
from scenarios.plan.plan import Plan
from scenarios.report.markdown import markdown
from scenarios.report.page.page import page
from scenarios.report.prose import sentences
from scenarios.report.workbook.workbook import workbook
from tests.support.browser import chromium, needs_browser
from tests.support.office import needs_paper, on_paper
from tests.support.plan_factory import plan_in, solved_quarter

# Worth of all money against the same plan in euros, and what its amounts are counted in.
SIZES = {
    "cents": ("EUR", 1e-5, "EUR"),
    "euros": ("EUR", 1.0, "EUR"),
    "yen": ("JPY", 160.0, "thousand JPY"),
    "rupees": ("INR", 90.0, "thousand INR"),
    "dong": ("VND", 26_000.0, "million VND"),
    "rupiah": ("IDR", 17_000.0, "million IDR"),
    "trillions": ("EUR", 1e8, "billion EUR"),
}


@pytest.fixture(scope="module")
def plans(tmp_path_factory) -> dict[str, Plan]:
    return {
        name: plan_in(tmp_path_factory.mktemp(name), currency, factor)
        for name, (currency, factor, _) in SIZES.items()
    }


@pytest.mark.parametrize("name", SIZES)
def test_amounts_are_counted_in_what_leaves_few_digits(plans, name) -> None:
    money, plan = money_of(plans[name]), plans[name]
    assert money.unit == SIZES[name][2]
    assert plan.current is not None
    assert plan.proposed is not None
    told = str(sentences.gain(plan))
    assert told.count(f" {money.unit}") == 4  # today, proposed, the gain, and the money for it
    for value in (plan.current.revenue, plan.proposed.revenue):
        written = str(money.amount(value))
        assert written in told
        assert float(written.replace(",", "")) * money.factor == pytest.approx(value, rel=1e-3)
    assert not re.search(r"\d{1,3}(,\d{3}){3}", told)
    assert money.unit in markdown(plan)


def test_what_is_not_long_is_written_as_it_is() -> None:
    money = Money("VND")
    assert [money.amount(x) for x in (0.0, 12.6, 1234567.8, None)] == ["0", "13", "1,234,568", "-"]
    assert money.told_signed(-1500.0) == "-1,500 VND"
    assert Money("EUR").amount(12.5) == "12.50"
    assert Money(None).told(5.0) == "5"
    assert Money("EUR", 1e6).told(2_500_000.0) == "2.50 million EUR"
    assert Money("EUR", 1e6).full(2_500_000.0) == "2,500,000 EUR"
    assert Money("EUR").rate(0.00894) == "0.00894 EUR"
    assert Money("EUR").head("Spend") == "Spend, EUR"


def test_dong_are_written_as_vietnamese_do() -> None:
    say = language("vi").say
    assert say(Money("VND", 1e6).told(6_336_500_000.0)) == "6.336 triệu ₫"
    assert say(Money("VND", 1e9).told(12_500_000_000.0)) == "12,50 tỷ ₫"
    assert say(Money("VND").rate(3_200_000.0)) == "3.200.000 ₫"


@needs_paper
def test_no_cell_of_a_printed_workbook_is_too_narrow(plans, tmp_path) -> None:
    books = {name: workbook([plan]) for name, plan in plans.items()}
    books["quarter"] = workbook([solved_quarter(tmp_path)])
    books["dong_vi"] = workbook([plans["dong"]], spoken=language("vi"))
    for name, text in on_paper(tmp_path, books).items():
        assert "###" not in text, name
        assert not re.search(r"\b0\.000001\b", text), name


OVERLAPS = r"""
(() => {
  const found = [], boxes = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const unseen = 'script, style, noscript, .skip, details:not([open]) > :not(summary)';
  while (texts.nextNode()) {
    const node = texts.currentNode, text = node.textContent.trim();
    if (!text || node.parentElement.closest(unseen)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects())
      if (r.width > 1 && r.height > 1) boxes.push([r.left, r.top, r.right, r.bottom, text]);
  }
  boxes.sort((a, b) => a[1] - b[1]);
  boxes.forEach((a, i) => {
    for (let j = i + 1; j < boxes.length && boxes[j][1] < a[3] - 2; j++) {
      const b = boxes[j];
      const wide = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
      const high = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
      if (wide > 2 && high > 3 && a[4] !== b[4]) found.push(`${a[4]} | ${b[4]}`);
    }
  });
  for (const card of document.querySelectorAll('.cards div')) {
    const range = document.createRange();
    range.selectNodeContents(card);
    const edge = card.getBoundingClientRect().right;
    if ([...range.getClientRects()].some(r => r.right > edge + 0.5)) found.push(card.innerText);
  }
  return found;
})()
"""


@needs_browser
@pytest.mark.parametrize("name", ["dong", "trillions"])
def test_no_text_of_the_page_runs_into_another(plans, tmp_path, name) -> None:
    file = tmp_path / "plan.html"
    file.write_text(page([plans[name]]), encoding="utf-8")
    with chromium() as browser:
        for width in (390, 768, 1280):
            browser.open(file, width=width)
            browser.wait(f"document.documentElement.scrollWidth <= {width}")
            assert browser.evaluate(OVERLAPS) == []
        assert browser.evaluate("document.querySelector('td span[title]').title").endswith(
            plans[name].currency or ""
        )
