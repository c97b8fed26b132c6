import { get } from './api.js';

/** Names that are fetched ahead of the reader without being asked for: a list of so many is scrolled through without a pause. */
const AHEAD = 100_000;

/** So many rows before the end of what is here, the next page is fetched. */
const NEAR = 2000;

/** One folder's names in their order, a page after the other; fires "more" when there are more, and "end" when the last is there or none can be had. */
export class Listing extends EventTarget {
  constructor(bucket, prefix, { beginning = '', removed = false } = {}) {
    super();
    Object.assign(this, { bucket, prefix, beginning, removed });
    this.rows = [];
    this.isComplete = false;
    this.error = null;
    this.abort = new AbortController();
  }

  close() {
    this.abort.abort();
  }

  /** @param {number} seenEnd the row up to which somebody looks */
  async load(seenEnd = 0) {
    if (this.isLoading || this.isComplete || this.error || (this.rows.length >= AHEAD && seenEnd < this.rows.length - NEAR)) {
      return;
    }
    this.isLoading = true;
    try {
      const page = await get('/v1/files', {
        bucket: this.bucket, prefix: this.prefix + this.beginning, delimiter: '/', after: this.next, removed: this.removed ? 1 : null,
      }, { signal: this.abort.signal });
      this.take(page);
    } catch (refused) {
      if (refused.name === 'AbortError') {
        return;
      }
      this.error = refused;
    } finally {
      this.isLoading = false;
    }
    this.dispatchEvent(new Event('more'));
    if (this.isComplete || this.error) {
      this.dispatchEvent(new Event('end'));
    } else {
      // A turn of the page between two pages of names, so that what is typed and scrolled comes first.
      setTimeout(() => this.load(), 0);
    }
  }

  /** Tries again after it could not go on. */
  retry() {
    this.error = null;
    return this.load();
  }

  // Names and folders come in two lists, each in order; together they are in order as well.
  take(page) {
    const { entries, commonPrefixes } = page;
    let [file, folder] = [0, 0];
    while (file < entries.length || folder < commonPrefixes.length) {
      const isFolder = file === entries.length || (folder < commonPrefixes.length && before(commonPrefixes[folder], entries[file].name));
      this.rows.push(isFolder ? { name: commonPrefixes[folder], isFolder: true } : entries[file]);
      folder += isFolder ? 1 : 0;
      file += isFolder ? 0 : 1;
    }
    this.next = page.next;
    this.isComplete = !page.isTruncated;
  }
}

// As the bytes of their UTF-8 are ordered: by code points, not by the units that JavaScript compares.
function before(one, other) {
  const length = Math.min(one.length, other.length);
  for (let i = 0; i < length; i += 1) {
    if (one[i] !== other[i]) {
      return one.codePointAt(i) < other.codePointAt(i);
    }
  }
  return one.length < other.length;
}
