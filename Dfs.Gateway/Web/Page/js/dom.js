// Elements are made by code, never of text that is parsed: what a file is called cannot become markup.

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an element. Properties: `class`, `text`, `on` (listeners), `data`, `style` (an object); others are attributes, false and null leave them out. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    set(element, name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (name === 'class') {
    element.className = value;
  } else if (name === 'text') {
    element.textContent = value;
  } else if (name === 'on') {
    Object.entries(value).forEach(([event, listener]) => element.addEventListener(event, listener));
  } else if (name === 'data') {
    Object.assign(element.dataset, value);
  } else if (name === 'style') {
    Object.assign(element.style, value);
  } else if (value === true) {
    element.setAttribute(name, '');
  } else if (value !== false && value !== null && value !== undefined) {
    element.setAttribute(name, value);
  }
}

const ICONS = {
  folder: 'M3 6.5A1.5 1.5 0 0 1 4.5 5H9l2 2h8.5A1.5 1.5 0 0 1 21 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 17.5Z',
  file: 'M6 3h8l4 4v14H6Zm8 0v4h4',
  image: 'M4 5h16v14H4Zm0 11 5-5 4 4 3-3 4 4M15 9h.01',
  text: 'M6 3h8l4 4v14H6Zm3 8h6m-6 4h6',
  removed: 'M6 3h8l4 4v14H6Zm3 9 6 5m0-5-6 5',
  bucket: 'M4 6h16l-2 14H6Zm0 0c0-3 16-3 16 0M4 6c0 2.5 16 2.5 16 0',
  upload: 'M12 16V4m0 0L7 9m5-5 5 5M4 16v4h16v-4',
  download: 'M12 4v12m0 0 5-5m-5 5-5-5M4 16v4h16v-4',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5m4-5v5',
  share: 'M10 14 20 4m0 0h-6m6 0v6M19 14v6H4V5h6',
  close: 'm5 5 14 14m0-14L5 19',
  pause: 'M8 5v14m8-14v14',
  play: 'm7 4 12 8-12 8Z',
  again: 'M20 11a8 8 0 1 0-2 6m2-11v5h-5',
  up: 'm5 15 7-7 7 7',
  down: 'm5 9 7 7 7-7',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  check: 'm4 12 5 5L20 6',
  plus: 'M12 5v14M5 12h14',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M5 19l1.4-1.4M17.6 6.4 19 5',
  moon: 'M20 14A8.5 8.5 0 0 1 10 4a8.5 8.5 0 1 0 10 10Z',
  screen: 'M3 5h18v11H3Zm6 15h6m-3-4v4',
  leave: 'M14 4H5v16h9m-4-8h11m0 0-4-4m4 4-4 4',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14Zm5 12 4 4',
  copy: 'M9 9h11v11H9Zm6 0V4H4v11h5',
  history: 'M4 12a8 8 0 1 1 2.5 5.8M4 12l-2-3m2 3 3-2M12 8v5l3 2',
};

/** A picture without meaning of its own: what it stands for is said beside it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

export function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

/** A button with a picture; its label is shown when `text` is true, and said in any case. */
export function button(label, name, onClick, { text = false, kind = '', ...attributes } = {}) {
  return el('button', {
    type: 'button', class: `button ${text ? '' : 'bare'} ${kind}`, 'aria-label': text ? null : label, title: text ? null : label,
    on: { click: onClick }, ...attributes,
  }, name ? icon(name) : null, text ? el('span', { text: label }) : null);
}

/** Says something to those who do not see the page. */
export function announce(text) {
  document.getElementById('live').textContent = text;
}

/** A sentence at the edge of the page that goes by itself, with something to do about it where there is. */
export function toast(text, { kind = '', action = null, onAction = null } = {}) {
  const lasts = action ? 12_000 : 6_000;
  const close = () => box.remove();
  const box = el('div', { class: `toast ${kind}`, role: kind === 'bad' ? 'alert' : 'status' },
    el('span', { text }),
    action && el('button', { type: 'button', class: 'button', text: action, on: { click: () => { close(); onAction(); } } }),
    button('Close', 'close', close));
  document.getElementById('toasts').append(box);
  setTimeout(close, lasts);
  return { close, say: (next) => { box.firstChild.textContent = next; } };
}

/** A dialog; resolves to what `answer` was given, null when it was left. */
export function ask(title, build, { wide = false } = {}) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let value = null;
    const dialog = el('dialog', { class: wide ? 'wide' : '', 'aria-labelledby': 'dialog-title' });
    const answer = (given) => { value = given; dialog.close(); };
    const form = el('form', { on: { submit: (event) => event.preventDefault() } }, el('h2', { id: 'dialog-title', text: title }));
    form.append(...[build(answer, form)].flat());
    dialog.append(form);
    dialog.addEventListener('close', () => {
      dialog.remove();
      before?.focus?.();
      resolve(value);
    });
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog) {
        dialog.close();
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Leaves a dialog: who has no keyboard has no Esc. */
export const cancel = (answer) => el('button', { type: 'button', class: 'button', text: 'Cancel', on: { click: () => answer(null) } });

/** Asks before something that cannot be taken back. */
export function confirm(title, sentence, action) {
  return ask(title, (answer) => [
    el('p', { text: sentence }),
    el('div', { class: 'actions' },
      cancel(answer),
      el('button', { type: 'button', class: 'button danger', text: action, on: { click: () => answer(true) } })),
  ]);
}
