// What is dropped on the page or picked: files, and folders with everything in them.

/** Files that were picked, each with the path that it has in its folder. */
export function filesOf(list) {
  return [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/**
 * Takes what is dropped on the page.
 * @param sign the element that says that it can be dropped
 * @returns a function that stops it
 */
export function takeDrops(area, onFiles, sign) {
  const hasFiles = (event) => event.dataTransfer?.types.includes('Files');
  const over = (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      sign().hidden = false;
    }
  };
  const leave = (event) => {
    if (!event.relatedTarget) {
      sign().hidden = true;
    }
  };
  const drop = async (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      sign().hidden = true;
      // The list is emptied when this event is over, so everything is asked for before anything is waited for.
      const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
      const plain = [...event.dataTransfer.files];
      const files = entries.length > 0 ? (await Promise.all(entries.map(walk))).flat() : plain.map((file) => ({ file, path: file.name }));
      onFiles(files);
    }
  };
  const events = { dragenter: over, dragover: over, dragleave: leave, drop };
  Object.entries(events).forEach(([name, listener]) => document.addEventListener(name, listener));
  return () => Object.entries(events).forEach(([name, listener]) => document.removeEventListener(name, listener));
}

async function walk(entry) {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    return [{ file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }), path }];
  }
  const reader = entry.createReader();
  const files = [];
  // A reader gives a hundred at a time, and none at the end.
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
    if (some.length === 0) {
      return files;
    }
    files.push(...(await Promise.all(some.map(walk))).flat());
  }
}
