// Starts the engine. What follows `?` names the build whose files it takes.
// A message of text says why it could not be started.
try {
  const build = location.search;
  const [{ default: start }, response] = await Promise.all([
    import(`./engine.js${build}`),
    fetch(`engine_bg.wasm${build}`),
  ]);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  await start({ module_or_path: response });
} catch (error) {
  postMessage(String(error));
}
