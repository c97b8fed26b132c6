// Loaded before the page's own scripts by the tests: finds things as a person names them, and what would be in somebody's way.
'use strict';
window.find = (() => {
  const shown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility !== 'hidden';
  const space = (text) => text.replace(/\s+/g, ' ').trim();

  const nameOf = (element) => element.getAttribute('aria-label') ?? (element.labels?.length ? space(element.labels[0].textContent)
    : element.classList.contains('row') ? element.querySelector('.label').textContent : space(element.textContent));

  function byName(name) {
    const place = document.querySelector('dialog[open]') ?? document;
    return [...place.querySelectorAll('button, a[href], input, select, .row')].find((element) => shown(element) && !element.disabled && nameOf(element) === name);
  }

  /** The middle of what has the name, once it can be clicked there. */
  function place(name) {
    const element = byName(name);
    if (!element) {
      return null;
    }
    element.scrollIntoView({ block: 'nearest' });
    const target = element.classList.contains('row') ? element.querySelector('.label') : element;
    const box = target.getBoundingClientRect();
    const point = { x: box.x + (box.width / 2), y: box.y + (box.height / 2) };
    const hit = document.elementFromPoint(point.x, point.y);
    return element.contains(hit) || hit?.closest('label')?.control === element ? point : null;
  }

  // As WCAG 2.2 defines it, 1.4.3.
  const channel = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = ([red, green, blue]) => (0.2126 * channel(red / 255)) + (0.7152 * channel(green / 255)) + (0.0722 * channel(blue / 255));
  const rgba = (text) => { const parts = text.match(/[\d.]+/g).map(Number); return [parts[0], parts[1], parts[2], parts[3] ?? 1]; };
  const over = (top, bottom) => [0, 1, 2].map((i) => (top[i] * top[3]) + (bottom[i] * (1 - top[3])));

  function groundOf(element) {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) {
        break;
      }
    }
    return layers.reduceRight((ground, layer) => over(layer, ground), [255, 255, 255]);
  }

  function* faint() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      if (!space(walker.currentNode.data) || !shown(element) || element.closest(':disabled, .unseen, .skip, script, noscript')) {
        continue;
      }
      const style = getComputedStyle(element);
      const ground = groundOf(element);
      const [one, other] = [light(over(rgba(style.color), ground)), light(ground)].sort((a, b) => b - a);
      const size = parseFloat(style.fontSize);
      const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const contrast = (one + 0.05) / (other + 0.05);
      if (contrast < needed) {
        yield `contrast ${contrast.toFixed(2)} of "${space(walker.currentNode.data).slice(0, 40)}"`;
      }
    }
  }

  function* broken() {
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    yield* ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `two elements are ${id}`);
    for (const name of ['aria-labelledby', 'aria-describedby', 'aria-activedescendant', 'for']) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        yield* element.getAttribute(name).split(' ').filter((id) => !document.getElementById(id)).map((id) => `${name} names ${id}, which is not there`);
      }
    }
    if (!document.documentElement.lang || !document.title) {
      yield 'the document has no language or no title';
    }
    if (document.documentElement.scrollWidth > innerWidth) {
      yield `the page is ${document.documentElement.scrollWidth} wide and its window ${innerWidth}`;
    }
    // WCAG 2.2, 2.5.8: 24 by 24; what stands in a line of text, or has a label to be clicked, may be smaller.
    for (const element of document.querySelectorAll('button, select, input:not([type=checkbox]), nav a')) {
      const box = element.getBoundingClientRect();
      if (shown(element) && !element.closest('.crumbs, .unseen') && (box.width < 24 || box.height < 24)) {
        yield `${nameOf(element)} is ${box.width.toFixed(0)} by ${box.height.toFixed(0)}`;
      }
    }
  }

  return { place, byName, hurdles: () => [...faint(), ...broken()] };
})();
