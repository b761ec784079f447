import { testPrograms } from "./programs-compared.ts";

testPrograms("arm");
