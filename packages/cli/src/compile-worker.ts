/** The worker thread in which hot code is compiled. */
import { irOfTargets } from "@tsemu/engine";
import { serveCompiler } from "@tsemu/host-node/compiler";
import { targets } from "./targets.ts";

serveCompiler(irOfTargets(Object.fromEntries(targets.map(({ name, load }) => [name, load]))));
