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
	src/calendar/period_key.o \
	src/rebate/fixed.o \
	src/rebate/tier_draft.o \
	src/rebate/tier_schedule_in.o \
	src/rebate/tier_schedule.o \
	src/rebate/tier_schedule_op.o \
	src/rebate/tier_schedule_json.o \
	src/rebate/tier_schedule_make.o \
	src/rebate/tier_plan.o \
	src/rebate/rebate.o \
	src/rebate/growth.o \
	src/rebate/prospect.o \
	src/rebate/tier_state.o \
	src/rebate/tier_state_io.o \
	src/rebate/tier_groups.o \
	src/rebate/tier_groups_io.o \
	src/rebate/window_support.o \
	src/rebate/rebate_accrual.o \
	src/rebate/allocate.o \
	src/rebate/allocate_window.o \
	src/rebate/allocate_agg.o

# 3  Engine SQL: later parts may use earlier ones -------------------------------
ENGINE_SQL = src/install/head.sql \
	src/calendar/period_key.sql \
	src/rebate/tier_schedule.sql \
	src/rebate/window_support.sql \
	src/rebate/tier_schedule_make.sql \
	src/rebate/rebate.sql \
	src/rebate/prospect.sql \
	src/rebate/tier_state.sql \
	src/rebate/tier_groups.sql \
	src/rebate/rebate_accrual.sql \
	src/rebate/allocate.sql

# 4  Model SQL: a subject may use the subjects above it, never those below ------
MODEL_SUBJECTS =

# 5  Tests --------------------------------------------------------------------
REGRESS = \
	tier_schedule_text \
	tier_schedule_errors \
	tier_schedule_jsonb \
	tier_schedule_order \
	tier_schedule_binary \
	tier_schedule_arithmetic \
	rebate_worked_numbers \
	rebate_working_adds_up \
	rebate_matches_reference \
	growth_rebate_pay_bases \
	value_needed_is_least \
	tier_progress_shows_the_cliff \
	tiered_rebate_groups \
	tiered_rebate_parallel \
	tiered_rebate_moving \
	tier_state_rolls_up \
	tier_groups_equal_group_by \
	rebate_accrual_adds_up \
	allocate_sums \
	period_key_orders

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
