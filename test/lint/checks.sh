# shellcheck shell=bash disable=SC2034,SC2154
#
# checks.sh: what bin/test lint looks at outside the catalog.
#
# Each check prints its findings, one a line; no line means passed. The checks
# of the catalog are the .sql files beside this one. They run in the order of
# this list; bin/test sets ROOT, work, built, model.
checks=(warnings analysis shell meta version words places length sources tests)
((PG_MAJOR > 15)) || checks=(layout "${checks[@]}")

# files [PATTERN...]: the files of the checkout, without what was built.
files() {
    local pattern names=()
    for pattern in "${@:-*}"; do names+=(-o -name "$pattern"); done
    (cd "$ROOT" && find . \( -name .git -o -name build -o -name results \
        -o -name node_modules -o -name output_iso -o -name tmp_check \) -prune -o -type f \
        ! -name '*.o' ! -name '*.so' ! -name '*.bc' ! -name '*.zip' \
        \( "${names[@]:1}" \) -print | sed 's,^\./,,' | sort)
}

# C is laid out as pg_bsd_indent lays it out, with our types in typedefs.list.
check_layout() {
    local file
    command -v pg_bsd_indent >/dev/null || { echo "pg_bsd_indent is not installed"; return; }
    (cd "$ROOT" && LC_ALL=C sort -cu typedefs.list) || true
    while IFS= read -r file; do
        pg_bsd_indent -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 -lp \
            -lpl -nip -npro -sac -tpg -ts4 -U"$ROOT/typedefs.list" "$ROOT/$file" "$work/layout"
        diff -u --label "$file" --label "$file (pg_bsd_indent)" "$ROOT/$file" "$work/layout" || true
    done < <(files '*.c' '*.h' | grep '^src/')
}

# All of it compiles without a warning, whatever the objects at hand came from.
check_warnings() {
    local copy=$work/warnings
    copy_checkout "$copy"
    { make_distmgmt "$copy" clean && make_distmgmt "$copy" -j"$(nproc)" all; } >"$work/warnings.log" 2>&1 ||
        cat "$work/warnings.log"
    grep -h 'warning:' "$work/warnings.log"
    rm -rf "$copy"
}

# What gcc can tell by following the paths of each file: leaks, null pointers, use
# of what was freed. What was never set it does not judge here, as it takes a loop
# that fills an array for one that may not run.
check_analysis() {
    make_distmgmt "$built" list-sources | grep '\.c$' | (cd "$ROOT" && xargs -d '\n' -n 1 -P "$(nproc)" \
        gcc -O1 -fanalyzer -Wno-analyzer-use-of-uninitialized-value -Isrc -I"$("$PG_CONFIG" --includedir-server)" -c -o /dev/null) 2>&1 |
        grep -E 'warning:|error:'
}

check_shell() {
    local file scripts=()
    command -v shellcheck >/dev/null || { echo "shellcheck is not installed"; return; }
    while IFS= read -r file; do
        ! head -n 1 "$ROOT/$file" | grep -aqE '^#(!/bin/(ba)?sh| shellcheck shell=)' || scripts+=("$file")
    done < <(files)
    (cd "$ROOT" && shellcheck -x -f gcc "${scripts[@]}")
}

# META.json is what PGXN asks for, and names the version the same way throughout.
check_meta() {
    perl -MJSON::PP -e '
        local $/;
        my $meta = eval { JSON::PP->new->decode(<STDIN>) } or die "META.json: $@";
        for my $key (qw(name version abstract maintainer license provides meta-spec)) {
            print "META.json: no $key\n" unless $meta->{$key};
        }
        print "META.json: meta-spec has no version\n" unless $meta->{"meta-spec"}{version};
        print "META.json: version is not semantic\n" unless $meta->{version} =~ /^\d+\.\d+\.\d+$/;
        while (my ($name, $part) = each %{ $meta->{provides} }) {
            for my $key (qw(file version)) {
                print "META.json: provides $name without $key\n" unless $part->{$key};
            }
            print "META.json: $name has another version\n" if $part->{version} ne $meta->{version};
            for my $file (grep defined, @$part{qw(file docfile)}) {
                print "META.json: $name names $file, which is not there\n" unless -e "$ARGV[0]/$file";
            }
        }' "$ROOT" <"$ROOT/META.json"
}

# The version is written in META.json (and told in the CHANGELOG) alone.
check_version() {
    local version
    version=$(perl -MJSON::PP -e 'local $/; print JSON::PP->new->decode(<STDIN>)->{version}' <"$ROOT/META.json")
    files | grep -vE '^(META\.json|CHANGELOG\.md|expected/|test/specs/expected/|examples/|dashboard/package)' |
        (cd "$ROOT" && xargs -d '\n' grep -InwF -e "$version")
}

# What is not finished is an issue, not a remark in the code.
check_words() {
    files | (cd "$ROOT" && xargs -d '\n' grep -InE '\b(TOD[O]|FIXM[E])\b|(/\*|--|#|//|^ \*).*\bXX[X]\b')
}

# No path of the machine that somebody worked on.
check_places() {
    files | (cd "$ROOT" && xargs -d '\n' grep -InE '(^|[^[:alnum:]_.-])/(work|root|home/[a-z]+|tmp/(wt|pg))/')
}

# A file that nobody can hold in the head is two files.
check_length() {
    files '*.c' '*.h' '*.sql' | grep '^src/' |
        (cd "$ROOT" && xargs -d '\n' wc -l) | awk '$2 != "total" && $1 > 700 { print $2 ": " $1 " lines" }'
}

# The lists of the Makefile and the files of src/ are the same.
check_sources() {
    local header
    diff <(make_distmgmt "$built" list-sources | sort) <(files '*.c' '*.sql' | grep '^src/') |
        sed -n 's/^</named in the Makefile, not there:/p; s/^>/not named in the Makefile:/p'
    while IFS= read -r header; do
        grep -rqE "#include \"(.*/)?${header##*/}\"" "$ROOT/src" || echo "nobody includes $header"
    done < <(files '*.h' | grep '^src/')
    make -s -C "$ROOT/test/fuzz" check 2>&1 || true
}

# Every promise is in REGRESS, every test has its expected output, and back.
check_tests() {
    diff <(make_distmgmt "$built" list-regress | sort) <(files '*.sql' | sed -n 's,^sql/\(.*\)\.sql$,\1,p') |
        sed -n 's/^</in REGRESS without sql:/p; s/^>/not in REGRESS:/p'
    diff <(files '*.sql' | sed -n 's,^sql/\(.*\)\.sql$,\1,p') \
        <(files '*.out' | sed -nE 's,^expected/(.*)\.out$,\1,p' | sed -E 's/_[0-9]$//' | sort -u) |
        sed -n 's/^</without expected output:/p; s/^>/expected output without test:/p'
    diff <(files '*.spec' | sed -n 's,^test/specs/\(.*\)\.spec$,\1,p') \
        <(files '*.out' | sed -nE 's,^test/specs/expected/(.*)\.out$,\1,p' | sed -E 's/_[0-9]$//' | sort -u) |
        sed -n 's/^</spec without expected output:/p; s/^>/expected output without spec:/p'
}

# raised_codes: every SQLSTATE of our own in the sources.
raised_codes() {
    {
        grep -rhoE --include='*.sql' "(ERRCODE *= *|SQLSTATE *)'ZD[0-9A-Z]{3}'" "$ROOT/src"
        grep -rhoE --include='*.[ch]' "MAKE_SQLSTATE\('Z', *'D'[^)]*\)" "$ROOT/src" | tr -d "', "
    } | grep -oE 'ZD[0-9A-Z]{3}' | sort -u | paste -sd ' '
}
