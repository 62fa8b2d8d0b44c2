// What all views share. Every text of a rule reaches the page through textContent, never as HTML.
const SIGNS = { equivalent: '✓', broader: '⊃', narrower: '⊂', different: '≠', unknown: '?', refused: '–' };
const MEANING = {
  equivalent: 'matches the same events as the rule', broader: 'matches all events of the rule, and more',
  narrower: 'matches only a part of the rule’s events', different: 'misses some events and matches others',
  unknown: 'not decided', refused: 'not ported',
};
const RELATIONS = Object.keys(SIGNS);
const SEVERITIES = ['error', 'warning', 'note'];
const RISKS = ['critical', 'high', 'medium', 'low', 'informational'];
const byId = (id) => document.getElementById(id);
let report = null;

// make('a.b', {title: …}, child, …): an element with classes; attributes are set as text, children are nodes or text.
function make(what, attributes, ...children) {
  const [name, ...classes] = what.split('.');
  const element = document.createElement(name);
  if (classes.length) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === 'on') for (const [event, run] of Object.entries(value)) element.addEventListener(event, run);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ''));
  return element;
}

function chip(relation) {
  return make('span.chip.' + (SIGNS[relation] ? relation : 'unknown'), { title: MEANING[relation] || relation },
    make('b', { 'aria-hidden': 'true' }, SIGNS[relation] || '?'), relation);
}

function severityChip(severity) {
  return make('span.chip.' + (severity === 'note' ? 'note-chip' : severity), null, severity);
}

function counted(number, word) { return number.toLocaleString('en') + ' ' + word + (number === 1 ? '' : 's'); }

function options(select, first, values) {
  select.append(make('option', { value: '' }, first), ...values.map(([value, text]) => make('option', { value }, text)));
}

// An event as JSON with its keys, texts and numbers told apart.
function pretty(value) {
  const pre = make('pre', { tabindex: '0' });
  const text = JSON.stringify(value, null, 2);
  const token = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
  let at = 0;
  for (const found of text.matchAll(token)) {
    pre.append(text.slice(at, found.index));
    const kind = found[1] ? (found[2] ? 'k' : 's') : 'n';
    pre.append(make('span.' + kind, null, found[1] || found[0]), found[2] || '');
    at = found.index + found[0].length;
  }
  pre.append(text.slice(at));
  return pre;
}

function code(text, label) {
  const pre = make('pre', { tabindex: '0', 'aria-label': label }, text);
  if (!navigator.clipboard) return pre;
  const copy = make('button.copy', { type: 'button', 'aria-label': 'Copy: ' + label }, 'Copy');
  copy.addEventListener('click', () => navigator.clipboard.writeText(text).then(
    () => { copy.textContent = 'Copied'; setTimeout(() => { copy.textContent = 'Copy'; }, 1500); }, () => { copy.remove(); }));
  return make('div.code', null, copy, pre);
}

// A sentence with what stands in backquotes told apart.
function prose(text) {
  return String(text || '').split(/`([^`\n]+)`/).map((part, i) => (i % 2 ? make('code', null, part) : part));
}

// A path that may be broken behind its slashes.
function path(text) {
  const parts = text.split(/(?<=[/\\])/);
  return make('span', null, ...parts.flatMap((part, i) => (i ? [make('wbr'), part] : [part])));
}

function fold(text) { return String(text || '').toLowerCase(); }

// Calls `run` once the typing has paused.
function soon(run) {
  let timer = 0;
  return () => { clearTimeout(timer); timer = setTimeout(run, 80); };
}
