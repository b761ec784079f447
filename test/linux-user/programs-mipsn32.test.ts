import { describe } from "vitest";
import { testPrograms } from "./programs-compared.ts";

describe.each(["mipsn32el", "mipsn32"])("%s", (arch) => testPrograms(arch, ["mipsn32", "mips"]));
