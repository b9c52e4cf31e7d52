// Starts the engine. What follows `?` names the build whose files it takes.
// A message of text says why it could not be started.
const build = location.search;

// Finds source lines, by a program that is fetched when the first module says them.
self.sourceLines = async (sections) => {
  const { default: start, lines } = await import(`./lines.js${build}`);
  await start({ module_or_path: fetch(`lines_bg.wasm${build}`) });
  return lines(sections);
};

// Says whether there is a database of this name.
self.findDatabase = async (name) =>
  !indexedDB.databases || (await indexedDB.databases()).some((known) => known.name === name);

// Takes a lock that one tab has at a time, and gives what lets it go; nothing if another has it. A
// page that is left may have it for a moment still.
self.takeLock = (name) =>
  new Promise((taken) => {
    if (!navigator.locks) return taken(() => {});
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(1000) }, () => new Promise((free) => taken(free)))
      .catch(() => taken(null));
  });

try {
  const [{ default: start }, response] = await Promise.all([
    import(`./engine.js${build}`),
    fetch(`engine_bg.wasm${build}`),
  ]);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  await start({ module_or_path: response });
} catch (error) {
  postMessage(String(error));
}
