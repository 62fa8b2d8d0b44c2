// Findings by file.
const found = { groups: [], size: 0 };

function showFindings() {
  const words = fold(byId('finding-q').value).split(/\s+/).filter(Boolean);
  const severity = byId('finding-severity').value, check = byId('finding-code').value, all = byId('finding-suppressed').checked;
  const chosen = report.findings.filter((f) => (all || f.suppressed === null) && (!severity || f.severity === severity)
    && (!check || f.code === check) && words.every((word) => fold([f.code, f.name, f.message, f.path, f.rule_name].join(' ')).includes(word)));
  const groups = new Map();
  for (const item of chosen) {
    if (!groups.has(item.path)) groups.set(item.path, []);
    groups.get(item.path).push(item);
  }
  byId('finding-count').textContent = `${counted(chosen.length, 'finding')} in ${counted(groups.size, 'file')}`;
  found.groups = [...groups];
  found.size = 0;
  byId('finding-list').replaceChildren();
  if (!chosen.length) byId('finding-list').append(make('p.empty', null, report.findings.length ? 'No finding fits.' : 'Nothing was found.'));
  moreFindings();
}

function moreFindings() {
  const next = found.groups.slice(found.size, found.size + 100);
  byId('finding-list').append(...next.map(([path, items]) => make('div.group', null,
    make('h3', null, path || 'the whole set', ' ', make('small', null, counted(items.length, 'finding'))), ...items.map((item) => finding(item, true)))));
  found.size += next.length;
  byId('finding-more').hidden = found.size >= found.groups.length;
}

function finding(item, linked) {
  const box = make('div.finding', null,
    make('div.head', null, severityChip(item.severity), make('span', { title: item.name }, item.code), make('span.what', null, ...prose(item.message))),
    item.help ? make('p.help', null, ...prose(item.help)) : null);
  if (item.line_text && item.line) box.append(snippet(item));
  else if (item.line) box.append(make('p.place', null, `line ${item.line}`));
  if (item.counterexample) box.append(lazy(make('summary', null, make('span.why', null, 'an event that shows it')), () => [pretty(item.counterexample)]));
  if (item.related.length) box.append(make('p.place', null, 'see ' + item.related.join(', ')));
  if (item.suppressed !== null) box.append(make('p.place', null, 'suppressed: ' + item.suppressed));
  const doc = report.checks[item.code];
  if (doc) box.append(lazy(make('summary', null, make('span.why', null, `About ${item.code} ${item.name}`)), () => [make('p.doc', null, ...prose(doc))]));
  if (linked && item.rule) box.append(make('div', null, make('button.link', { type: 'button', on: { click: () => { location.hash = '#rule/' + item.rule.index; } } }, item.rule.rule || item.rule.id)));
  return box;
}

// The line with the place marked; columns count code points.
function snippet(item) {
  const points = [...item.line_text];
  const start = Math.max(0, (item.column || 1) - 1);
  const end = item.end_line === item.line && item.end_column ? item.end_column - 1 : points.length;
  const pre = make('pre', { tabindex: '0' }, make('span.n', null, `${item.line} │ `), points.slice(0, start).join(''));
  pre.append(make('mark', null, points.slice(start, Math.max(end, start + 1)).join('')), points.slice(Math.max(end, start + 1)).join(''));
  return pre;
}

function startFindings() {
  const codes = new Map(report.findings.map((item) => [item.code, item.name]));
  options(byId('finding-severity'), 'any', SEVERITIES.map((s) => [s, s]));
  options(byId('finding-code'), 'any', [...codes].sort().map(([key, name]) => [key, `${key} ${name}`]));
  byId('finding-tools').addEventListener('submit', (event) => event.preventDefault());
  byId('finding-q').addEventListener('input', soon(showFindings));
  byId('finding-tools').addEventListener('change', (event) => { if (event.target.id !== 'finding-q') showFindings(); });
  byId('finding-more').addEventListener('click', moreFindings);
  showFindings();
}
