import { describe } from "vitest";
import { testPrograms } from "./programs-compared.ts";

describe.each(["i386", "x86_64"])("%s", (arch) => testPrograms(arch, [arch]));
