# sqlite3: 200,000 rows in a file, indexes, transactions, a journal that is rolled back, a write-ahead log, two writers, full-text search.
sqlite3 --version | cut -d' ' -f1
sqlite3 db <<'END'
create table t(id integer primary key, a int, b text, c real);
begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) insert into t select i, i * 7919 % 100003, 'row ' || i || ' ' || hex(i * 31), i / 7.0 from n;
commit;
select count(*), sum(a), round(sum(c), 3), max(length(b)) from t;
create index ta on t(a); create index tb on t(b);
explain query plan select * from t where a = 5;
select id, b from t where a = 77; select b from t where b like 'row 19999%' order by b desc limit 3;
select a % 10 as k, count(*), avg(c) from t group by k having k > 6 order by 2 desc, 1;
select count(*) from t x join t y on x.a = y.id where x.id < 20000;
select id, sum(a) over (order by id rows 2 preceding) from t limit 3;
update t set b = upper(b) where id % 1000 = 0; delete from t where a < 1000; select count(*), total(a) from t; select changes();
begin; delete from t; select count(*) from t; rollback; select count(*) from t;
vacuum; pragma integrity_check; pragma page_count;
create virtual table f using fts5(x); insert into f select b from t limit 2000; select count(*) from f where f match 'row'; select json_extract('{"a":[1,2,{"b":3}]}', '$.a[2].b'), printf('%08.3f', 3.14159), date('2024-02-29', '+1 year'), hex(randomblob(2)) != '', quote(x'0102'), 1 / 3.0, 9223372036854775807 + 1;
END
sqlite3 db '.schema' '.mode csv' 'select * from t limit 2' '.mode json' 'select 1 as x' 2>&1; sqlite3 db .dump | sqlite3 copy; sqlite3 copy 'select count(*) from t'
sqlite3 db 'pragma journal_mode = wal' 'insert into t values (900000, 1, 2, 3)' 'pragma wal_checkpoint' 'select count(*) from t where id = 900000'; ls db*
for w in 1 2 3; do (for i in 1 2 3 4 5; do sqlite3 -cmd '.timeout 20000' db "insert into t(a, b) values ($w, 'writer')"; done) & done; wait; sqlite3 db "select a, count(*) from t where b = 'writer' group by a"
(echo 'begin exclusive;'; sleep 1) | sqlite3 db & sleep 0.5; sqlite3 db 'insert into t(a) values (1)' 2>&1; wait
sqlite3 nosuch/db 'select 1' 2>&1; sqlite3 db 'select broken from' 2>&1; echo "status $?"; sqlite3 :memory: 'select sqlite_version() > 3'
