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
	src/calendar/fiscal_periods.o \
	src/calendar/period_key.o \
	src/catalog/amount.o \
	src/catalog/gtin.o \
	src/catalog/look_up.o \
	src/channel/fact_groups.o \
	src/inventory/fifo.o \
	src/inventory/fifo_row.o \
	src/inventory/fifo_state.o \
	src/inventory/inventory_layers.o \
	src/inventory/inventory_ledger.o \
	src/inventory/inventory_lines.o \
	src/inventory/inventory_position.o \
	src/inventory/journal.o \
	src/inventory/movement_kind.o \
	src/inventory/weeks_of_supply.o \
	src/price/price_arguments.o \
	src/price/price_book.o \
	src/price/price_floor_check.o \
	src/price/price_load.o \
	src/price/price_violation.o \
	src/feed/csv.o \
	src/feed/csv_sql.o \
	src/feed/document.o \
	src/feed/document_sql.o \
	src/feed/edifact_lines.o \
	src/feed/edifact_reader.o \
	src/feed/edifact_sql.o \
	src/feed/edifact_token.o \
	src/feed/feed_rows.o \
	src/feed/model_rows.o \
	src/feed/reported_value.o \
	src/feed/resolve_lines.o \
	src/feed/resolver.o \
	src/feed/staged_lines.o \
	src/feed/try_casts.o \
	src/feed/x12_832.o \
	src/feed/x12_846.o \
	src/feed/x12_852.o \
	src/feed/x12_852_sql.o \
	src/feed/x12_867.o \
	src/feed/x12_867_line.o \
	src/feed/x12_867_sql.o \
	src/feed/x12_check.o \
	src/feed/x12_contract.o \
	src/feed/x12_dict.o \
	src/feed/x12_plain.o \
	src/feed/x12_reader.o \
	src/feed/x12_report.o \
	src/feed/x12_seek.o \
	src/feed/x12_sets.o \
	src/feed/x12_sets_sql.o \
	src/feed/x12_sql.o \
	src/feed/x12_token.o \
	src/feed/x12_value.o \
	src/rebate/allocate.o \
	src/rebate/allocate_agg.o \
	src/rebate/allocate_window.o \
	src/rebate/fixed.o \
	src/rebate/growth.o \
	src/rebate/prospect.o \
	src/rebate/rebate.o \
	src/rebate/rebate_accrual.o \
	src/rebate/tier_draft.o \
	src/rebate/tier_groups.o \
	src/rebate/tier_groups_io.o \
	src/rebate/tier_plan.o \
	src/rebate/tier_schedule.o \
	src/rebate/tier_schedule_in.o \
	src/rebate/tier_schedule_json.o \
	src/rebate/tier_schedule_make.o \
	src/rebate/tier_schedule_op.o \
	src/rebate/tier_state.o \
	src/rebate/tier_state_io.o \
	src/rebate/window_support.o

# 3  Engine SQL: later parts may use earlier ones -------------------------------
ENGINE_SQL = src/install/head.sql \
	src/calendar/fiscal_periods.sql \
	src/calendar/period_key.sql \
	src/catalog/gtin.sql \
	src/channel/append_only.sql \
	src/channel/fact_groups.sql \
	src/inventory/fifo.sql \
	src/inventory/inventory_position.sql \
	src/inventory/inventory_layers.sql \
	src/inventory/inventory_ledger.sql \
	src/inventory/inventory_lines.sql \
	src/inventory/inventory_opening.sql \
	src/inventory/weeks_of_supply.sql \
	src/price/price_floor.sql \
	src/feed/try_casts.sql \
	src/feed/reported_value.sql \
	src/feed/resolve_lines.sql \
	src/feed/x12.sql \
	src/feed/document.sql \
	src/feed/csv.sql \
	src/feed/x12_sets.sql \
	src/feed/x12_ack.sql \
	src/feed/edifact.sql \
	src/feed/edifact_ack.sql \
	src/rebate/tier_schedule.sql \
	src/rebate/window_support.sql \
	src/rebate/tier_schedule_make.sql \
	src/rebate/rebate.sql \
	src/rebate/prospect.sql \
	src/rebate/tier_state.sql \
	src/rebate/tier_groups.sql \
	src/rebate/rebate_accrual.sql \
	src/rebate/allocate.sql \
	src/install/create_model.sql \
	src/install/check_model.sql \
	src/install/drop_model.sql

# 4  Model SQL: a subject may use the subjects above it, never those below ------
MODEL_SQL = src/install/model.sql \
	src/calendar/model.sql \
	src/calendar/model_close.sql \
	src/party/model.sql \
	src/party/model_match.sql \
	src/catalog/model.sql \
	src/access/model_approval.sql \
	src/access/model_approve.sql \
	src/agreement/model_group.sql \
	src/agreement/model.sql \
	src/channel/model.sql \
	src/agreement/model_purchase.sql \
	src/agreement/model_commitment.sql \
	src/channel/model_reference.sql \
	src/channel/model_receipt.sql \
	src/channel/model_reprice.sql \
	src/channel/model_rollup.sql \
	src/channel/model_rollup_facts.sql \
	src/channel/model_balance.sql \
	src/channel/model_unit.sql \
	src/inventory/model.sql \
	src/inventory/model_stock.sql \
	src/inventory/model_fold.sql \
	src/inventory/model_verify.sql \
	src/inventory/model_checkpoint.sql \
	src/inventory/model_close.sql \
	src/inventory/model_receive.sql \
	src/inventory/model_position.sql \
	src/inventory/model_of.sql \
	src/inventory/model_reconcile.sql \
	src/inventory/model_signals.sql \
	src/price/model.sql \
	src/price/model_special.sql \
	src/price/model_special_guard.sql \
	src/price/model_special_draw.sql \
	src/price/model_promotion.sql \
	src/price/model_incentive.sql \
	src/feed/model.sql \
	src/feed/model_rules.sql \
	src/feed/model_obligation.sql \
	src/feed/model_read.sql \
	src/feed/model_csv.sql \
	src/feed/model_stage.sql \
	src/feed/model_resolve.sql \
	src/feed/model_judge.sql \
	src/feed/model_across.sql \
	src/feed/model_csv_judge.sql \
	src/feed/model_envelope.sql \
	src/feed/model_match.sql \
	src/feed/model_book.sql \
	src/feed/model_header.sql \
	src/feed/model_intake.sql \
	src/feed/model_correct.sql \
	src/feed/model_rejudge.sql \
	src/feed/model_remap.sql \
	src/feed/model_quality.sql \
	src/agreement/model_terms.sql \
	src/agreement/model_charge.sql \
	src/price/model_authorized.sql \
	src/price/model_line_price.sql \
	src/price/model_violation.sql \
	src/price/model_discipline.sql \
	src/price/model_diversion.sql \
	src/price/model_exception.sql \
	src/rebate/model.sql \
	src/rebate/model_scope.sql \
	src/rebate/model_basis.sql \
	src/rebate/model_earn.sql \
	src/rebate/model_evaluate.sql \
	src/rebate/model_activate.sql \
	src/rebate/model_earnings.sql \
	src/rebate/model_accrual.sql \
	src/rebate/model_explain.sql \
	src/rebate/model_statement.sql \
	src/rebate/model_statement_text.sql \
	src/rebate/model_working.sql \
	src/rebate/model_settlement.sql \
	src/rebate/model_compare.sql \
	src/rebate/model_whatif.sql \
	src/price/model_waterfall.sql \
	src/reseller/model_sale.sql \
	src/reseller/model.sql \
	src/reseller/model_state.sql \
	src/reseller/model_onboarding.sql \
	src/reseller/model_enable.sql \
	src/reseller/model_track.sql \
	src/reseller/model_track_review.sql \
	src/claim/model.sql \
	src/claim/model_settle.sql \
	src/claim/model_fund.sql \
	src/claim/model_fund_flow.sql \
	src/claim/model_fund_plan.sql \
	src/claim/model_fund_claim.sql \
	src/claim/model_fund_report.sql \
	src/claim/model_rotation.sql \
	src/claim/model_rotate.sql \
	src/claim/model_protection.sql \
	src/claim/model_protect.sql \
	src/claim/model_exclusivity.sql \
	src/claim/model_ship_debit.sql \
	src/claim/model_judge_debit.sql \
	src/claim/model_debit.sql \
	src/claim/model_debit_file.sql \
	src/performance/model.sql \
	src/performance/model_measure.sql \
	src/performance/model_measure_report.sql \
	src/performance/model_measure_reseller.sql \
	src/performance/model_metric.sql \
	src/performance/model_metric_list.sql \
	src/performance/model_publish.sql \
	src/performance/model_scorecard.sql \
	src/performance/model_score.sql \
	src/performance/model_snapshot.sql \
	src/access/model_access.sql \
	src/access/model_rule.sql \
	src/access/model_grant.sql \
	src/access/model_audit.sql

# 4a Views for BI tools, laid out in a schema beside the model ------------------
BI_SQL = src/performance/bi_dim.sql \
	src/performance/bi_fact.sql \
	src/performance/bi_report.sql \
	src/performance/bi_network.sql \
	src/performance/bi_performance.sql

# 5  Tests --------------------------------------------------------------------
REGRESS = bi_contract \
	fiscal_periods_tile_time \
	nrf_calendar_is_right \
	known_fiscal_years_are_right \
	fiscal_arguments_are_checked \
	gtin_check_digit \
	oldest_tranche_leaves_first \
	reprice_prevents_double_dip \
	next_receipt_closes_the_deficit \
	count_sets_the_quantity \
	negative_quantity_is_the_opposite_kind \
	unknown_cost_stays_null \
	incomplete_movement_changes_nothing \
	owned_and_on_hand_agree \
	stock_is_conserved \
	fixed_point_equals_numeric \
	position_ignores_the_frame \
	bad_movements_are_refused \
	weeks_of_supply_walks_forward \
	tier_schedule_text \
	tier_schedule_errors \
	tier_schedule_jsonb \
	tier_schedule_order \
	tier_schedule_binary \
	rebate_worked_numbers \
	rebate_working_adds_up \
	tier_progress_shows_the_cliff \
	tiered_rebate_groups \
	tiered_rebate_parallel \
	tiered_rebate_moving \
	tier_state_rolls_up \
	allocate_sums \
	x12_delimiters \
	x12_envelope \
	x12_refusal \
	x12_867_scopes \
	x12_867_returns \
	x12_852_locations \
	x12_mutations \
	csv_rows \
	reported_values \
	document_encodings \
	price_rejects_below_floor \
	price_holds_and_records \
	price_chooses_floor \
	price_follows_changes \
	price_refuses_misuse \
	price_checks_every_path \
	price_equals_query \
	price_binds_everyone \
	all_forms_agree \
	lines_in_any_order \
	stored_layers_go_on \
	tier_schedule_arithmetic \
	rebate_matches_reference \
	growth_rebate_pay_bases \
	value_needed_is_least \
	tier_groups_equal_group_by \
	rebate_accrual_adds_up \
	fact_groups_equal_group_by \
	period_key_orders \
	x12_stock_claims_prices \
	x12_acknowledgement \
	edifact_reports \
	edifact_acknowledgement \
	reports_survive_mutation \
	x12_dialects \
	readers_take_the_rare \
	x12_reads_alike_at_any_place

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
# PGXS knows no header dependencies: any header rebuilds all; so does another
# server or another compiler than last time.
$(OBJS): $(wildcard src/*.h src/*/*.h) build/toolchain

build/toolchain: force
	@mkdir -p build
	@{ $(PG_CONFIG) --version; $(CC) --version; } > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

build/distmgmt.control: distmgmt.control META.json
	@mkdir -p build
	(cat $<; echo "default_version = '$(EXTVERSION)'") > $@

pour = for part in $(1:src/%.sql=%); do \
		tag=$$(echo $$part | tr / _); \
		printf '    EXECUTE $$%s$$\n' $$tag; \
		cat src/$$part.sql; \
		printf '$$%s$$;\n\n' $$tag; \
	done

build/distmgmt--$(EXTVERSION).sql: $(ENGINE_SQL) $(MODEL_SQL) $(BI_SQL) Makefile META.json
	@mkdir -p build
	$(call pour,$(MODEL_SQL)) > build/model.sql
	$(call pour,$(BI_SQL)) > build/bi.sql
	cat $(ENGINE_SQL) | sed -e '/^-- @MODEL@$$/{' -e 'r build/model.sql' -e 'd' -e '}' \
		-e '/^-- @BI@$$/{' -e 'r build/bi.sql' -e 'd' -e '}' > $@

DIST = distmgmt-$(EXTVERSION)
DISTDIR ?= .
dist:
	git archive --format=zip --prefix=$(DIST)/ -o '$(DISTDIR)/$(DIST).zip' HEAD

# What bin/test asks: the tests, and the sources that are shipped.
list-regress:
	@for test in $(REGRESS); do echo $$test; done
list-sources:
	@for file in $(OBJS:.o=.c) $(ENGINE_SQL) $(MODEL_SQL) $(BI_SQL); do echo $$file; done

.PHONY: dist force list-regress list-sources
