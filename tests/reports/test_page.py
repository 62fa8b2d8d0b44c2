"""The HTML page in a real Chromium: it shows the report, listens to the keyboard, and a rule's text never runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from converter.reports import Report, render
from converter.reports.html_ import embedded
from tests.reports.browser import Browser, find
from tests.reports.samples import HOSTILE, hostile_report, report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find()
    if program is None:
        pytest.skip("no Chromium is installed (Debian: `apt-get install chromium`)")
    with Browser(program) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Browser:
    return show(browser, tmp_path, report())


def show(browser: Browser, folder: Path, made: Report, **window: object) -> Browser:
    path = folder / "report.html"
    path.write_text(render("html", made), "utf-8")
    browser.open(path, **window)  # type: ignore[arg-type]
    return browser


def names(page: Browser) -> list[str]:
    found: list[str] = page.run("[...document.querySelectorAll('#rule-rows .open')].map(b => b.textContent)")
    return found


def choose(page: Browser, select: str, value: str) -> None:
    page.run(f"document.getElementById('{select}').value = '{value}'")
    page.run(f"document.getElementById('{select}').dispatchEvent(new Event('change', {{bubbles: true}}))")


# Without a browser -------------------------------------------------------------------------------------------------


def test_nothing_of_a_rule_stands_outside_the_data_but_the_escaped_title() -> None:
    text = render("html", hostile_report())
    data = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.S)
    assert data is not None and not re.search("[<>&\u2028\u2029]", data[1])
    rest = text.replace(data[1], "")
    assert "hacked" not in re.sub(r"&lt;.*?&gt;", "", rest.replace("window.hacked=1", "", 2))
    assert rest.count("<script") == 2 and "{{" not in rest


def test_the_page_names_no_other_place() -> None:
    text = render("html", report())
    assert not re.search(r"""(?:src|href)=["'](?!#|data:,)""", text)
    assert 'http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;' in text


def test_large_data_stand_compressed() -> None:
    small, plain = embedded({"a": "<"})
    large, encoding = embedded({"a": "<" * 500_000})
    assert (small, plain) == ('{"a":"\\u003c"}', "plain")
    assert encoding == "gzip" and len(large) < 2000


def test_the_same_report_gives_the_same_page() -> None:
    assert render("html", report()) == render("html", report())


# In the browser ----------------------------------------------------------------------------------------------------


def test_the_matrix_shows_each_rule_and_verdict(page: Browser) -> None:
    assert names(page) == ["First rule", "Second rule", "Third rule"]
    cells = page.run(
        "[...document.querySelectorAll('#rule-rows tr')]"
        ".map(r => [...r.querySelectorAll('.chip')].map(c => c.textContent))"
    )
    assert cells == [["✓equivalent", "✓equivalent"], ["⊃broader", "⊃broader", "3"], ["–refused"]]
    assert "40 %2 of 5 forms" in page.run("document.getElementById('summary').textContent").replace("% ", "%")
    assert page.complaints() == [] and page.requests() == []


def test_search_and_filters_narrow_the_matrix(page: Browser) -> None:
    page.run("document.getElementById('q').focus()")
    page.type("b.exe")
    page.wait("document.querySelectorAll('#rule-rows .open').length === 1")
    assert names(page) == ["Second rule"]
    page.key("Escape")
    page.wait("document.querySelectorAll('#rule-rows .open').length === 3")
    for select, value, left in (
        ("f-relation", "refused", ["Third rule"]),
        ("f-severity", "high", ["First rule"]),
        ("f-tactic", "TA0005", ["Second rule"]),
    ):
        choose(page, select, value)
        assert names(page) == left, select
        page.run("document.querySelector('#rule-tools [type=reset]').click()")
        page.wait("document.querySelectorAll('#rule-rows .open').length === 3")
    assert page.run("document.getElementById('rule-count').textContent") == "3 rules"


def test_everything_can_be_done_by_keyboard(page: Browser) -> None:
    page.key("/")
    assert page.run("document.activeElement.id") == "q"
    page.key("ArrowDown")
    page.key("ArrowDown")
    assert page.run("document.activeElement.textContent") == "Second rule"
    page.key("Enter")
    page.wait("document.getElementById('detail').open")
    assert page.run("document.getElementById('detail-title').textContent") == "Second rule"
    page.key("ArrowRight")
    assert page.run("document.getElementById('detail-title').textContent") == "Third rule"
    page.key("Escape")
    page.wait("!document.getElementById('detail').open")
    assert page.run("document.activeElement.textContent") == "Second rule"
    stops = set()
    for _ in range(40):
        page.key("Tab")
        stops.add(page.run("document.activeElement.id || document.activeElement.textContent"))
    assert {"theme", "q", "f-relation", "First rule"} <= stops


def test_the_detail_shows_counterexample_fixtures_and_findings(page: Browser) -> None:
    page.run("location.hash = '#rule/id-2'")
    page.wait("document.getElementById('detail').open")
    page.run("document.querySelectorAll('dialog details').forEach(d => { d.open = true })")
    page.wait("document.querySelectorAll('dialog .body').length >= 4")
    text = page.run("document.getElementById('detail').innerText")
    for part in (
        "process.name:b.exe",
        "a regular expression",
        '"x"',
        "another name",
        '"b.exe"',
        "no event matches this rule",
    ):
        assert part in text, part


def test_a_technique_leads_to_its_rules(page: Browser) -> None:
    page.run("location.hash = '#attack'")
    page.wait("!document.getElementById('view-attack').hidden")
    cell = "document.querySelector('#grid button[title*=\"T1059\"]')"
    assert page.run(f"{cell}.textContent") == "Command and Scripting Interpreter 1"
    assert "T9999" in page.run("document.getElementById('attack-unknown').textContent")
    page.run(f"{cell}.click()")
    page.wait("!document.getElementById('view-rules').hidden")
    assert names(page) == ["First rule"]


def test_findings_can_be_filtered_and_the_suppressed_ones_shown(page: Browser) -> None:
    page.run("location.hash = '#findings'")
    page.wait("!document.getElementById('view-findings').hidden")
    shown = "document.querySelectorAll('#finding-list .finding').length"
    assert page.run(shown) == 3
    page.run("document.getElementById('finding-suppressed').click()")
    assert page.run(shown) == 4
    choose(page, "finding-severity", "error")
    assert page.run(shown) == 1
    assert page.run("document.querySelector('#finding-list mark').textContent") == '"b"'


def test_hostile_texts_are_shown_and_never_run(browser: Browser, tmp_path: Path) -> None:
    page = show(browser, tmp_path, hostile_report())
    for view in ("attack", "findings", "rules"):
        page.run(f"location.hash = '#{view}'")
        page.wait(f"!document.getElementById('view-{view}').hidden")
    for number, text in enumerate(HOSTILE):
        page.run(f"location.hash = '#rule/{number}'")
        page.wait(f"document.getElementById('detail').dataset.rule === '{number}'")
        page.run("document.querySelectorAll('dialog details').forEach(d => { d.open = true })")
        page.wait("[...document.querySelectorAll('dialog details')].every(d => d.querySelector('.body'))")
        if "\ud800" not in text:
            assert page.run("document.getElementById('detail-title').textContent") == text
    assert page.run("window.hacked === undefined && document.querySelectorAll('img, iframe, object').length === 0")
    assert page.run("document.scripts.length") == 2
    assert page.complaints() == [] and page.requests() == []


def test_a_script_that_came_in_would_be_stopped_by_the_policy(page: Browser) -> None:
    page.run(
        "(s => { s.textContent = 'window.hacked = 1'; document.body.append(s) })(document.createElement('script'))"
    )
    page.run("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 2\">')")
    page.run("new Promise(done => setTimeout(done, 100))")
    assert page.run("window.hacked === undefined")


def test_a_large_report_is_read_from_its_compressed_form(browser: Browser, tmp_path: Path) -> None:
    rule = report().rules[0]
    many = tuple(replace(rule, id=f"id-{n}", name=f"Rule number {n}") for n in range(700))
    page = show(browser, tmp_path, Report(many))
    assert page.run("document.getElementById('report').dataset.encoding") == "gzip"
    assert page.run("document.getElementById('rule-count').textContent") == "700 rules"
    assert len(names(page)) == 200
    page.run("document.getElementById('rule-more').click()")
    assert len(names(page)) == 400
    assert page.complaints() == []


@pytest.mark.parametrize(("width", "phone"), [(1280, False), (390, True), (320, True)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_view_is_wider_than_the_window_and_colours_follow_the_system(
    browser: Browser, tmp_path: Path, width: int, phone: bool, scheme: str
) -> None:
    page = show(browser, tmp_path, report(), width=width, phone=phone, scheme=scheme)
    assert page.run("document.documentElement.dataset.theme") == scheme
    for view in ("rules", "attack", "findings", "rule/1"):
        page.run(f"location.hash = '#{view}'")
        page.run("new Promise(done => setTimeout(done, 30))")
        assert page.run("document.documentElement.scrollWidth") <= width, view
    page.run("document.getElementById('detail').close()")
    page.run("document.getElementById('theme').click()")
    assert page.run("document.documentElement.dataset.theme") == ("light" if scheme == "dark" else "dark")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_control_has_a_name_and_every_text_enough_contrast(browser: Browser, tmp_path: Path, scheme: str) -> None:
    page = show(browser, tmp_path, report(), scheme=scheme)
    for view in ("rules", "attack", "findings"):
        page.run(f"location.hash = '#{view}'")
        page.run("new Promise(done => setTimeout(done, 30))")
        assert page.run(UNNAMED) == [], view
        assert page.run(FAINT) == [], view


UNNAMED = """
[...document.querySelectorAll('button, a, input, select')].filter(e => e.offsetParent).filter(e =>
  !(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels[0]?.textContent.trim())))
  .map(e => e.outerHTML)
"""

#: WCAG 2's contrast of each text with the first background behind it; 4.5 is asked for.
FAINT = """
(() => {
  const rgb = text => { const p = text.match(/[\\d.]+/g).map(Number); return p.length < 4 ? [...p, 1] : p; };
  const light = ([r, g, b]) => {
    const f = [r, g, b].map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
  const behind = e => {
    for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; }
    return [255, 255, 255, 1]; };
  const out = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own || !e.offsetParent || e.closest('.hidden, .skip, option')) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    const contrast = (a + .05) / (b + .05);
    if (contrast < 4.5) out.push([e.tagName, e.className, e.textContent.slice(0, 30), contrast.toFixed(2)]);
  }
  return out;
})()
"""
