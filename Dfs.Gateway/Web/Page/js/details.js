// What is known of one file, and what can be done with it.
import { el, button, announce, confirm, toast } from './dom.js';
import { get, post, remove as removeOf, contentUrl, download } from './api.js';
import { bytes, lastPart, time } from './format.js';
import { preview } from './preview.js';
import { undelete } from './removal.js';
import { sharesOf } from './shares.js';

export class Details {
  constructor({ onChanged, onHidden, onRemove }) {
    Object.assign(this, { onChanged, onHidden, onRemove });
    this.element = el('aside', {
      class: 'details', 'aria-label': 'Details', hidden: true, tabindex: -1,
      on: { keydown: (event) => event.key === 'Escape' && !document.querySelector('dialog[open]') && this.hide(true) },
    });
  }

  close() {
    this.shown = null;
  }

  hide(isAsked = false) {
    this.element.hidden = true;
    this.shown = null;
    if (isAsked) {
      this.onHidden();
    }
  }

  show(bucket, row, isVersioned) {
    const shown = { bucket, row, key: row.name };
    this.shown = shown;
    const name = lastPart(row.name);
    const look = el('div', { class: 'preview' });
    const history = el('section', { 'aria-label': 'Versions' });
    const shares = el('section', { 'aria-label': 'Share links' });
    this.element.replaceChildren(
      el('header', {}, el('h2', { text: name, title: row.name }), button('Close the details', 'close', () => this.hide(true))),
      row.isRemoved ? el('p', { class: 'muted', text: 'This file was deleted. Its versions are kept.' }) : look,
      el('dl', {},
        row.isRemoved || el('dt', { text: 'Size' }), row.isRemoved || el('dd', { text: `${bytes(row.sizeBytes)} (${row.sizeBytes.toLocaleString('en')} bytes)` }),
        el('dt', { text: row.isRemoved ? 'Deleted' : 'Stored' }), el('dd', { text: time(row.modifiedAt) }),
        el('dt', { text: 'Key' }), el('dd', { class: 'key', text: `${bucket}/${row.name}` })),
      el('div', { class: 'actions left' }, row.isRemoved
        ? button('Undelete', 'again', () => this.undelete(bucket, row), { text: true, kind: 'primary' })
        : [button('Download', 'download', () => download(contentUrl(bucket, row.name), name), { text: true, kind: 'primary' }),
          button('Delete', 'trash', () => this.onRemove(row), { text: true })]),
      ...(row.isRemoved ? [] : [shares]), history);
    this.element.querySelectorAll('dl > :not(dt):not(dd)').forEach((stray) => stray.remove());
    this.element.hidden = false;
    this.element.focus({ preventScroll: true });
    announce(`Details of ${name}`);
    if (!row.isRemoved) {
      this.showPreview(shown, look);
      sharesOf(shares, bucket, row.name);
    }
    if (isVersioned) {
      this.showVersions(shown, history);
    }
  }

  async showPreview(shown, look) {
    look.replaceChildren(el('p', { class: 'muted', text: 'Loading…' }));
    try {
      const made = await preview(shown.bucket, shown.key, shown.row.sizeBytes);
      if (this.shown === shown) {
        look.replaceChildren(made);
      }
    } catch (refused) {
      look.replaceChildren(el('p', { class: 'error', text: refused.message }));
    }
  }

  async showVersions(shown, section) {
    const { bucket, key } = shown;
    let versions;
    try {
      ({ versions } = await get('/v1/versions', { bucket, key, max: 100 }));
    } catch (refused) {
      section.replaceChildren(el('h3', { text: 'Versions' }), el('p', { class: 'error', text: refused.message }));
      return;
    }
    if (this.shown !== shown) {
      return;
    }
    section.replaceChildren(el('h3', { text: 'Versions' }), el('ol', { class: 'versions' }, versions.map((version, index) => {
      const when = time(version.modifiedAt, { seconds: true });
      return el('li', {},
        el('span', { class: 'version-words' }, el('span', { text: when }),
          el('span', { class: 'muted small', text: version.isDeleteMarker ? 'deleted' : `${bytes(version.sizeBytes)}${index === 0 ? ' · current' : ''}` })),
        !version.isDeleteMarker && button(`Download the version of ${when}`, 'download', () => download(contentUrl(bucket, key, version.version), lastPart(key))),
        !version.isDeleteMarker && index > 0 && button(`Restore the version of ${when}`, 'again', () => this.restore(shown, version)),
        button(`Delete the version of ${when} for good`, 'trash', () => this.removeVersion(shown, version, when)));
    })));
  }

  async restore({ bucket, key }, version) {
    await this.change(() => post('/v1/restore', { bucket, key, version: version.version }), `Restored the version of ${time(version.modifiedAt)}.`);
    await this.reopen(bucket, key);
  }

  async removeVersion({ bucket, key }, version, when) {
    if (await confirm('Delete this version?', `The version of ${when} is gone for good.`, 'Delete')) {
      await this.change(() => removeOf('/v1/file', { bucket, key, version: version.version }), 'The version is gone.');
      await this.reopen(bucket, key);
    }
  }

  async undelete(bucket, row) {
    await this.change(() => undelete(bucket, row.name), `Restored “${lastPart(row.name)}”.`);
    await this.reopen(bucket, row.name);
  }

  async change(act, done) {
    try {
      await act();
      toast(done);
    } catch (refused) {
      toast(refused.message, { kind: 'bad' });
    }
    this.onChanged();
  }

  async reopen(bucket, key) {
    const page = await get('/v1/files', { bucket, prefix: key, max: 1, removed: 1 });
    const row = page.entries.find((entry) => entry.name === key);
    if (row) {
      this.show(bucket, row, true);
    } else {
      this.hide(true);
    }
  }
}
