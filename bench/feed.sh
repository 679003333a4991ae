#!/bin/sh
# feed.sh: how fast the report readers are, beside the fastest npm peers.
#
#   bench/feed.sh [MEGABYTES] [ROUNDS]
#
# Needs a server with the extension (PGHOST and so on as for psql; the server
# must be able to read the generated file), node and npm. The same file is
# read by every reader in turn, ROUNDS times; the best of each counts. Budget
# (PERFORMANCE.md, 6): x12_867 >= 5 x, x12_findings >= 15 x the MB/s of the
# fastest peer's segment stream.
set -e
here=$(cd "$(dirname "$0")" && pwd)
megabytes=${1:-20}
rounds=${2:-5}
work=$(mktemp -d "${TMPDIR:-/tmp}/feed-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
file=$work/report.edi

totals=$(python3 "$here/feed_generate.py" "$file" "$megabytes")
chmod 644 "$file"
echo "written:  $totals"
(cd "$work" && npm init -y >npm.log 2>&1 &&
    npm install --no-fund --no-audit node-x12@1.7.1 x12-parser@1.3.0 >>npm.log 2>&1) ||
    { cat "$work/npm.log"; exit 1; }

sql() { psql -XAtq -v ON_ERROR_STOP=1 "$@"; }
sql <<SQL
CREATE SCHEMA feed_bench;
CREATE TABLE feed_bench.report (document text);
ALTER TABLE feed_bench.report ALTER document SET STORAGE EXTERNAL;
INSERT INTO feed_bench.report SELECT pg_read_file('$file');
SQL
trap 'psql -Xq -c "DROP TABLE feed_bench.report" -c "DROP SCHEMA feed_bench"; rm -rf "$work"' EXIT
read=$(sql -c "SELECT json_build_object('lines', count(*), 'quantity', sum(quantity), 'amount', (sum(amount) * 100)::bigint)
    FROM feed_bench.report, distmgmt.x12_867(document)")
echo "read:     $read"
sql -v written="$totals" -v read="$read" <<'SQL'
SELECT CASE WHEN :'written'::jsonb @> :'read'::jsonb THEN 'the totals agree' ELSE 'THE TOTALS DIFFER' END AS verdict \gset
\echo :verdict
SQL

# wall and CPU seconds that a query takes, from the server's own measurement;
# three times in one session, as the first one also loads the library and maps
# the buffers
timed() {
    sql -c "SET work_mem = '256MB'" -c "SET log_executor_stats = on" -c "SET client_min_messages = log" -c "$1" -c "$1" -c "$1" 2>&1 |
        sed -n 's/^![^[]*\t\([0-9.]*\) s user, \([0-9.]*\) s system, \([0-9.]*\) s elapsed/\3 \1 \2/p' |
        awk '{ print $1, $2 + $3 }'
}
round=0
while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    for peer in node-x12 x12-parser; do
        node "$here/feed_peers.mjs" "$work" $peer "$file" >"$work/peer.json"
        echo "$peer $(sed 's/.*"seconds":\([0-9.]*\),"cpu":\([0-9.]*\).*/\1 \2/' "$work/peer.json")" >>"$work/times"
    done
    for reader in x12_findings x12_867 x12_segments; do
        timed "SELECT count(*) FROM feed_bench.report, distmgmt.$reader(document)" | sed "s/^/$reader /" >>"$work/times"
    done
done
awk -v bytes="$(stat -c %s "$file")" '
    !($1 in wall) || $2 < wall[$1] { wall[$1] = $2 }
    !($1 in cpu) || $3 < cpu[$1] { cpu[$1] = $3 }
    END {
        for (reader in wall) {
            fast[reader] = bytes / 1e6 / wall[reader]
            lean[reader] = bytes / 1e6 / cpu[reader]
            if (reader !~ /^x12_/ && fast[reader] > peer_fast) peer_fast = fast[reader]
            if (reader !~ /^x12_/ && lean[reader] > peer_lean) peer_lean = lean[reader]
        }
        for (reader in wall)
            printf "%-13s %7.1f MB/s, %6.2f x the fastest peer; %7.1f MB per CPU-s, %6.2f x the leanest\n", reader,
                fast[reader], fast[reader] / peer_fast, lean[reader], lean[reader] / peer_lean | "sort"
    }' "$work/times"
