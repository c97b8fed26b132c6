// Looks at a file without saving it: pictures, sound, film and text.
import { el } from './dom.js';
import { contentUrl, firstBytes } from './api.js';
import { bytes } from './format.js';

/** 256 KiB of a text are shown. */
const TEXT_BYTES = 256 * 1024;

/** A picture above 64 MiB is not fetched to be looked at. */
const IMAGE_BYTES = 64 * 1024 * 1024;

const KINDS = {
  image: ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'ico', 'svg'],
  audio: ['mp3', 'ogg', 'oga', 'wav', 'flac', 'm4a', 'opus'],
  video: ['mp4', 'webm', 'mov', 'm4v'],
  text: ['txt', 'md', 'json', 'xml', 'csv', 'tsv', 'log', 'html', 'css', 'js', 'mjs', 'ts', 'cs', 'c', 'h', 'cpp', 'rs', 'go', 'py', 'rb', 'java', 'kt',
    'sh', 'ps1', 'yml', 'yaml', 'toml', 'ini', 'conf', 'hocon', 'sql', 'tex', 'diff', 'patch', 'csproj', 'sln', 'editorconfig', 'gitignore'],
};

/** What a file is by its name; null when that says nothing. */
export function kindOf(name) {
  const end = name.slice(name.lastIndexOf('.') + 1).toLowerCase();
  return Object.keys(KINDS).find((kind) => KINDS[kind].includes(end)) ?? null;
}

/** @returns {Promise<HTMLElement>} */
export async function preview(bucket, key, sizeBytes, version = null) {
  const name = key.split('/').pop();
  const kind = kindOf(key);
  const src = contentUrl(bucket, key, version);
  if (sizeBytes === 0) {
    return plain('The file is empty.');
  }
  if (kind === 'image' && sizeBytes <= IMAGE_BYTES) {
    const image = el('img', { src, alt: `Preview of ${name}`, class: 'preview-image' });
    return image.decode().then(() => image, () => plain('This picture cannot be shown.'));
  }
  if (kind === 'audio' || kind === 'video') {
    return el(kind, { src, controls: true, preload: 'metadata', class: 'preview-media', 'aria-label': `Preview of ${name}` });
  }
  if (kind === 'image') {
    return plain('The picture is too large to be shown here.');
  }
  return textOf(await firstBytes(bucket, key, version, TEXT_BYTES), sizeBytes);
}

/** Text where the bytes are text, else a sentence. */
export function textOf(buffer, sizeBytes) {
  const text = decode(buffer, buffer.byteLength < sizeBytes);
  return text === null ? plain('There is no preview for this kind of file.')
    : el('div', { class: 'preview-text' },
      el('pre', { tabindex: 0, 'aria-label': 'Content', text }),
      buffer.byteLength < sizeBytes && el('p', { class: 'muted small', text: `The first ${bytes(buffer.byteLength)} of ${bytes(sizeBytes)}.` }));
}

function decode(buffer, isCut) {
  const all = new Uint8Array(buffer);
  if (all.subarray(0, 8192).includes(0)) {
    return null;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(all, { stream: isCut });
  } catch {
    return null;
  }
}

const plain = (text) => el('p', { class: 'muted preview-none', text });
