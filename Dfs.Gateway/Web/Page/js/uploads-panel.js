// Shows how far the uploads are.
import { el, button, announce } from './dom.js';
import { VirtualList } from './list.js';
import { bytes, duration, plural, rate } from './format.js';

/** Over so long the rate is averaged. */
const RATE_MS = 4000;

const ROW_PIXELS = 60;

const STATES = { waiting: 'Waiting', paused: 'Paused', done: 'Stored', failed: 'Failed', exists: 'There is a file of this name' };

export class UploadsPanel {
  constructor(section, uploads) {
    Object.assign(this, { section, uploads });
    this.samples = [];
    this.title = el('h2', {});
    this.fold = button('Fold', 'down', () => this.toggle(), { 'aria-expanded': 'true' });
    this.pauseAll = button('Pause all', 'pause', () => uploads.pauseAll());
    this.resumeAll = button('Resume all', 'play', () => uploads.resumeAll());
    this.clear = button('Clear what is stored', 'check', () => uploads.clearDone());
    this.bar = el('progress', { max: 1, 'aria-label': 'All uploads' });
    this.body = el('div', { class: 'upload-rows', role: 'list', tabindex: 0, 'aria-label': 'Uploads' });
    section.append(el('header', {}, this.title, this.pauseAll, this.resumeAll, this.clear, this.fold), this.bar, this.body);
    this.list = new VirtualList(this.body, (index) => this.rowOf(index), () => ROW_PIXELS);
    uploads.addEventListener('change', () => this.soon());
    setInterval(() => !uploads.isIdle && this.soon(), 500);
  }

  toggle() {
    this.setFolded(!this.section.classList.contains('folded'));
  }

  setFolded(isFolded) {
    this.section.classList.toggle('folded', isFolded);
    this.fold.setAttribute('aria-expanded', String(!isFolded));
    this.fold.setAttribute('aria-label', isFolded ? 'Unfold' : 'Fold');
  }

  soon() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
    });
  }

  paint() {
    const { all } = this.uploads;
    this.section.hidden = all.length === 0;
    const states = Object.groupBy(all, (upload) => upload.state);
    const done = states.done?.length ?? 0;
    const active = all.filter((upload) => upload.isActive);
    const [sent, size] = [sum(all, 'sent'), sum(all, 'size')];
    this.bar.value = size > 0 ? sent / size : 1;
    const speed = this.speed(sent, active.length > 0);
    const words = active.length > 0
      ? [`Storing ${done + 1} of ${all.length}`, speed > 0 && rate(speed), speed > 0 && `${duration(sum(active, 'size') > 0 ? (sum(active, 'size') - sum(active, 'sent')) / speed : 0)} left`]
      : [(done > 0 || done === all.length) && `${plural(done, 'file')} stored`, states.paused && `${states.paused.length} paused`, states.failed && `${states.failed.length} failed`, states.exists && `${states.exists.length} to decide`];
    this.title.textContent = words.filter(Boolean).join(' · ');
    this.pauseAll.hidden = active.length === 0;
    this.resumeAll.hidden = !states.paused;
    this.clear.hidden = done === 0;
    // What needs a person comes first, then what moves, then what waits, then what is done.
    const order = ['exists', 'failed', 'sending', 'paused', 'waiting', 'done'];
    this.rows = order.flatMap((state) => states[state] ?? []);
    this.body.style.height = `${this.rows.length * ROW_PIXELS}px`;
    this.list.setCount(this.rows.length);
    this.list.rows.forEach((row, index) => {
      const upload = this.rows[index];
      if (!upload || row.upload !== upload || row.shownState !== upload.state || row.shownDetail !== upload.detail) {
        this.list.refreshRow(index);
      } else {
        this.fill(row, upload);
      }
    });
    this.say(active.length, done, all.length);
  }

  say(active, done, count) {
    if (this.wasActive && active === 0) {
      // Out of the way, when nothing is left to be done or decided.
      this.setFolded(done === count);
      announce(done === count ? `${plural(done, 'file')} stored` : `${done} of ${count} stored; the others wait for you`);
    } else if (!this.wasActive && active > 0) {
      this.setFolded(false);
      announce(`Storing ${plural(active, 'file')}`);
    }
    this.wasActive = active > 0;
  }

  speed(sent, isActive) {
    const now = performance.now();
    if (!isActive) {
      this.samples = [];
      return 0;
    }
    this.samples = [...this.samples.filter(([at]) => now - at < RATE_MS), [now, sent]];
    const [at, before] = this.samples[0];
    return now - at > 300 ? Math.max(0, (sent - before) / ((now - at) / 1000)) : 0;
  }

  rowOf(index) {
    const upload = this.rows[index];
    if (!upload) {
      return el('div');
    }
    const row = el('div', { class: 'upload', role: 'listitem', data: { state: upload.state } });
    Object.assign(row, { upload, shownState: upload.state, shownDetail: upload.detail });
    row.bar = el('progress', { max: 1, 'aria-label': `Upload of ${upload.key}` });
    row.words = el('span', { class: 'muted small' });
    const { uploads } = this;
    row.append(
      el('div', { class: 'upload-name' }, el('span', { class: 'label', text: upload.key, title: upload.key }), row.words),
      el('div', { class: 'upload-buttons' },
        upload.isActive && button(`Pause ${upload.key}`, 'pause', () => uploads.pause(upload)),
        upload.state === 'paused' && button(`Resume ${upload.key}`, 'play', () => uploads.resume(upload)),
        upload.state === 'failed' && button(`Try ${upload.key} again`, 'again', () => uploads.resume(upload)),
        upload.state === 'exists' && button('Replace', null, () => uploads.replace(upload), { text: true }),
        button(upload.state === 'done' ? `Clear ${upload.key}` : `Cancel ${upload.key}`, 'close', () => uploads.drop(upload))),
      ...(upload.state === 'done' ? [] : [row.bar]));
    this.fill(row, upload);
    return row;
  }

  fill(row, upload) {
    const { sent, size, state } = upload;
    row.bar.value = size > 0 ? sent / size : 0;
    const words = state === 'sending' ? (upload.notBefore > performance.now() ? `Trying again: ${upload.detail}` : sent === size && size > 0 ? 'Making sure that it is safe…' : `${bytes(sent)} of ${bytes(size)}`)
      : state === 'paused' ? `Paused at ${bytes(sent)} of ${bytes(size)}`
      : state === 'failed' ? upload.detail
      : state === 'done' ? `Stored, ${bytes(size)}`
      : STATES[state];
    if (row.words.textContent !== words) {
      row.words.textContent = words;
    }
  }
}

const sum = (uploads, property) => uploads.reduce((total, upload) => total + upload[property], 0);
