// Makes the bundle when the project is installed or built. Without one the programs run from their sources, so that nothing that is missing
// here fails an installation. Plain JavaScript, since the Node of an installation may be too old for the rest.
try {
  const { bundle, runFirst } = await import("./bundle.ts");
  await bundle();
  runFirst();
} catch (error) {
  const reason = String(error instanceof Error ? error.message : error).split("\n")[0];
  console.log(`tsemu: no bundle was made, the programs start from their sources (${reason})`);
  // Asked for by hand, it is an error.
  if (process.argv[2] === "must") process.exitCode = 1;
}
