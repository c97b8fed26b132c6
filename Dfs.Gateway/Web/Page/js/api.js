// The node's admin interface, docs/formats/admin-api.md.

const PAGE_KEY = 'dfs-page';
const OWNER_KEY = 'dfs-owner';

/** What the node says against a request: `detail` is a sentence for the user. */
export class Refusal extends Error {
  constructor(status, outcome, detail) {
    super(detail);
    this.status = status;
    this.outcome = outcome;
  }
}

/** Fires "out" when the node knows this page no more. */
export const session = new (class extends EventTarget {
  get page() { return localStorage.getItem(PAGE_KEY) ?? ''; }
  get owner() { return localStorage.getItem(OWNER_KEY) ?? ''; }
  set owner(id) { localStorage.setItem(OWNER_KEY, id); }

  async logIn(token) {
    const page = await text(await fetch('/web/login', { method: 'POST', body: token, headers: { 'Dfs-Page': 'login' } }));
    localStorage.setItem(PAGE_KEY, page.trim());
  }

  async logOut() {
    await fetch('/web/logout', { method: 'POST', headers: headers() }).catch(() => null);
    this.end();
  }

  end() {
    localStorage.removeItem(PAGE_KEY);
    this.dispatchEvent(new Event('out'));
  }
})();

export function headers(more = {}) {
  return { 'Dfs-Page': session.page, ...(session.owner ? { 'Dfs-Owner': session.owner } : {}), ...more };
}

async function text(answer) {
  if (answer.ok) {
    return answer.text();
  }
  throw await refusalOf(answer.status, await answer.text());
}

export function refusalOf(status, body) {
  try {
    const said = JSON.parse(body);
    return new Refusal(status, said.outcome ?? '', said.detail || said.outcome || `The node answered ${status}.`);
  } catch {
    return new Refusal(status, '', body.trim() || `The node answered ${status}.`);
  }
}

export function url(path, query = {}) {
  const words = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ''));
  return words.size > 0 ? `${path}?${words}` : path;
}

/** Asks the node; a refusal is thrown. */
export async function call(method, path, query = {}, { body, type, conditions = {}, signal } = {}) {
  let answer;
  try {
    answer = await fetch(url(path, query), {
      method, body, signal, headers: headers({ ...(type ? { 'Content-Type': type } : {}), ...conditions }),
    });
  } catch (error) {
    if (error.name === 'AbortError') {
      throw error;
    }
    throw new Refusal(0, 'Unreachable', 'The node does not answer.');
  }
  if (answer.status === 401) {
    session.end();
  }
  return text(answer);
}

export const get = async (path, query, options) => JSON.parse(await call('GET', path, query, options));
export const post = async (path, query, options) => JSON.parse(await call('POST', path, query, options));
export const put = async (path, query, options) => JSON.parse(await call('PUT', path, query, options));
export const remove = async (path, query, options) => JSON.parse(await call('DELETE', path, query, options));

/** Where a browser itself fetches content: links and pictures, which have no headers of ours. */
export function contentUrl(bucket, key, version = null) {
  return url('/v1/file', { bucket, key, version, owner: session.owner, page: session.page });
}

/** The first bytes of a file, as a buffer. */
export async function firstBytes(bucket, key, version, countBytes) {
  const answer = await fetch(url('/v1/file', { bucket, key, version }), { headers: headers({ Range: `bytes=0-${countBytes - 1}` }) });
  // Nothing of an empty file can be had as a range.
  if (answer.status === 416) {
    return new ArrayBuffer(0);
  }
  if (!answer.ok) {
    throw await refusalOf(answer.status, await answer.text());
  }
  return answer.arrayBuffer();
}

/** Saves a file where the browser saves what it is given; it is streamed by the browser and never in this page's memory. */
export function download(address, name) {
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
}
