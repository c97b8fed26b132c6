// What is being uploaded. Small files go in one request, large ones in parts, so that a pause or a broken connection costs a part at most.
// Files are read from the disk by the browser as they are sent; none is in this page's memory.
import { get, post, remove, headers, refusalOf, session, url, Refusal } from './api.js';

/** Four requests at once; a browser has six connections to a node, and two are left for everything else. */
const REQUESTS_MAX = 4;

/** 8 MiB a part; files up to one part are sent whole. */
export const PART_BYTES = 8 * 1024 * 1024;

/** What the node takes at most; a larger file has larger parts. */
const PARTS_MAX = 10_000;

/** After so many failures in a row a file waits for a person. */
const TRIES_MAX = 6;

const FIRST_PAUSE_MS = 500;

/** Uploads that were begun, by file, so that choosing the file again after the page was closed goes on with them. */
const KEPT = 'dfs-uploads';

/** One file: waiting, sending, paused, done, failed, or exists (there is one of the name, and a person says what is to be done). */
export class Upload {
  constructor({ file, bucket, key, replaces }) {
    Object.assign(this, { file, bucket, key, replaces });
    this.owner = session.owner;
    this.size = file.size;
    this.state = 'waiting';
    this.detail = '';
    this.id = null;
    this.partBytes = Math.max(PART_BYTES, Math.ceil(file.size / PARTS_MAX));
    this.done = new Set();
    this.open = new Map();
    this.tries = 0;
    this.notBefore = 0;
  }

  get isSmall() { return this.size <= PART_BYTES; }
  get partCount() { return Math.ceil(this.size / this.partBytes); }
  get isActive() { return this.state === 'waiting' || this.state === 'sending'; }

  /** Bytes that are durable or on their way. */
  get sent() {
    if (this.state === 'done') {
      return this.size;
    }
    let sum = 0;
    this.done.forEach((part) => { sum += this.partSize(part); });
    this.open.forEach((request) => { sum += request.sent; });
    return Math.min(sum, this.size);
  }

  partSize(part) {
    return Math.min(this.partBytes, this.size - ((part - 1) * this.partBytes));
  }

  // By what a file has in common with itself when it is chosen again.
  get mark() {
    return [this.owner, this.bucket, this.key, this.size, this.file.lastModified].join('|');
  }

  /** What is to be done next: [name, act], null when that has to wait. */
  next(now) {
    if (!this.isActive || now < this.notBefore) {
      return null;
    }
    if (this.isSmall) {
      return this.open.size === 0 ? ['whole', (request) => this.sendWhole(request)] : null;
    }
    if (!this.id) {
      return this.open.size === 0 ? ['begin', () => this.begin()] : null;
    }
    for (let part = 1; part <= this.partCount; part += 1) {
      if (!this.done.has(part) && !this.open.has(part)) {
        return [part, (request) => this.sendPart(part, request)];
      }
    }
    return this.open.size === 0 ? ['complete', () => this.complete()] : null;
  }

  get target() { return { bucket: this.bucket, key: this.key }; }
  get type() { return this.file.type || 'application/octet-stream'; }
  get conditions() { return this.replaces ? {} : { 'If-None-Match': '*' }; }

  async sendWhole(request) {
    await send('PUT', url('/v1/file', this.target), this.file, { 'Content-Type': this.type, ...this.conditions }, request);
    this.state = 'done';
  }

  async begin() {
    const known = kept()[this.mark];
    const there = known ? await get(`/v1/uploads/${known.id}`, this.target).catch((refused) => {
      if (refused.status !== 404) {
        throw refused;
      }
      return null;
    }) : null;
    if (there) {
      this.partBytes = known.partBytes;
      there.parts.filter((part) => part.sizeBytes === this.partSize(part.number)).forEach((part) => this.done.add(part.number));
      this.id = known.id;
      return;
    }
    if (!this.replaces && await this.isTaken()) {
      throw new Refusal(412, 'PreconditionFailed', '');
    }
    const made = await post('/v1/uploads', this.target, { type: this.type });
    this.id = made.id;
    keep(this.mark, { id: made.id, partBytes: this.partBytes });
  }

  async isTaken() {
    const page = await get('/v1/files', { bucket: this.bucket, prefix: this.key, max: 1 });
    return page.entries.some((entry) => entry.name === this.key);
  }

  async sendPart(part, request) {
    const from = (part - 1) * this.partBytes;
    await send('PUT', url(`/v1/uploads/${this.id}/${part}`, this.target), this.file.slice(from, from + this.partSize(part)), {}, request);
    this.done.add(part);
    this.tries = 0;
  }

  async complete() {
    await post(`/v1/uploads/${this.id}/complete`, this.target, {
      body: JSON.stringify({ parts: this.partCount, sizeBytes: this.size }), conditions: this.conditions,
    });
    keep(this.mark, null);
    this.state = 'done';
  }

  /** Everything that was sent of it is forgotten, here and on the node. */
  async forget() {
    this.abort();
    keep(this.mark, null);
    if (this.id) {
      await remove(`/v1/uploads/${this.id}`, this.target).catch(() => null);
    }
  }

  abort() {
    this.open.forEach((request) => request.abort?.());
  }
}

/** All uploads of the page. Fires "change" when one is different, and "stored" with the upload that is done. */
class Uploads extends EventTarget {
  constructor() {
    super();
    this.all = [];
    this.requests = 0;
  }

  get isIdle() { return !this.all.some((upload) => upload.isActive); }

  add(wishes) {
    if (this.isIdle) {
      // How far this is should not count what was done before.
      this.clearDone();
    }
    this.all.push(...wishes.map((wish) => new Upload(wish)));
    this.changed();
    this.run();
  }

  pause(upload) {
    if (upload.isActive) {
      upload.state = 'paused';
      upload.abort();
      this.changed();
      this.run();
    }
  }

  resume(upload) {
    if (upload.state === 'paused' || upload.state === 'failed') {
      Object.assign(upload, { state: 'waiting', detail: '', tries: 0, notBefore: 0 });
      this.changed();
      this.run();
    }
  }

  pauseAll() { this.all.forEach((upload) => this.pause(upload)); }
  resumeAll() { this.all.forEach((upload) => upload.state === 'paused' && this.resume(upload)); }

  /** There is a file of the name already, and it may be replaced. */
  replace(upload) {
    upload.replaces = true;
    upload.state = 'failed';
    this.resume(upload);
  }

  drop(upload) {
    this.all.splice(this.all.indexOf(upload), 1);
    if (upload.state !== 'done') {
      upload.state = 'dropped';
      upload.forget();
    }
    this.changed();
    this.run();
  }

  clearDone() {
    this.all = this.all.filter((upload) => upload.state !== 'done');
    this.changed();
  }

  changed() {
    this.dispatchEvent(new Event('change'));
  }

  // Starts what may start. Uploads come in their order; a large one takes what the others leave.
  run() {
    clearTimeout(this.timer);
    const now = performance.now();
    for (const upload of this.all) {
      while (this.requests < REQUESTS_MAX) {
        const next = upload.next(now);
        if (!next) {
          break;
        }
        this.start(upload, ...next);
      }
    }
    const later = this.all.filter((upload) => upload.isActive && upload.notBefore > now).map((upload) => upload.notBefore - now);
    if (later.length > 0) {
      this.timer = setTimeout(() => this.run(), Math.min(...later));
    }
  }

  async start(upload, name, act) {
    const request = { sent: 0, onProgress: () => this.changed() };
    upload.open.set(name, request);
    upload.state = 'sending';
    this.requests += 1;
    this.changed();
    try {
      await act(request);
    } catch (refused) {
      this.failed(upload, refused);
    } finally {
      upload.open.delete(name);
      this.requests -= 1;
    }
    if (upload.state === 'done') {
      this.dispatchEvent(new CustomEvent('stored', { detail: upload }));
    }
    this.changed();
    this.run();
  }

  failed(upload, refused) {
    if (!upload.isActive || refused.name === 'AbortError') {
      return;
    }
    if (refused.status === 401) {
      this.pauseAll();
      return;
    }
    if (refused.status === 412 && !upload.replaces) {
      upload.state = 'exists';
      return;
    }
    if (refused.status === 404 && upload.id) {
      // Somebody took it back; from the beginning.
      keep(upload.mark, null);
      upload.id = null;
      upload.done.clear();
    }
    const mayHelp = refused.status === 0 || refused.status === 404 || refused.status >= 500;
    upload.tries += 1;
    upload.detail = refused.message;
    if (!mayHelp || refused.status === 507 || upload.tries >= TRIES_MAX) {
      upload.state = 'failed';
      upload.abort();
    } else {
      upload.notBefore = performance.now() + (FIRST_PAUSE_MS * (2 ** upload.tries));
    }
  }
}

// fetch does not say how far a body is.
function send(method, address, body, more, request) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    request.abort = () => xhr.abort();
    xhr.open(method, address);
    Object.entries(headers(more)).forEach(([name, value]) => xhr.setRequestHeader(name, value));
    xhr.upload.addEventListener('progress', (event) => {
      request.sent = event.loaded;
      request.onProgress();
    });
    xhr.addEventListener('load', () => {
      if (xhr.status >= 200 && xhr.status < 300) {
        resolve();
        return;
      }
      if (xhr.status === 401) {
        session.end();
      }
      reject(refusalOf(xhr.status, xhr.responseText));
    });
    xhr.addEventListener('error', () => reject(new Refusal(0, 'Unreachable', 'The connection broke, or the file cannot be read any more.')));
    xhr.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
    xhr.send(body);
  });
}

const kept = () => JSON.parse(localStorage.getItem(KEPT) ?? '{}');

function keep(mark, value) {
  const all = kept();
  if (value) {
    all[mark] = value;
  } else {
    delete all[mark];
  }
  localStorage.setItem(KEPT, JSON.stringify(all));
}

export const uploads = new Uploads();

addEventListener('beforeunload', (event) => {
  if (!uploads.isIdle) {
    event.preventDefault();
  }
});
