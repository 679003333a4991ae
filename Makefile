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
	src/inventory/amount.o \
	src/inventory/fifo.o \
	src/inventory/fifo_row.o \
	src/inventory/fifo_state.o \
	src/inventory/inventory_layers.o \
	src/inventory/inventory_ledger.o \
	src/inventory/inventory_position.o \
	src/inventory/movement_kind.o \
	src/inventory/weeks_of_supply.o

# 3  Engine SQL: later parts may use earlier ones -------------------------------
ENGINE_SQL = src/install/head.sql \
	src/inventory/fifo.sql \
	src/inventory/inventory_position.sql \
	src/inventory/inventory_layers.sql \
	src/inventory/inventory_ledger.sql \
	src/inventory/inventory_opening.sql \
	src/inventory/weeks_of_supply.sql

# 4  Model SQL: a subject may use the subjects above it, never those below ------
MODEL_SUBJECTS =

# 5  Tests --------------------------------------------------------------------
REGRESS = oldest_tranche_leaves_first \
	reprice_prevents_double_dip \
	next_receipt_closes_the_deficit \
	count_sets_the_quantity \
	negative_quantity_is_the_opposite_kind \
	unknown_cost_stays_null \
	incomplete_movement_changes_nothing \
	owned_and_on_hand_agree \
	stock_is_conserved \
	fixed_point_equals_numeric \
	all_forms_agree \
	stored_layers_go_on \
	position_ignores_the_frame \
	bad_movements_are_refused \
	weeks_of_supply_walks_forward

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
