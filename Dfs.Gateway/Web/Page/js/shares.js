// Links to a file, that open without a login until they end.
import { el, button, announce, ask, cancel, toast } from './dom.js';
import { get, post, remove } from './api.js';
import { time } from './format.js';

const PREFIX = 'dfs1:';

const LASTING = [['An hour', 3600], ['A day', 86_400], ['A week', 7 * 86_400], ['30 days', 30 * 86_400], ['Until it is taken back', null]];

/** Fills a section with the shares of a file. */
export async function sharesOf(section, bucket, key) {
  const again = () => sharesOf(section, bucket, key);
  let shares = [];
  let failure = null;
  try {
    ({ shares } = await get('/v1/shares', { bucket, key }));
  } catch (refused) {
    failure = refused;
  }
  section.replaceChildren(
    el('h3', { text: 'Share links' }),
    ...(failure ? [el('p', { class: 'error', text: failure.message })] : []),
    el('ul', { class: 'versions' }, shares.map((share) => el('li', {},
      el('span', { class: 'version-words' },
        el('span', { text: share.scope === 'Version' ? 'One version' : 'The file' }),
        el('span', { class: 'muted small', text: share.expires ? `until ${time(share.expires)}` : 'until it is taken back' })),
      button(`Take back the link${share.expires ? ` until ${time(share.expires)}` : ''}`, 'close', () => revoke(share, again))))),
    button('Make a link', 'share', () => make(bucket, key).then(again), { text: true }));
}

async function revoke(share, again) {
  try {
    await remove(`/v1/shares/${share.id}`);
    toast('The link does not open any more.');
  } catch (refused) {
    toast(refused.message, { kind: 'bad' });
  }
  again();
}

async function make(bucket, key) {
  const wish = await ask('Share link', (answer, form) => {
    const lasting = el('select', { id: 'lasting' }, LASTING.map(([text], index) => el('option', { value: index, text, selected: index === 2 })));
    const onlyThis = el('input', { type: 'checkbox' });
    form.addEventListener('submit', () => answer({ expiresInSeconds: LASTING[lasting.value][1], version: onlyThis.checked ? '' : null }));
    return [
      el('p', { text: 'Whoever has the link can read this file, without a login. Treat it like the file.' }),
      el('label', { for: 'lasting', text: 'It opens for' }), lasting,
      el('label', { class: 'switch' }, onlyThis, 'Only what the file is now; later versions are not shown'),
      el('div', { class: 'actions' }, cancel(answer), el('button', { type: 'submit', class: 'button primary', text: 'Make the link' }))];
  });
  if (!wish) {
    return;
  }
  try {
    const made = await post('/v1/shares', { bucket, key }, { body: JSON.stringify(wish) });
    await show(`${location.origin}/s/${made.capability.slice(PREFIX.length)}`, made.shares[0].expires);
  } catch (refused) {
    toast(refused.message, { kind: 'bad' });
  }
}

function show(link, expires) {
  return ask('The link', (answer) => {
    const field = el('input', { id: 'share-link', readonly: true, value: link, on: { focus: (event) => event.target.select() } });
    const copy = async () => {
      field.select();
      await navigator.clipboard.writeText(link).then(() => toast('Copied.'), () => announce('Selected; copy it with the keyboard.'));
    };
    return [
      el('p', { text: `${expires ? `It opens until ${time(expires)}.` : 'It opens until it is taken back.'} It is not shown again.` }),
      el('label', { for: 'share-link', text: 'Link' }), field,
      el('div', { class: 'actions' }, button('Copy', 'copy', copy, { text: true, kind: 'primary' }),
        el('button', { type: 'button', class: 'button', text: 'Close', on: { click: () => answer(true) } }))];
  });
}
