// The matrix: a row a rule, a column a language.
const PAGE = 200;
const rules = { shown: [], size: PAGE, technique: null };

function haystack(rule) {
  if (rule.hay === undefined) {
    rule.hay = fold([rule.rule, rule.id, rule.source, rule.query, rule.type, rule.language, ...rule.techniques, ...rule.tactics].join('\n'));
  }
  return rule.hay;
}

function tacticsOf(rule) {
  const named = new Set(rule.tactics);
  for (const id of rule.techniques) {
    const homes = report.homes.get(id);
    if (homes && !homes.some((home) => named.has(home))) homes.forEach((home) => named.add(home));
  }
  return named;
}

function chosen() {
  const words = fold(byId('q').value).split(/\s+/).filter(Boolean);
  const relation = byId('f-relation').value, form = byId('f-form').value, severity = byId('f-severity').value;
  const tactic = byId('f-tactic').value, found = byId('f-findings').checked;
  return report.rules.filter((rule) => {
    if (words.some((word) => !haystack(rule).includes(word))) return false;
    if (severity && fold(rule.severity) !== severity) return false;
    if (found && !rule.open.length) return false;
    if (tactic && !tacticsOf(rule).has(tactic)) return false;
    if (rules.technique && !rule.techniques.some((id) => id === rules.technique || id.startsWith(rules.technique + '.'))) return false;
    if (!relation && !form) return true;
    return Object.values(rule.forms).some((f) => (!form || f.to === form) && (!relation || f.relation === relation));
  });
}

const ORDERS = {
  name: (a, b) => a.rule.localeCompare(b.rule),
  severity: (a, b) => rank(RISKS, fold(a.severity)) - rank(RISKS, fold(b.severity)),
  findings: (a, b) => b.open.length - a.open.length,
  proven: (a, b) => proven(a) - proven(b),
};
function rank(list, value) { const at = list.indexOf(value); return at < 0 ? list.length : at; }
function proven(rule) { return Object.values(rule.forms).filter((form) => form.relation === 'equivalent').length; }

function showRules() {
  const order = ORDERS[byId('f-order').value];
  rules.shown = chosen();
  if (order) rules.shown.sort(order);
  byId('rule-count').textContent = rules.shown.length === report.rules.length
    ? counted(report.rules.length, 'rule') : `${rules.shown.length} of ${counted(report.rules.length, 'rule')}`;
  const tag = byId('f-technique');
  tag.hidden = !rules.technique;
  tag.textContent = rules.technique ? `ATT&CK ${rules.technique} ✕` : '';
  tag.setAttribute('aria-label', `Remove the filter ${rules.technique}`);
  byId('rule-rows').replaceChildren();
  rules.size = 0;
  moreRules();
}

function moreRules() {
  const next = rules.shown.slice(rules.size, rules.size + PAGE);
  byId('rule-rows').append(...next.map(row));
  rules.size += next.length;
  if (!rules.shown.length) {
    byId('rule-rows').append(make('tr', { role: 'row' }, make('td.empty', { role: 'cell', colspan: report.languages.length + 2 }, 'No rule fits.')));
  }
  const left = rules.shown.length - rules.size;
  byId('rule-more').hidden = left <= 0;
  byId('rule-more').textContent = `Show ${Math.min(left, PAGE)} more of ${left}`;
}

function row(rule) {
  const title = make('button.open', { type: 'button', on: { click: () => { location.hash = '#rule/' + rule.index; } } }, rule.rule || rule.id || '(no name)');
  const about = make('div.meta', null,
    rule.severity ? make('span.sev-' + (RISKS.includes(fold(rule.severity)) ? fold(rule.severity) : 'other'), null, rule.severity) : null,
    make('span', null, [rule.kind, rule.type, rule.language].filter((w, i, all) => w && all.indexOf(w) === i).join(' · ')),
    rule.source ? path(rule.source) : null);
  const cells = report.languages.map((language) => {
    const form = rule.forms[language];
    return make(form ? 'td' : 'td.none', { role: 'cell', 'data-head': language }, form ? chip(form.relation) : '');
  });
  const worst = SEVERITIES.find((severity) => rule.open.some((finding) => finding.severity === severity));
  const found = make(worst ? 'td' : 'td.none', { role: 'cell', 'data-head': 'findings' }, worst
    ? make('span.chip.' + (worst === 'note' ? 'note-chip' : worst), { title: counted(rule.open.length, 'finding') }, String(rule.open.length)) : '');
  return make('tr', { role: 'row' }, make('td', { role: 'cell' }, title, about), ...cells, found);
}

function startRules() {
  byId('rule-heads').append(...['Rule', ...report.languages, 'Findings'].map((head) => make('th', { scope: 'col', role: 'columnheader' }, head)));
  const used = new Set(report.rules.flatMap((rule) => Object.values(rule.forms).map((form) => form.relation)));
  options(byId('f-relation'), 'any', RELATIONS.filter((r) => used.has(r)).map((r) => [r, r]));
  options(byId('f-form'), 'any', report.languages.map((name) => [name, name]));
  const risks = new Set(report.rules.map((rule) => fold(rule.severity)).filter(Boolean));
  options(byId('f-severity'), 'any', [...risks].sort((a, b) => rank(RISKS, a) - rank(RISKS, b)).map((r) => [r, r]));
  options(byId('f-tactic'), 'any', Object.values(report.attack.tactics).map(([id, name]) => [id, name]));
  options(byId('f-order'), 'as in the files', [['name', 'name'], ['severity', 'severity'], ['findings', 'most findings'], ['proven', 'fewest proven forms']]);
  byId('legend').append(...RELATIONS.filter((r) => used.has(r)).map((r) => make('span', null, chip(r), ' ' + MEANING[r])));
  const tools = byId('rule-tools');
  byId('f-fold').addEventListener('click', () => {
    byId('f-fold').setAttribute('aria-expanded', String(tools.classList.toggle('unfolded')));
  });
  tools.addEventListener('submit', (event) => event.preventDefault());
  tools.addEventListener('reset', () => { rules.technique = null; setTimeout(showRules); });
  byId('q').addEventListener('input', soon(showRules));
  tools.addEventListener('change', (event) => { if (event.target.id !== 'q') showRules(); });
  byId('f-technique').addEventListener('click', () => { rules.technique = null; showRules(); byId('q').focus(); });
  byId('rule-more').addEventListener('click', moreRules);
  byId('rule-rows').addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !event.target.classList.contains('open')) return;
    const all = [...document.querySelectorAll('#rule-rows .open')];
    const next = all[all.indexOf(event.target) + step];
    if (next) { event.preventDefault(); next.focus(); }
  });
  showRules();
}
