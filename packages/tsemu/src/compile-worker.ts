/** The worker thread in which hot code is compiled. */
import { irOfTargets } from "@tsemu/engine";
import { serveCompiler } from "@tsemu/host-node/compiler";

serveCompiler(irOfTargets({ arm: async () => (await import("@tsemu/target-arm")).armTarget() }));
