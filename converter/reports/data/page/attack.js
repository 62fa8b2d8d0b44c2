// ATT&CK as a picture: a column a tactic, a cell a technique, deeper where more rules name it.
function coverage() {
  const out = new Map();
  for (const rule of report.rules) {
    for (const parent of new Set(rule.techniques.map((id) => id.split('.')[0]))) {
      if (!out.has(parent)) out.set(parent, { rules: 0, subs: new Set() });
      out.get(parent).rules += 1;
    }
    for (const id of rule.techniques) if (id.includes('.')) out.get(id.split('.')[0]).subs.add(id);
  }
  return out;
}

function heat(number) { return number >= 10 ? 4 : number >= 5 ? 3 : number >= 2 ? 2 : 1; }

const ORDER = ['reconnaissance', 'resource-development', 'initial-access', 'execution', 'persistence', 'privilege-escalation', 'defense-evasion',
  'credential-access', 'discovery', 'lateral-movement', 'collection', 'command-and-control', 'exfiltration', 'impact'];

function showAttack() {
  const words = fold(byId('attack-q').value).split(/\s+/).filter(Boolean);
  const only = byId('attack-covered').checked;
  const { tactics, techniques } = report.attack;
  const subs = new Map();
  for (const id of Object.keys(techniques)) if (id.includes('.')) subs.set(id.split('.')[0], (subs.get(id.split('.')[0]) || 0) + 1);
  const slugs = Object.keys(tactics).sort((a, b) => rank(ORDER, a) - rank(ORDER, b));
  byId('grid').replaceChildren(...slugs.map((slug) => {
    const [tactic, name] = tactics[slug];
    const own = Object.entries(techniques).filter(([id, entry]) => !id.includes('.') && entry.slice(1).includes(slug));
    const covered = own.filter(([id]) => report.covered.has(id)).length;
    const shown = own.filter(([id, entry]) => (!only || report.covered.has(id)) && words.every((word) => fold(id + ' ' + entry[0]).includes(word)));
    shown.sort((a, b) => a[1][0].localeCompare(b[1][0]));
    return make('section.tactic', { 'aria-label': name },
      make('h3', null, name, make('small', null, `${tactic} · ${covered} of ${own.length}`)),
      make('ul.cells', null, ...shown.map(([id, entry]) => make('li', null, cell(id, entry[0], subs.get(id) || 0)))));
  }));
}

function cell(id, name, subs) {
  const found = report.covered.get(id);
  if (!found) return make('div.cell', { title: id }, make('span', null, name));
  const label = `${name} ${counted(found.rules, 'rule')}, ${id}` + (subs ? `, ${found.subs.size} of ${counted(subs, 'sub-technique')}` : '');
  return make('button.cell.heat-' + heat(found.rules), { type: 'button', title: label, 'aria-label': label, on: { click: () => {
    rules.technique = id; location.hash = '#rules'; showRules();
  } } }, make('span', null, name), ' ', make('b', null, String(found.rules)));
}

function startAttack() {
  report.covered = coverage();
  const { techniques, version } = report.attack;
  const parents = Object.keys(techniques).filter((id) => !id.includes('.'));
  const known = parents.filter((id) => report.covered.has(id)).length;
  const unknown = [...new Set(report.rules.flatMap((rule) => rule.techniques))].filter((id) => !techniques[id]);
  byId('attack-count').textContent = `${known} of ${counted(parents.length, 'technique')} named by ${counted(report.rules.filter((r) => r.techniques.length).length, 'rule')}`;
  byId('attack-legend').append(...[['1', 1], ['2–4', 2], ['5–9', 3], ['10 rules and more', 4]].map(([word, level]) =>
    make('span', null, make('i.swatch.heat-' + level, { 'aria-hidden': 'true' }), word)), make('span', null, make('i.swatch', { 'aria-hidden': 'true' }), 'none'));
  byId('attack-unknown').textContent = unknown.length ? `Named by rules, but not in this version of ATT&CK (revoked, deprecated or newer): ${unknown.join(', ')}` : '';
  byId('attack-notice').textContent = `MITRE ATT&CK ${version}. ${report.attack.notice || ''}`;
  byId('attack-covered').checked = matchMedia('(max-width: 46rem)').matches;
  byId('attack-tools').addEventListener('submit', (event) => event.preventDefault());
  byId('attack-q').addEventListener('input', soon(showAttack));
  byId('attack-covered').addEventListener('change', showAttack);
  showAttack();
  return { known, all: parents.length };
}
