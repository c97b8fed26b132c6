import { el } from './dom.js';
import { session } from './api.js';

/** The form that exchanges the node's token for a session. */
export function showLogin(view, onDone) {
  const input = el('input', {
    id: 'token', type: 'password', autocomplete: 'off', spellcheck: 'false', required: true, 'aria-describedby': 'token-hint login-error',
  });
  const error = el('p', { id: 'login-error', class: 'error', role: 'alert' });
  const submit = el('button', { type: 'submit', class: 'button primary', text: 'Log in' });
  const logIn = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    error.textContent = '';
    try {
      await session.logIn(input.value.trim());
      onDone();
    } catch (refused) {
      error.textContent = refused.status ? refused.message : 'The node does not answer.';
      input.select();
    } finally {
      submit.disabled = false;
    }
  };
  view.replaceChildren(el('div', { class: 'login' },
    el('img', { src: '/page/icon.svg', alt: '', width: 56, height: 56 }),
    el('h1', { text: 'AkkaDfs' }),
    el('p', { class: 'muted', text: location.host }),
    el('form', { on: { submit: logIn } },
      el('label', { for: 'token', text: 'Token' }), input,
      el('p', { id: 'token-hint', class: 'muted small' },
        'The node’s own stands in ', el('code', { text: 'admin.token' }), ' in its data directory and is new at each start; ', el('code', { text: 'dfs keys token create' }), ' makes others.'),
      error, submit)));
  input.focus();
}
