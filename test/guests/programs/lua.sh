# lua5.4: the language, its library, garbage collection, coroutines.
lua5.4 - <<'END'
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(22), 1 << 40, 7 // 2, -7 // 2, 7 % -3, 2 ^ 0.5, 10 / 2, 3 | 4, ~0, math.maxinteger, math.mininteger, 1e15, 1e16, 0x1p4, 1e308 * 10, -(0/0) ~= 0)
local t = {} for i = 1, 100000 do t[i] = (i * 7919) % 100003 end table.sort(t) print(t[1], t[50000], t[100000], #t)
local words = {} for w in ("the quick brown fox the lazy dog the end"):gmatch("%a+") do words[w] = (words[w] or 0) + 1 end print(words.the, words.fox)
print(("hello world"):gsub("o", "0"), ("x=1, y=2"):gsub("(%w+)=(%w+)", "%2=%1"), ("%d"):rep(3, ","), ("abc"):byte(1, -1), ("test"):upper():reverse(), ("  trim "):match("^%s*(.-)%s*$") .. "|")
print(string.format("%5.2f %d %s %q %x %g %a", 3.14159, 42, "s", "q\n", 255, 1e100, 0.5), #string.pack("<i4 z s2", 1, "ab", "cd"), string.unpack("<i4", "\1\2\3\4"))
local co = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a * i) end return "done" end) print(co(2), co(3), co(4), co(5))
print(pcall(error, { code = 1 }), select("#", pcall(error)), pcall(function() local x = nil; return x.y end), xpcall(function() error("msg", 0) end, function(m) return "handled " .. m end))
local mt = setmetatable({}, { __index = function(_, k) return k .. "!" end, __call = function(_, ...) return select("#", ...) end, __add = function(a, b) return 99 end, __close = function() print("closed") end, __len = function() return 7 end, __lt = function() return true end, __tostring = function() return "object" end })
print(mt.key, mt(1, nil, nil), mt + 1, #mt, mt < mt, tostring(mt)) do local c <close> = mt end
collectgarbage() local before = collectgarbage("count") do local junk = {} for i = 1, 200000 do junk[i % 1000] = { i } end end collectgarbage() print(collectgarbage("count") - before < 200)
local weak = setmetatable({}, { __mode = "v" }) weak[1] = {} collectgarbage() print(weak[1])
print(math.floor(3.7), math.type(1), math.type(1.0), math.tointeger(3.0), math.ult(1, -1), utf8.char(228, 8364), utf8.len("äö"), os.time({ year = 2000, month = 1, day = 1, hour = 12 }) > 0, os.date("!%Y-%m-%d", 0), os.getenv("HOME"))
local name = os.tmpname() local f = assert(io.open(name, "w+")) f:write("one\n", 2, "\n3.5\n") f:seek("set") print(f:read("l", "n", "n")) f:close() for l in io.lines(name) do io.write(l, ";") end print(os.remove(name), io.open("/nowhere"))
local p = io.popen("echo from popen; exit 3") print(p:read("a"), p:close()) print(os.execute("exit 4")) print(load("return 1 + 1")(), load("syntax error here")) goto done
::done:: print(require("string") == string, package.config:sub(1, 1)) local s = 0 for i = 1, 3000000 do s = s + i % 7 end print(s) print(string.rep("x", 1000000):len(), table.concat({ 1, 2, 3 }, "-"), table.unpack({ 1, 2, 3 }, 2)) os.exit(7, true)
END
echo "status $?"; echo 'print("bytecode", ...)' > a.lua; luac5.4 -s -o a.luac a.lua && lua5.4 a.luac x; lua5.4 -e 'error("boom")' 2>&1; echo "status $?"; luac5.4 -l a.lua | tail -n 3 | tr -s '\t ' ' '
