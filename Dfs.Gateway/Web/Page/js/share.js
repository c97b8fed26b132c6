// What a share link opens. Nobody is logged in here.
import { el, button } from './dom.js';
import { download } from './api.js';
import { bytes, time } from './format.js';
import { kindOf, textOf } from './preview.js';

/** 256 KiB of a text are shown. */
const TEXT_BYTES = 256 * 1024;

const view = document.getElementById('view');
const link = location.pathname.replace(/\/$/, '');

show();

async function show() {
  let about;
  try {
    const answer = await fetch(`${link}/about`);
    about = await answer.json();
    if (!answer.ok) {
      return refuse(about.detail || 'This link does not open.');
    }
  } catch {
    return refuse('The node does not answer. Try again later.');
  }
  const look = el('div', { class: 'preview' });
  document.title = about.name;
  view.replaceChildren(el('article', { class: 'card' },
    el('h1', { text: about.name }),
    el('p', { class: 'muted', text: `${bytes(about.sizeBytes)} · stored ${time(about.modifiedAt)}${about.expires ? ` · the link opens until ${time(about.expires)}` : ''}` }),
    button('Download', 'download', () => download(`${link}/file`, about.name), { text: true, kind: 'primary' }),
    look));
  look.replaceChildren(await lookAt(about).catch(() => el('p', { class: 'muted', text: 'There is no preview.' })));
}

async function lookAt(about) {
  const kind = kindOf(about.name) ?? about.contentType.split('/')[0];
  if (kind === 'image') {
    const image = el('img', { src: `${link}/file`, alt: `Preview of ${about.name}`, class: 'preview-image' });
    await image.decode();
    return image;
  }
  if (kind === 'audio' || kind === 'video') {
    return el(kind, { src: `${link}/file`, controls: true, preload: 'metadata', class: 'preview-media', 'aria-label': `Preview of ${about.name}` });
  }
  const answer = await fetch(`${link}/file`, { headers: { Range: `bytes=0-${TEXT_BYTES - 1}` } });
  return textOf(answer.ok ? await answer.arrayBuffer() : new ArrayBuffer(0), about.sizeBytes);
}

function refuse(sentence) {
  document.title = 'The link does not open';
  view.replaceChildren(el('article', { class: 'card' }, el('h1', { text: 'The link does not open' }), el('p', { role: 'alert', text: sentence })));
}
