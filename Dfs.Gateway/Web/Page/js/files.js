// The files of a bucket: buckets at the side, a folder's names, and what can be done with those that are chosen.
import { el, icon, button, announce, toast, ask, cancel } from './dom.js';
import { get, put, contentUrl, download } from './api.js';
import { lastPart, number, plural } from './format.js';
import { FileGrid } from './file-grid.js';
import { Listing } from './listing.js';
import { readingNames } from './waiting.js';
import { Details } from './details.js';
import { removeFiles } from './removal.js';
import { uploads } from './uploads.js';
import { takeDrops, filesOf } from './drops.js';

const TYPING_PAUSE_MS = 200;

export class FilesView {
  constructor(view) {
    this.name = 'files';
    this.view = view;
    this.buckets = [];
    this.withRemoved = false;
    this.build();
    this.stop = takeDrops(this.view, (files) => this.upload(files), () => this.drop);
    this.onStored = (event) => this.noteStored(event.detail);
    uploads.addEventListener('stored', this.onStored);
  }

  close() {
    this.listing?.close();
    this.grid.close();
    this.details.close();
    this.stop();
    uploads.removeEventListener('stored', this.onStored);
    clearTimeout(this.refreshing);
  }

  /** @param {string[]} path the bucket and the folder's parts */
  async open([bucket, ...folder]) {
    if (this.buckets.length === 0 || !this.buckets.some((each) => each.name === bucket)) {
      await this.loadBuckets();
    }
    const wanted = bucket || this.buckets[0]?.name;
    if (!wanted) {
      return;
    }
    this.bucket = wanted;
    this.prefix = folder.filter((part) => part !== '').map((part) => `${part}/`).join('');
    this.search.value = '';
    this.details.hide();
    this.showBuckets();
    this.showCrumbs();
    // Nothing of where one was stays under the new title, however long the first names take.
    this.grid.show([], this.prefix, { keep: false });
    this.count.textContent = 'Reading…';
    this.list();
    document.title = `${lastPart(this.prefix) || this.bucket} · AkkaDfs`;
  }

  get isVersioned() {
    return this.buckets.find((each) => each.name === this.bucket)?.settings.versioned === 'on';
  }

  build() {
    this.bucketList = el('nav', { class: 'buckets', 'aria-label': 'Buckets' });
    this.crumbs = el('nav', { class: 'crumbs', 'aria-label': 'Folder' });
    this.search = el('input', {
      type: 'search', class: 'search', placeholder: 'Name begins with…', 'aria-label': 'Names that begin with', on: { input: () => this.type() },
    });
    this.count = el('span', { class: 'muted small count' });
    this.removedSwitch = el('label', { class: 'switch', hidden: true },
      el('input', { type: 'checkbox', on: { change: (event) => { this.withRemoved = event.target.checked; this.list(); } } }), 'Deleted files too');
    this.filePicker = el('input', { type: 'file', multiple: true, hidden: true, id: 'pick-files', 'aria-label': 'Files to upload', on: { change: (event) => this.pick(event) } });
    this.folderPicker = el('input', { type: 'file', webkitdirectory: true, hidden: true, id: 'pick-folder', 'aria-label': 'Folder to upload', on: { change: (event) => this.pick(event) } });
    const tools = el('div', { class: 'tools' },
      button('Upload files', 'upload', () => this.filePicker.click(), { text: true, kind: 'primary' }),
      button('Upload a folder', 'folder', () => this.folderPicker.click(), { text: true, kind: 'on-wide' }),
      button('New folder', 'plus', () => this.makeFolder(), { text: true, kind: 'on-wide' }),
      this.removedSwitch, this.search, this.filePicker, this.folderPicker);
    this.chosenBar = el('div', { class: 'chosen', role: 'toolbar', 'aria-label': 'With the chosen files', hidden: true });
    this.grid = new FileGrid({
      onOpen: (row) => this.openRow(row), onChosen: () => this.showChosen(), onRemove: () => this.removeChosen(),
      onUp: () => this.goUp(), onNear: (end) => this.listing?.load(end),
    });
    this.note = el('div', { class: 'empty' });
    this.details = new Details({ onChanged: () => this.list({ keep: true }), onHidden: () => this.grid.focus(), onRemove: (row) => this.remove([row]) });
    this.drop = el('div', { class: 'drop', hidden: true }, icon('upload'), el('p', { text: 'Drop to upload here' }));
    this.view.replaceChildren(el('div', { class: 'files' },
      this.bucketList,
      el('div', { class: 'middle' }, el('div', { class: 'head' }, this.crumbs, this.count), tools, this.chosenBar, this.grid.element, this.note, this.drop),
      this.details.element));
  }

  async loadBuckets() {
    try {
      this.buckets = (await readingNames(get('/v1/buckets'), (count) => this.saySoFar(count))).buckets;
      this.note.hidden = true;
    } catch (refused) {
      this.buckets = [];
      this.say(refused.message, 'Try again', () => this.open([this.bucket]));
    }
  }

  showBuckets() {
    this.bucketList.replaceChildren(
      el('h2', { text: 'Buckets' }),
      el('ul', {}, this.buckets.map((bucket) => el('li', {}, el('a', {
        href: hashOf(bucket.name, ''), 'aria-current': bucket.name === this.bucket ? 'true' : null,
      }, icon('bucket'), el('span', { text: bucket.name }), bucket.settings.versioned === 'on' && el('span', { class: 'mark', title: 'Keeps versions' }, icon('history'), el('span', { class: 'unseen', text: '(keeps versions)' })))))),
      button('New bucket', 'plus', () => this.makeBucket(), { text: true }));
    this.removedSwitch.hidden = !this.isVersioned;
  }

  showCrumbs() {
    const parts = this.prefix.split('/').filter((part) => part !== '');
    const links = [this.bucket, ...parts].map((part, index) => {
      const isLast = index === parts.length;
      const prefix = parts.slice(0, index).map((each) => `${each}/`).join('');
      return el('li', {}, el('a', { href: hashOf(this.bucket, prefix), text: part, 'aria-current': isLast ? 'page' : null }));
    });
    this.crumbs.replaceChildren(el('ol', {}, links));
  }

  /** @param keep the place in the list and what is chosen */
  list({ keep = false } = {}) {
    clearTimeout(this.refreshing);
    this.listing?.close();
    const listing = new Listing(this.bucket, this.prefix, { beginning: this.search.value, removed: this.withRemoved && this.isVersioned });
    this.listing = listing;
    this.note.hidden = true;
    let isFirst = true;
    listing.addEventListener('more', () => {
      if (this.listing === listing) {
        this.grid.show(listing.rows, this.prefix, { keep: keep || !isFirst });
        isFirst = false;
        this.note.hidden = true;
        this.showCount();
      }
    });
    listing.addEventListener('end', () => this.listing === listing && this.showEnd());
    readingNames(listing.load(), (count) => this.listing === listing && this.saySoFar(count));
  }

  showCount() {
    const { rows, isComplete } = this.listing;
    this.count.textContent = `${plural(rows.length, 'name')}${isComplete ? '' : ' so far…'}`;
  }

  showEnd() {
    const { rows, error } = this.listing;
    if (error) {
      this.say(error.message, error.outcome === 'Locked' ? 'Unlock' : 'Try again', () => (error.outcome === 'Locked' ? this.unlock() : this.listing.retry().then(() => { this.note.hidden = this.listing.rows.length > 0; })));
    } else if (rows.length === 0) {
      this.say(this.search.value ? 'No name begins so.' : 'Nothing here yet. Drop files or folders anywhere on this page.');
    } else {
      this.note.hidden = true;
      announce(`${number(rows.length)} names`);
    }
  }

  say(sentence, action = null, onAction = null) {
    this.note.hidden = false;
    this.note.replaceChildren(el('p', { text: sentence }), ...(action ? [el('button', { type: 'button', class: 'button', text: action, on: { click: onAction } })] : []));
  }

  // What is shown already stays, and goes on being of use.
  saySoFar(count) {
    if (this.grid.rows.length === 0) {
      this.say(`Reading names: ${number(count)} so far`);
    }
  }

  async unlock() {
    const passphrase = await ask('Unlock the keyring', (answer, form) => {
      const input = el('input', { id: 'passphrase', type: 'password', autocomplete: 'off' });
      form.addEventListener('submit', () => answer(input.value));
      return [el('label', { for: 'passphrase', text: 'Passphrase of the owner' }), input,
        el('div', { class: 'actions' }, cancel(answer), el('button', { type: 'submit', class: 'button primary', text: 'Unlock' }))];
    });
    if (passphrase !== null) {
      const { post } = await import('./api.js');
      await post('/v1/owner/unlock', {}, { body: passphrase }).catch((refused) => toast(refused.message, { kind: 'bad' }));
      this.buckets = [];
      this.open([this.bucket]);
    }
  }

  type() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.list(), TYPING_PAUSE_MS);
  }

  openRow(row) {
    if (row.isFolder) {
      location.hash = hashOf(this.bucket, row.name);
    } else {
      this.details.show(this.bucket, row, this.isVersioned);
    }
  }

  goUp() {
    if (this.prefix !== '') {
      location.hash = hashOf(this.bucket, this.prefix.replace(/[^/]*\/$/, ''));
    }
  }

  showChosen() {
    const chosen = this.grid.chosenRows();
    this.chosenBar.hidden = chosen.length === 0;
    const files = chosen.filter((row) => !row.isFolder && !row.isRemoved);
    this.chosenBar.replaceChildren(
      el('span', { text: `${number(chosen.length)} chosen` }),
      button('Download', 'download', () => files.forEach((row) => download(contentUrl(this.bucket, row.name), lastPart(row.name))), { text: true, disabled: files.length === 0 }),
      button('Delete', 'trash', () => this.removeChosen(), { text: true }),
      button('Choose none', 'close', () => this.grid.chooseNone(), { text: true }));
  }

  removeChosen() {
    return this.remove(this.grid.chosenRows().filter((row) => !row.isRemoved));
  }

  async remove(rows) {
    if (rows.length > 0 && await removeFiles(this.bucket, rows, this.isVersioned, () => this.list({ keep: true }))) {
      this.grid.chooseNone();
      this.details.hide();
    }
  }

  async makeFolder() {
    const name = await askName('New folder', 'Name of the folder', (text) => (text.includes('/') ? 'A name has no slash.' : ''));
    if (name) {
      toast('A folder is there once it has a file. Drop one here.');
      location.hash = hashOf(this.bucket, `${this.prefix}${name}/`);
    }
  }

  async makeBucket() {
    let versioned = true;
    const name = await askName('New bucket', 'Name of the bucket', (text) => (/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(text) ? '' : 'Three to 63 characters of a–z, 0–9, dash and dot.'),
      el('label', { class: 'switch' }, el('input', { type: 'checkbox', checked: true, on: { change: (event) => { versioned = event.target.checked; } } }), 'Keep versions, so that deleting and storing over can be undone'));
    if (name) {
      try {
        await put('/v1/bucket', { bucket: name }, { body: JSON.stringify({ versioned: versioned ? 'on' : 'off' }) });
        await this.loadBuckets();
        location.hash = hashOf(name, '');
      } catch (refused) {
        toast(refused.message, { kind: 'bad' });
      }
    }
  }

  pick(event) {
    this.upload(filesOf(event.target.files));
    event.target.value = '';
  }

  /** @param files each with its path below the folder that is shown */
  upload(files) {
    uploads.add(files.map(({ file, path }) => ({ file, bucket: this.bucket, key: this.prefix + path, replaces: this.isVersioned })));
  }

  // A folder of a thousand files is listed again now and then while they come, not a thousand times.
  noteStored({ bucket, key }) {
    if (bucket === this.bucket && key.startsWith(this.prefix)) {
      clearTimeout(this.refreshing);
      const isLast = uploads.isIdle;
      const since = performance.now() - (this.refreshedAt ?? -Infinity);
      this.refreshing = setTimeout(() => { this.refreshedAt = performance.now(); this.list({ keep: true }); }, isLast ? 50 : Math.max(200, 2000 - since));
    }
  }
}

export function hashOf(bucket, prefix) {
  return `#/files/${[bucket, ...prefix.split('/').filter((part) => part !== '')].map(encodeURIComponent).join('/')}`;
}

function askName(title, label, refusalOf, more = null) {
  return ask(title, (answer, form) => {
    const input = el('input', { id: 'new-name', autocomplete: 'off', spellcheck: 'false', required: true, 'aria-describedby': 'name-error' });
    const error = el('p', { id: 'name-error', class: 'error', role: 'alert' });
    form.addEventListener('submit', () => {
      error.textContent = refusalOf(input.value.trim());
      if (!error.textContent) {
        answer(input.value.trim());
      }
    });
    return [el('label', { for: 'new-name', text: label }), input, error, more, el('div', { class: 'actions' }, cancel(answer), el('button', { type: 'submit', class: 'button primary', text: 'Create' }))].filter(Boolean);
  });
}
