// Not a module, so that the page is painted in the right colours from the first frame on.
'use strict';
{
  const key = 'dfs-theme';
  const wished = () => localStorage.getItem(key) ?? 'system';
  const apply = () => {
    if (wished() === 'system') {
      delete document.documentElement.dataset.theme;
    } else {
      document.documentElement.dataset.theme = wished();
    }
  };
  window.dfsTheme = {
    get: wished,
    set(theme) {
      localStorage.setItem(key, theme);
      apply();
    },
  };
  apply();
}
