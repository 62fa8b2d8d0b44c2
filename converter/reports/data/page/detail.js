// One rule: its text, its forms with what tells them apart, its fixtures, its findings.
let opener = null;

function showDetail(rule) {
  const dialog = byId('detail');
  const place = rules.shown.indexOf(rule);
  const step = (by, sign, label) => make('button.plain', {
    type: 'button', 'aria-label': label, disabled: !rules.shown[place + by] || place < 0,
    on: { click: () => move(by) },
  }, sign);
  dialog.replaceChildren(
    make('div.sheet-top', null,
      make('div', null, make('h2', { id: 'detail-title', tabindex: '-1' }, rule.rule || rule.id || '(no name)'),
        make('p.sub', null, rule.source ? path(rule.source + (rule.line > 1 ? ':' + rule.line : '')) : '')),
      step(-1, '←', 'Previous rule'), step(1, '→', 'Next rule'),
      make('button.plain.close', { type: 'button', 'aria-label': 'Close', on: { click: closeDetail } }, '✕')),
    make('div.sheet', null, about(rule), ...text(rule), forms(rule), fixtures(rule), ...findingsOf(rule)));
  if (!dialog.open) { opener = document.activeElement; dialog.showModal(); }
  dialog.dataset.rule = rule.index;
  dialog.scrollTop = 0;
  byId('detail-title').focus({ preventScroll: true });
}

function move(by) {
  const here = report.rules[Number(byId('detail').dataset.rule)];
  const next = rules.shown[rules.shown.indexOf(here) + by];
  if (here && next) history.replaceState(null, '', '#rule/' + next.index), showDetail(next);
}

function closeDetail() { byId('detail').close(); }

function about(rule) {
  const list = make('dl.pairs');
  const add = (key, value) => { if (value) list.append(make('dt', null, key), make('dd', null, value)); };
  add('id', rule.id);
  add('kind', [rule.kind, rule.type, rule.language].filter((w, i, all) => w && all.indexOf(w) === i).join(' · '));
  add('severity', rule.severity);
  const named = rule.techniques.map((id) => id + (report.attack.techniques[id] ? ' ' + report.attack.techniques[id][0] : ''));
  const tactics = Object.values(report.attack.tactics).filter(([id]) => rule.tactics.includes(id)).map(([, name]) => name);
  add('ATT&CK', [...tactics, ...named].join(', '));
  for (const [key, value] of Object.entries(rule.facts || {})) add(key.replace(/_/g, ' '), typeof value === 'object' ? JSON.stringify(value) : String(value));
  return make('section', { 'aria-label': 'About' }, rule.description ? make('p', null, rule.description.trim()) : '', rule.description ? make('br') : '', list);
}

function text(rule) {
  return rule.query ? [make('section', null, make('h3', null, 'The rule'), code(rule.query, 'the rule'))] : [];
}

function forms(rule) {
  const all = Object.values(rule.forms);
  const section = make('section', null, make('h3', null, 'Forms'));
  if (!all.length) section.append(make('p.sub', null, 'No form was made in this run.'));
  section.append(...all.map((form) => lazy(
    make('summary', null, make('strong', null, form.to), chip(form.relation), make('span.why', null, ...prose(why(form)))),
    () => formBody(rule, form))));
  return section;
}

function why(form) {
  if (form.fixtures_that_disagree.length) return counted(form.fixtures_that_disagree.length, 'fixture') + ' decide otherwise';
  if (form.losses.length) return form.losses[0].message + (form.losses.length > 1 ? ` (and ${form.losses.length - 1} more)` : '');
  return form.reason || (form.exported && form.file ? form.file : '');
}

function formBody(rule, form) {
  const parts = [];
  const list = (title, items) => { if (items.length) parts.push(make('div', null, make('h4', null, title), make('ul', null, ...items.map((i) => make('li', null, ...prose(i)))))); };
  parts.push(make('p', null, `The ${form.to} form ${MEANING[form.relation] || form.relation}.`));
  list('Not carried', [...new Set(form.losses.map((loss) => loss.message))]);
  list('Given', form.given);
  if (form.counterexample && form.relation !== 'equivalent') {
    parts.push(make('div', null, make('h4', null, 'Counterexample: an event on which rule and form differ'), pretty(form.counterexample)));
  }
  list('Fixtures that decide otherwise', form.fixtures_that_disagree);
  list('Notes', form.notes.map((note) => note.message));
  if (form.text) parts.push(make('div', null, make('h4', null, 'Text'), code(form.text.trimEnd(), `the ${form.to} form of ${rule.rule}`)));
  return parts;
}

function fixtures(rule) {
  const all = rule.fixtures.events || [];
  const section = make('section', null, make('h3', null, `Fixtures: ${rule.fixtures.positive} must match, ${rule.fixtures.negative} must not`));
  if (!all.length) return make('section', null, make('h3', null, 'Fixtures'), make('p.sub', null, 'There are none: no event was made that the rule must or must not match.'));
  section.append(...all.map((item) => lazy(
    make('summary', null, make('span.chip.' + (item.expect === 'match' ? 'equivalent' : 'refused'), null, item.expect === 'match' ? 'match' : 'no match'),
      make('span.why', null, ...prose(item.reason))),
    () => [pretty(item.event !== undefined ? item.event : item.events)])));
  return section;
}

function findingsOf(rule) {
  const all = report.findings.filter((finding) => finding.rule === rule);
  return all.length ? [make('section', null, make('h3', null, 'Findings'), make('div.group', null, ...all.map((f) => finding(f, false))))] : [];
}

// A fold whose content is made when it is opened first.
function lazy(summary, body) {
  const details = make('details', null, summary);
  details.addEventListener('toggle', () => {
    if (details.open && details.children.length === 1) details.append(make('div.body', null, ...body()));
  });
  return details;
}

function startDetail() {
  const dialog = byId('detail');
  dialog.addEventListener('close', () => {
    dialog.replaceChildren();
    if (location.hash.startsWith('#rule/')) history.replaceState(null, '', '#' + view.now);
    if (opener && opener.isConnected) opener.focus();
  });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) closeDetail(); });
  dialog.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest('pre, input')) return;
    if (event.key === 'ArrowLeft') move(-1);
    if (event.key === 'ArrowRight') move(1);
  });
}
