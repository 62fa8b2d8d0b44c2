// Reading the report, the summary, moving between views, colours.
const view = { now: 'rules' };

async function read() {
  const holder = byId('report');
  if (holder.dataset.encoding === 'plain') return JSON.parse(holder.textContent);
  const bytes = Uint8Array.from(atob(holder.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}

// Joins findings to their rules, and techniques to their tactics.
function prepare(data) {
  const places = new Map();
  data.rules.forEach((rule, index) => { rule.index = index; rule.open = []; places.set([rule.source, rule.id, rule.rule].join('\0'), rule); });
  for (const item of data.findings) {
    item.rule = places.get([item.path, item.rule_id || '', item.rule_name || ''].join('\0')) || null;
    if (item.rule && item.suppressed === null) item.rule.open.push(item);
  }
  data.homes = new Map(Object.entries(data.attack.techniques).map(([id, entry]) =>
    [id, entry.slice(1).map((slug) => (data.attack.tactics[slug] || [slug])[0])]));
  return data;
}

function card(title, big, small, ...rest) {
  return make(rest.length ? 'div.card.wide' : 'div.card', null, make('h2', null, title), make('p.big', null, ...big), ...rest, small ? make('p.small', null, small) : null);
}

function summary(attack) {
  const forms = report.rules.flatMap((rule) => Object.values(rule.forms));
  const count = (relation) => forms.filter((form) => form.relation === relation).length;
  const sum = (key) => report.rules.reduce((total, rule) => total + rule.fixtures[key], 0);
  const open = report.findings.filter((item) => item.suppressed === null);
  const by = (severity) => open.filter((item) => item.severity === severity).length;
  const stack = make('div.stack', { role: 'img', 'aria-label': RELATIONS.map((r) => `${count(r)} ${r}`).join(', ') },
    ...RELATIONS.filter(count).map((relation) => { const part = make('span.bar-' + relation); part.style.flexGrow = count(relation); return part; }));
  const key = make('div.key', null, ...RELATIONS.filter(count).map((r) => make('span', null, make('i.bar-' + r, { 'aria-hidden': 'true' }), `${count(r)} ${r}`)));
  const share = forms.length ? Math.floor(100 * count('equivalent') / forms.length) + ' %' : '–';
  const kinds = new Map();
  for (const rule of report.rules) kinds.set(rule.kind, (kinds.get(rule.kind) || 0) + 1);
  byId('summary').append(
    card('Rules', [report.rules.length.toLocaleString('en')], [...kinds].map(([kind, n]) => `${n} ${kind}`).join(', ')),
    card('Forms proven equivalent', [share, ' ', make('small', null, `${count('equivalent')} of ${counted(forms.length, 'form')}`)], '', stack, key),
    card('Fixtures', [(sum('positive') + sum('negative')).toLocaleString('en')], `${sum('positive')} match, ${sum('negative')} do not`),
    card('ATT&CK techniques', [String(attack.known), ' ', make('small', null, `of ${attack.all}`)], 'named by the rules'),
    card('Findings', [String(open.length)], `${counted(by('error'), 'error')}, ${counted(by('warning'), 'warning')}, ${counted(by('note'), 'note')}`));
  byId('summary').hidden = false;
  byId('nav-findings').textContent = open.length ? String(open.length) : '';
}

function route() {
  const place = location.hash.slice(1);
  if (place.startsWith('rule/')) {
    const key = decodeURIComponent(place.slice(5));
    const rule = report.rules[Number(key)] || report.rules.find((item) => item.id === key);
    show(view.now);
    if (rule) showDetail(rule);
    return;
  }
  if (byId('detail').open) byId('detail').close();
  show(['rules', 'attack', 'findings'].includes(place) ? place : view.now);
}

function show(name) {
  view.now = name;
  for (const item of ['rules', 'attack', 'findings']) byId('view-' + item).hidden = item !== name;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.dataset.view === name) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function startTheme() {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let theme = 'auto';
  try { theme = localStorage.getItem('ruleproof-theme') || 'auto'; } catch { /* a page without storage keeps no choice */ }
  if (!['auto', 'light', 'dark'].includes(theme)) theme = 'auto';
  const apply = () => {
    document.documentElement.dataset.theme = theme === 'auto' ? (dark.matches ? 'dark' : 'light') : theme;
    byId('theme-word').textContent = theme[0].toUpperCase() + theme.slice(1);
  };
  byId('theme').addEventListener('click', () => {
    theme = { auto: dark.matches ? 'light' : 'dark', light: dark.matches ? 'dark' : 'auto', dark: dark.matches ? 'auto' : 'light' }[theme];
    try { localStorage.setItem('ruleproof-theme', theme); } catch { /* as above */ }
    apply();
  });
  dark.addEventListener('change', apply);
  apply();
}

function startKeys() {
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || byId('detail').open) return;
    const search = byId({ rules: 'q', attack: 'attack-q', findings: 'finding-q' }[view.now]);
    if (event.key === '/' && !event.target.matches('input, select, textarea')) { event.preventDefault(); search.focus(); search.select(); }
    if (event.key === 'Escape' && event.target === search && search.value) { search.value = ''; search.dispatchEvent(new Event('input')); }
    if (event.key === 'ArrowDown' && event.target === byId('q')) { const first = document.querySelector('#rule-rows .open'); if (first) { event.preventDefault(); first.focus(); } }
  });
}

startTheme();
read().then((data) => {
  report = prepare(data);
  const attack = startAttack();
  startRules();
  startDetail();
  startFindings();
  summary(attack);
  startKeys();
  byId('loading').hidden = true;
  window.addEventListener('hashchange', route);
  route();
  document.body.dataset.ready = 'yes';
}).catch((error) => { byId('loading').textContent = 'The report in this page cannot be read: ' + error.message; });
