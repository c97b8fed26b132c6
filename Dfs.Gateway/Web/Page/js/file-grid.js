// A folder's names as a grid that is moved through with the keyboard as well as with the mouse.
import { el, icon } from './dom.js';
import { VirtualList } from './list.js';
import { bytes, lastPart, time } from './format.js';
import { kindOf } from './preview.js';

const NARROW = matchMedia('(max-width: 640px)');

export class FileGrid {
  constructor({ onOpen, onChosen, onRemove, onUp, onNear }) {
    Object.assign(this, { onOpen, onChosen, onRemove, onUp, onNear });
    this.rows = [];
    this.prefix = '';
    this.at = 0;
    this.chosen = new Set();
    this.head = el('div', { class: 'grid-head', role: 'row' },
      el('span', { role: 'columnheader' }, el('span', { class: 'unseen', text: 'Chosen' })), el('span', { role: 'columnheader', text: 'Name' }),
      el('span', { role: 'columnheader', class: 'size', text: 'Size' }), el('span', { role: 'columnheader', class: 'when', text: 'Stored' }));
    this.body = el('div', {
      class: 'grid-body', role: 'rowgroup', on: { click: (event) => this.click(event), dblclick: (event) => this.doubleClick(event) },
    });
    this.element = el('div', {
      class: 'grid', role: 'grid', tabindex: 0, 'aria-label': 'Files', 'aria-multiselectable': 'true', 'aria-colcount': 4,
      on: { keydown: (event) => this.key(event) },
    }, this.head, this.body);
    this.list = new VirtualList(this.body, (index) => this.rowOf(index), () => (NARROW.matches ? 56 : 44));
    this.list.onPaint = () => { this.point(); this.onNear(this.list.seenEnd); };
    this.onWidth = () => this.list.refresh();
    NARROW.addEventListener('change', this.onWidth);
  }

  close() {
    this.list.close();
    NARROW.removeEventListener('change', this.onWidth);
  }

  focus() {
    this.element.focus({ preventScroll: true });
  }

  show(rows, prefix, { keep }) {
    const wasAt = this.rows[this.at]?.name;
    this.rows = rows;
    this.list.count = rows.length;
    this.prefix = prefix;
    this.element.setAttribute('aria-rowcount', rows.length + 1);
    this.element.hidden = rows.length === 0;
    if (!keep) {
      this.at = 0;
      this.body.scrollTop = 0;
      this.chooseNone();
    } else if (this.rows[this.at]?.name !== wasAt) {
      this.at = Math.min(this.at, Math.max(0, rows.length - 1));
    }
    if (keep && this.shownCount !== undefined && rows.length >= this.shownCount && this.shownRows === rows) {
      // More at the end: what is seen stays.
      this.list.setCount(rows.length);
    } else {
      this.list.refresh();
    }
    this.shownCount = rows.length;
    this.shownRows = rows;
  }

  chosenRows() {
    return this.chosen.size === 0 ? [] : this.rows.filter((row) => this.chosen.has(row.name));
  }

  chooseNone() {
    this.chosen.clear();
    this.list.refresh();
    this.onChosen();
  }

  rowOf(index) {
    const row = this.rows[index];
    const name = lastPart(row.name.slice(this.prefix.length) || row.name);
    const isChosen = this.chosen.has(row.name);
    return el('div', {
      class: `row ${row.isRemoved ? 'removed' : row.isFolder ? 'folder' : ''}`, role: 'row', id: `row-${index}`, 'aria-rowindex': index + 2,
      'aria-selected': isChosen, data: { index },
    },
      el('span', { role: 'gridcell', class: 'pick' }, el('input', { type: 'checkbox', tabindex: -1, checked: isChosen, 'aria-label': `Choose ${name}` })),
      el('span', { role: 'gridcell', class: 'name' }, icon(row.isFolder ? 'folder' : row.isRemoved ? 'removed' : kindOf(row.name) === 'image' ? 'image' : kindOf(row.name) === 'text' ? 'text' : 'file'),
        el('span', { class: 'label', text: row.isFolder ? `${name}/` : name, title: row.name }), row.isRemoved && el('span', { class: 'mark', text: 'deleted' })),
      el('span', { role: 'gridcell', class: 'size', text: row.isFolder || row.isRemoved ? '' : bytes(row.sizeBytes) }),
      el('span', { role: 'gridcell', class: 'when', text: row.isFolder ? '' : time(row.modifiedAt) }));
  }

  indexOf(event) {
    const row = event.target.closest('.row');
    return row ? Number(row.dataset.index) : -1;
  }

  click(event) {
    const index = this.indexOf(event);
    if (index < 0) {
      return;
    }
    const from = this.at;
    this.at = index;
    if (event.target.closest('.pick') || event.ctrlKey || event.metaKey) {
      this.toggle(index);
    } else if (event.shiftKey) {
      this.choose(from, index);
    } else {
      this.onOpen(this.rows[index]);
    }
    this.point();
  }

  doubleClick(event) {
    event.preventDefault();
  }

  key(event) {
    const last = this.rows.length - 1;
    const moves = {
      ArrowDown: this.at + 1, ArrowUp: this.at - 1, PageDown: this.at + this.list.page, PageUp: this.at - this.list.page, Home: 0, End: last,
    };
    if (event.key in moves) {
      const to = Math.max(0, Math.min(last, moves[event.key]));
      if (event.shiftKey) {
        this.choose(this.at, to);
      }
      this.at = to;
      this.list.reveal(to);
      this.point();
    } else if (event.key === 'Enter' && this.rows[this.at]) {
      this.onOpen(this.rows[this.at]);
    } else if (event.key === ' ') {
      this.toggle(this.at);
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      this.choose(0, last);
    } else if (event.key === 'Escape') {
      this.chooseNone();
    } else if (event.key === 'Delete') {
      if (this.chosen.size === 0) {
        this.toggle(this.at);
      }
      this.onRemove();
    } else if (event.key === 'Backspace') {
      this.onUp();
    } else {
      return;
    }
    event.preventDefault();
  }

  toggle(index) {
    const { name } = this.rows[index] ?? {};
    if (name !== undefined && !this.chosen.delete(name)) {
      this.chosen.add(name);
    }
    this.list.refreshRow(index);
    this.onChosen();
    this.point();
  }

  choose(from, to) {
    for (let index = Math.min(from, to); index <= Math.max(from, to); index += 1) {
      this.chosen.add(this.rows[index].name);
    }
    this.list.refresh();
    this.onChosen();
  }

  // The grid has the focus; this says which row is meant.
  point() {
    this.body.querySelector('.row.at')?.classList.remove('at');
    const row = this.list.rows.get(this.at);
    row?.classList.add('at');
    if (row) {
      this.element.setAttribute('aria-activedescendant', row.id);
    } else {
      this.element.removeAttribute('aria-activedescendant');
    }
  }
}
