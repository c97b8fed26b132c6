// How the cluster is: what may fail, who is there, what moves, and what this node does at the moment.
import { el, icon, announce } from './dom.js';
import { get, call } from './api.js';
import { bytes, duration, milliseconds, number, plural, rate, time } from './format.js';
import { Chart } from './chart.js';
import { Interval, parse } from './metrics.js';

const EVERY_MS = 2000;

/** Two minutes of values. */
const VALUES = 60;

const STATES = {
  up: ['good', 'Up'], weaklyup: ['warn', 'Joining'], joining: ['warn', 'Joining'], leaving: ['warn', 'Leaving'], exiting: ['warn', 'Leaving'],
  down: ['bad', 'Shut out'], unreachable: ['bad', 'Does not answer'], known: ['warn', 'Not a member'], absent: ['bad', 'Absent'],
};

export class ClusterView {
  constructor(view) {
    this.name = 'cluster';
    document.title = 'Cluster · AkkaDfs';
    this.states = new Map();
    this.facts = el('div', { class: 'facts' });
    this.nodes = el('div', { class: 'zones' });
    this.work = el('ul', { class: 'work' });
    this.put = new Chart('Stored', rate, VALUES);
    this.got = new Chart('Read', rate, VALUES);
    this.asked = new Chart('Operations', (value) => `${value >= 10 ? value.toFixed(0) : value.toFixed(1)}/s`, VALUES);
    this.putTime = new Chart('Storing, 99 of 100 within', milliseconds, VALUES);
    this.getTime = new Chart('Reading, 99 of 100 within', milliseconds, VALUES);
    this.listTime = new Chart('Listing, 99 of 100 within', milliseconds, VALUES);
    view.replaceChildren(el('div', { class: 'cluster' },
      el('h1', { text: 'Cluster' }), this.facts,
      el('section', { 'aria-label': 'Nodes' }, el('h2', { text: 'Nodes' }), this.nodes),
      el('section', { 'aria-label': 'What moves' }, el('h2', { text: 'What moves' }), this.work),
      el('section', { 'aria-label': 'This node now' }, el('h2', { text: 'Through this node, the last two minutes' }),
        el('div', { class: 'charts' }, [this.put, this.got, this.asked, this.putTime, this.getTime, this.listTime].map((chart) => chart.element)))));
    this.measure();
    this.lookAtPlan();
    this.timer = setInterval(() => { this.measure(); this.lookAtPlan(); }, EVERY_MS);
  }

  open() {}

  close() {
    clearInterval(this.timer);
  }

  /** Called by the frame, which asks for the status anyway. */
  onStatus(status) {
    if (!status) {
      this.facts.replaceChildren(fact('This node', 'Does not answer', 'bad', 'It is asked again every second.'));
      return;
    }
    this.status = status;
    this.showFacts(status);
    this.showNodes(status);
    this.showWork(status);
  }

  showFacts(status) {
    const { nodesThatMayFail: may, peers, store } = status;
    const up = peers.filter((peer) => peer.state === 'up').length;
    this.facts.replaceChildren(
      !status.ready ? fact('Health', 'Not serving', 'bad', status.notReadyBecause)
        : may > 0 ? fact('Health', 'Healthy', 'good', 'Every file can be read and written.')
        : fact('Health', 'At risk', 'warn', 'Every file can be read and written, but no further node may fail.'),
      fact('May fail', number(may), may > 0 ? 'good' : 'warn', may > 0 ? `${may === 1 ? 'node' : 'nodes'}, and every file can still be read and written` : 'With one node less, some files wait until it is back.'),
      fact('Nodes up', `${up} of ${peers.length}`, up === peers.length ? 'good' : 'warn', `${plural(status.replicationFactor, 'copy', 'copies')} of everything`),
      fact('Layout', number(status.layout), status.layoutChanging ? 'warn' : '', status.layoutChanging ? 'is changing: data moves' : 'who holds what'),
      fact('Disk of this node', bytes(store.usedBytes), store.readOnlyBecause ? 'bad' : '', store.readOnlyBecause ? `read-only: ${store.readOnlyBecause}` : `in ${plural(store.chunks, 'piece')}; ${bytes(store.freeBytes)} free`));
  }

  showNodes(status) {
    const zones = Object.groupBy(status.peers, (peer) => peer.zone || 'no zone');
    this.nodes.replaceChildren(...Object.keys(zones).sort().map((zone) => el('section', { class: 'zone', 'aria-label': `Zone ${zone}` },
      el('h3', { text: `Zone ${zone}` }),
      el('ul', {}, zones[zone].map((peer) => this.node(peer, status))))));
    status.peers.forEach((peer) => {
      const before = this.states.get(peer.replica);
      if (before && before !== peer.state) {
        announce(`${peer.name}: ${STATES[peer.state]?.[1] ?? peer.state}`);
      }
      this.states.set(peer.replica, peer.state);
    });
  }

  node(peer, status) {
    const [kind, words] = STATES[peer.state] ?? ['warn', peer.state];
    const isAway = kind === 'bad';
    const holds = peer.self ? status.store.usedBytes : peer.storedBytes;
    const chunks = peer.self ? status.store.chunks : peer.chunks;
    const free = peer.self ? status.store.freeBytes : peer.freeBytes;
    const room = holds + (free ?? 0);
    return el('li', { class: 'node', data: { kind, state: peer.state, name: peer.name } },
      el('div', { class: 'node-head' }, el('span', { class: 'dot' }), el('strong', { text: peer.name }), peer.self && el('span', { class: 'mark', text: 'this node' }), el('span', { class: 'state', text: words })),
      Number.isFinite(free) && el('meter', { min: 0, max: Math.max(1, room), high: 0.9 * Math.max(1, room), optimum: 0, value: holds, 'aria-label': `How much of its room ${peer.name} has filled` }),
      el('p', { class: 'muted small', text: `${isAway ? 'Last known: ' : ''}${bytes(holds)} in ${plural(chunks, 'piece')}${Number.isFinite(free) ? ` · ${bytes(free)} free` : ''}` }),
      el('p', { class: 'muted small', text: [peer.leaving ? 'gives its data away' : peer.inLayout ? `holds data, weight ${peer.weight}` : 'holds no data', address(peer.address)].join(' · ') }));
  }

  showWork(status) {
    const { scrub, garbage, repair, redundancy } = status;
    const rows = [];
    if (status.layoutChanging) {
      rows.push(work('Layout', `Data moves to layout ${status.layout}.`, this.plan?.bytes > 0 ? `${bytes(this.plan.bytes)} estimated` : ''));
    }
    status.peers.filter((peer) => peer.leaving).forEach((peer) => rows.push(work('Drain', `${peer.name} gives its data away`, `${plural(peer.chunks, 'piece')} left`)));
    if (repair && (repair.state !== 'idle' || repair.leftCopies > 0)) {
      rows.push(work('Repair', `${bytes(repair.leftBytes)} in ${plural(repair.leftCopies, 'copy', 'copies')} to make`,
        `${rate(repair.bytesPerSecond)}${repair.secondsLeft > 0 ? `, ${duration(repair.secondsLeft)} left` : ''}`));
    }
    if (redundancy && redundancy.partitionsUnserved > 0) {
      rows.push(work('Away', `${redundancy.partitionsUnserved} of 1,024 slices have no majority`, 'their files wait for nodes to come back'));
    }
    if (scrub.state === 'running') {
      rows.push(work('Scrub', `${(100 * scrub.done).toFixed(0)} % of this node is read through`, `${plural(scrub.damaged, 'damaged piece')}`, scrub.done));
    }
    (this.plan?.moves ?? []).filter((move) => move.bytes > 0 && !status.layoutChanging).forEach((move) => rows.push(work(
      'Planned', `${move.node} would be given ${bytes(move.bytes)}`, `about ${duration(move.bytes / 20e6)} once it is applied`)));
    (this.plan?.waits ?? []).forEach((sentence) => rows.push(work('Waits', sentence, '')));
    if (garbage.lastAt) {
      rows.push(work('Garbage', `${bytes(garbage.restingBytes)} of removed data rest on this node`, `last collected ${time(garbage.lastAt)}`));
    }
    const away = status.peers.filter((peer) => peer.inLayout && STATES[peer.state]?.[0] === 'bad');
    away.forEach((peer) => rows.push(work('Away', `${peer.name} does not answer`, 'its copies are away, not lost; it gets what it missed when it is back')));
    this.work.replaceChildren(...(rows.length > 0 ? rows : [el('li', { class: 'calm' }, icon('check'), el('span', { text: 'Nothing. Everything is where it belongs.' }))]));
  }

  async lookAtPlan() {
    if (document.hidden) {
      return;
    }
    // Nothing is planned where there is no layout yet.
    this.plan = await get('/v1/layout/plan').catch(() => null);
  }

  async measure() {
    if (document.hidden) {
      return;
    }
    let text;
    try {
      text = await call('GET', '/metrics');
    } catch {
      this.before = null;
      return;
    }
    const reading = { at: performance.now(), samples: parse(text) };
    if (this.before) {
      const past = new Interval(this.before.samples, reading.samples, (reading.at - this.before.at) / 1000);
      this.put.add(past.perSecond('dfs_operation_content_bytes_total', 'operation="put"'));
      this.got.add(past.perSecond('dfs_operation_content_bytes_total', 'operation="get"'));
      this.asked.add(past.perSecond('dfs_operation_duration_seconds_count'));
      this.putTime.add(past.quantile('put', 0.99));
      this.getTime.add(past.quantile('get', 0.99));
      this.listTime.add(past.quantile('list', 0.99));
    }
    this.before = reading;
  }
}

const address = (text) => text.replace(/^.*@/, '');

function fact(name, value, kind, words) {
  return el('div', { class: 'fact', data: { kind } }, el('span', { class: 'muted', text: name }), el('strong', { text: value }), el('span', { class: 'muted small', text: words }));
}

function work(name, words, more, done = null) {
  return el('li', {}, el('span', { class: 'mark', text: name }), el('span', { class: 'work-words' }, el('span', { text: words }), el('span', { class: 'muted small', text: more })),
    done !== null && el('progress', { max: 1, value: done, 'aria-label': words }));
}
