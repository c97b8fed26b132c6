import { el, svg } from './dom.js';

const [WIDTH, HEIGHT] = [240, 56];

/** A line of the last values. What it shows is said in words beside it. */
export class Chart {
  /** @param {number} count how many values it has room for */
  constructor(label, format, count) {
    Object.assign(this, { label, format, count });
    this.values = [];
    this.now = el('span', { class: 'now', text: '–' });
    this.top = el('span', { class: 'muted small' });
    this.line = svg('polyline', { class: 'line' });
    this.area = svg('polygon', { class: 'area' });
    this.element = el('div', { class: 'chart' },
      el('div', { class: 'chart-words' }, el('span', { class: 'muted', text: label }), this.now, this.top),
      svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' }, this.area, this.line));
  }

  /** @param {number | null} value null: there was nothing to measure */
  add(value) {
    this.values = [...this.values, value].slice(-this.count);
    const known = this.values.filter((each) => each !== null);
    const most = Math.max(...known, 0);
    this.now.textContent = value === null ? '–' : this.format(value);
    this.top.textContent = known.length > 0 && most > 0 ? `up to ${this.format(most)}` : '';
    const step = WIDTH / (this.count - 1);
    const from = WIDTH - ((this.values.length - 1) * step);
    const points = this.values.map((each, index) => `${(from + (index * step)).toFixed(1)},${(HEIGHT - 2 - ((each ?? 0) / (most || 1) * (HEIGHT - 6))).toFixed(1)}`);
    this.line.setAttribute('points', points.join(' '));
    this.area.setAttribute('points', `${from.toFixed(1)},${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}`);
  }
}
