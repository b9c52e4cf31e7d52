// Starts the page's own program once more, as the engine's worker.
const names = new URLSearchParams(location.search);
const { default: start } = await import(names.get('program'));
await start({ module_or_path: names.get('module') });
