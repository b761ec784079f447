import { describe } from "vitest";
import { testPrograms } from "./programs-compared.ts";

describe.each(["mips64el", "mips64"])("%s", (arch) => testPrograms(arch, ["mips64", "mips"]));
