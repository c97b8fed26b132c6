// The page's frame: who is logged in, which view is shown, and the bar above it.
import { el, icon, button, announce, toast } from './dom.js';
import { session, get, call } from './api.js';
import { showLogin } from './login.js';
import { FilesView } from './files.js';
import { ClusterView } from './cluster.js';
import { uploads } from './uploads.js';
import { UploadsPanel } from './uploads-panel.js';

const HEALTH_EVERY_MS = 1000;

const view = document.getElementById('view');
const top = document.getElementById('top');
let shown = null;
let pulse = null;

new UploadsPanel(document.getElementById('uploads'), uploads);
session.addEventListener('out', () => leave());
window.addEventListener('hashchange', () => route());
start();

async function start() {
  if (!session.page) {
    return leave();
  }
  try {
    await call('GET', '/web/session');
    await enter();
  } catch (refused) {
    if (refused.status !== 401) {
      view.replaceChildren(el('p', { class: 'plain', role: 'alert', text: refused.message }));
    }
  }
}

function leave() {
  clearInterval(pulse);
  pulse = null;
  shown?.close();
  shown = null;
  top.hidden = true;
  uploads.pauseAll();
  document.title = 'AkkaDfs';
  showLogin(view, enter);
}

async function enter() {
  const { owners } = await get('/v1/owners');
  if (!owners.some((owner) => owner.id === session.owner)) {
    session.owner = (owners.find((owner) => owner.default) ?? owners[0]).id;
  }
  showTop(owners);
  route();
  watchHealth();
  pulse = setInterval(watchHealth, HEALTH_EVERY_MS);
}

function showTop(owners) {
  const choose = owners.length < 2 ? [] : [el('select', {
    'aria-label': 'Owner', on: { change: (event) => { session.owner = event.target.value; location.hash = '#/files'; route(); } },
  }, owners.map((owner) => el('option', { value: owner.id, text: owner.name, selected: owner.id === session.owner })))];
  top.replaceChildren(
    el('a', { class: 'brand', href: '#/files', 'aria-label': 'AkkaDfs, files' }, el('img', { src: '/page/icon.svg', alt: '', width: 28, height: 28 }), el('span', { text: 'AkkaDfs' })),
    el('nav', { 'aria-label': 'Views' },
      el('a', { href: '#/files', data: { view: 'files' }, text: 'Files' }),
      el('a', { href: '#/cluster', data: { view: 'cluster' }, text: 'Cluster' })),
    el('a', { id: 'health', class: 'health', href: '#/cluster' }, el('span', { class: 'dot' }), el('span', { class: 'words on-wide', text: '…' }), el('span', { class: 'words on-narrow', text: '…' })),
    ...choose, themeButton(),
    button('Log out', 'leave', () => session.logOut()));
  top.hidden = false;
}

function themeButton() {
  const order = { system: 'light', light: 'dark', dark: 'system' };
  const pictures = { system: 'screen', light: 'sun', dark: 'moon' };
  const label = () => `Colours: ${window.dfsTheme.get()}`;
  const change = () => {
    window.dfsTheme.set(order[window.dfsTheme.get()]);
    made.replaceChildren(icon(pictures[window.dfsTheme.get()]));
    made.setAttribute('aria-label', label());
    made.title = label();
    announce(label());
  };
  const made = button(label(), pictures[window.dfsTheme.get()], change, { id: 'theme' });
  return made;
}

async function watchHealth() {
  if (document.hidden) {
    return;
  }
  let status = null;
  try {
    status = await get('/v1/status');
  } catch (refused) {
    if (refused.status === 401) {
      return;
    }
  }
  const health = document.getElementById('health');
  if (!health) {
    return;
  }
  const may = status?.nodesThatMayFail;
  const [kind, words, brief] = !status ? ['bad', 'Node does not answer', 'Away']
    : !status.ready ? ['bad', 'Not serving', 'Not serving']
    : may > 0 ? ['good', `Healthy: ${may} ${may === 1 ? 'node' : 'nodes'} may fail`, 'Healthy']
    : ['warn', 'At risk: no node may fail', 'At risk'];
  if (health.dataset.kind !== kind) {
    health.dataset.kind = kind;
    announce(words);
  }
  const [, wide, narrow] = health.children;
  wide.textContent = words;
  narrow.textContent = brief;
  health.title = words;
  health.setAttribute('aria-label', words);
  shown?.onStatus?.(status);
}

function route() {
  if (top.hidden) {
    return;
  }
  const [name, ...rest] = location.hash.replace(/^#\//, '').split('/');
  const wanted = name === 'cluster' ? 'cluster' : 'files';
  if (shown?.name !== wanted) {
    shown?.close();
    shown = wanted === 'cluster' ? new ClusterView(view) : new FilesView(view);
    top.querySelectorAll('nav a').forEach((link) => link.setAttribute('aria-current', link.dataset.view === wanted ? 'page' : 'false'));
  }
  try {
    shown.open(rest.map(decodeURIComponent));
  } catch (error) {
    toast(error.message, { kind: 'bad' });
  }
}
