import { describe } from "vitest";
import { testPrograms } from "./programs-compared.ts";

describe.each(["mipsel", "mips"])("%s", (arch) => testPrograms(arch, ["mips"]));
