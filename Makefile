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
	src/price/price_arguments.o src/price/price_book.o \
	src/price/price_floor_check.o src/price/price_load.o \
	src/price/price_violation.o

# 3  Engine SQL: later parts may use earlier ones -------------------------------
ENGINE_SQL = src/install/head.sql \
	src/price/price_floor.sql

# 4  Model SQL: a subject may use the subjects above it, never those below ------
MODEL_SUBJECTS =

# 5  Tests --------------------------------------------------------------------
REGRESS = \
	price_rejects_below_floor \
	price_holds_and_records \
	price_chooses_floor \
	price_follows_changes \
	price_refuses_misuse \
	price_checks_every_path \
	price_equals_query \
	price_binds_everyone

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
