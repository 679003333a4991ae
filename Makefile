# distmgmt: an extension for PostgreSQL, built with PGXS.
#
#   1  Version              META.json is the one place where it is written
#   2  C                    MODULE_big = all objects, by subject
#   3  Engine SQL           -> build/distmgmt--VERSION.sql
#   4  Model SQL            -> the body of create_model()
#   5  Tests                sql/ and expected/ (the other suites: bin/test)
#   6  PGXS                 make, make install, make installcheck
#   7  Rules                how 3 and 4 are poured, make dist
#
# The lists are explicit: a file that is not named here is not shipped.

# 1  Version ------------------------------------------------------------------
EXTVERSION := $(shell sed -n '0,/"version"/s/.*"version": *"\([^"]*\)".*/\1/p' META.json)

# 2  C ------------------------------------------------------------------------
MODULE_big = distmgmt
OBJS = src/distmgmt.o \
	src/feed/x12_token.o src/feed/x12_value.o src/feed/x12_dict.o \
	src/feed/x12_check.o src/feed/x12_report.o src/feed/x12_seek.o src/feed/x12_reader.o \
	src/feed/x12_sets.o src/feed/x12_867.o src/feed/x12_867_line.o \
	src/feed/x12_852.o src/feed/x12_846.o src/feed/x12_contract.o \
	src/feed/x12_832.o src/feed/feed_rows.o src/feed/x12_sql.o \
	src/feed/x12_867_sql.o src/feed/x12_852_sql.o src/feed/x12_sets_sql.o \
	src/feed/edifact_token.o src/feed/edifact_reader.o \
	src/feed/edifact_lines.o src/feed/edifact_sql.o src/feed/csv.o src/feed/csv_sql.o

# 3  Engine SQL: later parts may use earlier ones -------------------------------
ENGINE_SQL = src/install/head.sql \
	src/feed/x12.sql src/feed/x12_sets.sql \
	src/feed/x12_ack.sql src/feed/edifact.sql src/feed/csv.sql

# 4  Model SQL: a subject may use the subjects above it, never those below ------
MODEL_SUBJECTS =

# 5  Tests --------------------------------------------------------------------
REGRESS = \
	x12_delimiters \
	x12_envelope \
	x12_refusal \
	x12_867_scopes \
	x12_867_returns \
	x12_852_locations \
	x12_stock_claims_prices \
	x12_acknowledgement \
	x12_mutations \
	edifact_reports \
	csv_rows

# 6  PGXS ---------------------------------------------------------------------
EXTENSION    = build/distmgmt
DATA_built   = build/distmgmt--$(EXTVERSION).sql
PG_CPPFLAGS  = -I$(srcdir)/src
PG_CFLAGS    = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
	-Wno-missing-field-initializers
EXTRA_CLEAN  = build results output_iso

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# 7  Rules --------------------------------------------------------------------
MODEL_SQL = $(MODEL_SUBJECTS:%=src/%/model.sql)

# PGXS knows no header dependencies: any header rebuilds all.
$(OBJS): $(wildcard src/*.h src/*/*.h)

build/distmgmt.control: distmgmt.control META.json
	@mkdir -p build
	(cat $<; echo "default_version = '$(EXTVERSION)'") > $@

build/distmgmt--$(EXTVERSION).sql: $(ENGINE_SQL) $(MODEL_SQL) Makefile META.json
	@mkdir -p build
	for subject in $(MODEL_SUBJECTS); do \
		printf '    EXECUTE $$%s$$\n' $$subject; \
		cat src/$$subject/model.sql; \
		printf '$$%s$$;\n\n' $$subject; \
	done > build/model.sql
	cat $(ENGINE_SQL) | sed -e '/^-- @MODEL@$$/{' -e 'r build/model.sql' -e 'd' -e '}' > $@

DIST = distmgmt-$(EXTVERSION)
dist:
	git archive --format=zip --prefix=$(DIST)/ -o $(DIST).zip HEAD

.PHONY: dist
