/** The part of the WebAssembly JavaScript API that we use. TypeScript declares it in lib.dom only, which the packages do without. */
declare namespace WebAssembly {
  type ImportValue = Memory | Table | Global | ((...args: never[]) => unknown);
  type Imports = Record<string, Record<string, ImportValue>>;
  type Exports = Record<string, unknown>;

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
  }

  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Exports;
  }

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Table {
    constructor(descriptor: { initial: number; maximum?: number; element: "anyfunc" });
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value: unknown): void;
    grow(count: number): number;
  }

  class Global {
    constructor(descriptor: { value: "i32" | "i64" | "f32" | "f64"; mutable?: boolean }, value?: number | bigint);
    value: number | bigint;
  }

  class RuntimeError extends Error {}

  function validate(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): boolean;
  function compile(bytes: Uint8Array<ArrayBuffer> | ArrayBuffer): Promise<Module>;
}
