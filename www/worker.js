// Starts a program as the engine's worker: the page's own once more, or the whole engine.
// A message of text says why it could not be started.
try {
  const names = new URLSearchParams(location.search);
  const { default: start } = await import(names.get('program'));
  await start({ module_or_path: names.get('module') });
} catch (error) {
  postMessage(String(error));
}
