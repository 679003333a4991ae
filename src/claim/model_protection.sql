-- claim, price protection: what stock loses when the price falls (and gains, by
-- term, when it rises), made good tranche by tranche.
--
--     tranches at the close of the day before · in transit by term
--       − excluded, too old, counted but never bought
--       × (what the tranche costs − the new price)   each tranche its own difference
--
-- An assessment is worked out from the facts as they are known; a late fact gives
-- another one and the posting is the difference. With a posting the stock costs
-- the new price (inventory_reprice), so that the next cut, a ship-and-debit claim
-- or a return goes by that and the same difference is not paid again.

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD127', 'A price protection of an earlier day is not decided and posted yet', 'Decide it with decide_claims() and post it with post_claims(), then run again', true),
    ('ZD128', 'A price protection is claimed too late, or there is none', 'See price_protection and protection_term.claim_days', false);

CREATE TABLE protection_term (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    look_back_days integer,
    covers_in_transit boolean NOT NULL DEFAULT false,
    covers_increase boolean NOT NULL DEFAULT false,
    minimum_change_pct numeric(9,4) NOT NULL DEFAULT 0,
    cap_amount numeric(18,4),
    reported_policy text NOT NULL DEFAULT 'lower',
    settles_by text NOT NULL DEFAULT 'credit',
    claim_days integer,
    CONSTRAINT protection_term_pkey PRIMARY KEY (agreement_id, version_no),
    CONSTRAINT protection_term_days_check CHECK (look_back_days >= 0 AND claim_days >= 0),
    CONSTRAINT protection_term_minimum_check CHECK (minimum_change_pct >= 0 AND minimum_change_pct < 'Infinity'),
    CONSTRAINT protection_term_cap_check CHECK (cap_amount > 0 AND cap_amount < 'Infinity'),
    CONSTRAINT protection_term_reported_check CHECK (reported_policy IN ('lower', 'counted')),
    CONSTRAINT protection_term_settles_check CHECK (settles_by IN ('credit', 'claim')),
    CONSTRAINT protection_term_claim_check CHECK (claim_days IS NULL OR settles_by = 'claim'),
    CONSTRAINT protection_term_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE protection_term IS 'One row = how an agreement protects stock against changes of the price; without a row only agreement_version.price_protection_days holds, the rest as by default';
COMMENT ON COLUMN protection_term.agreement_id IS 'The agreement';
COMMENT ON COLUMN protection_term.version_no IS 'Its version';
COMMENT ON COLUMN protection_term.look_back_days IS 'Tranches are covered that came in so many days before the change or later; NULL = as in agreement_version.price_protection_days, and where that is NULL of any age';
COMMENT ON COLUMN protection_term.covers_in_transit IS 'Whether goods on their way at the close of the day before are covered';
COMMENT ON COLUMN protection_term.covers_increase IS 'Reverse protection: whether the distributor owes the gain when the price rises';
COMMENT ON COLUMN protection_term.minimum_change_pct IS 'Changes of the list price of less than so many per cent are not protected';
COMMENT ON COLUMN protection_term.cap_amount IS 'Most that a change of one day pays to the distributor, settlement currency; NULL = no cap';
COMMENT ON COLUMN protection_term.reported_policy IS 'When more was counted than can be accounted for: lower = the surplus is not covered and stays with reconciliation, counted = it is covered. Where less was counted the count holds either way';
COMMENT ON COLUMN protection_term.settles_by IS 'credit = automatic, claim = only when the distributor claims';
COMMENT ON COLUMN protection_term.claim_days IS 'Days after the change by which it has to be claimed; NULL = any time';

CREATE TABLE protection_exclusion (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    exclusion_no integer NOT NULL,
    product_line ltree,
    product_id bigint,
    reason text NOT NULL,
    CONSTRAINT protection_exclusion_pkey PRIMARY KEY (agreement_id, version_no, exclusion_no),
    CONSTRAINT protection_exclusion_what_check CHECK (num_nonnulls(product_line, product_id) = 1),
    CONSTRAINT protection_exclusion_product_fkey FOREIGN KEY (product_id) REFERENCES product,
    CONSTRAINT protection_exclusion_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version
);
COMMENT ON TABLE protection_exclusion IS 'One row = products that an agreement does not protect';
COMMENT ON COLUMN protection_exclusion.agreement_id IS 'The agreement';
COMMENT ON COLUMN protection_exclusion.version_no IS 'Its version';
COMMENT ON COLUMN protection_exclusion.exclusion_no IS 'Number of the exclusion, from 1';
COMMENT ON COLUMN protection_exclusion.product_line IS 'Product line, with everything below it; NULL = see product_id';
COMMENT ON COLUMN protection_exclusion.product_id IS 'The product; NULL = see product_line';
COMMENT ON COLUMN protection_exclusion.reason IS 'Why';
CREATE INDEX protection_exclusion_product_idx ON protection_exclusion (product_id);

CREATE TABLE price_protection (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    effective_on date NOT NULL,
    currency_code text NOT NULL,
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    settles_by text NOT NULL,
    claim_until date,
    CONSTRAINT price_protection_pkey PRIMARY KEY (distributor_id, claim_id),
    CONSTRAINT price_protection_change_key UNIQUE (distributor_id, effective_on, currency_code),
    CONSTRAINT price_protection_claim_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES claim,
    CONSTRAINT price_protection_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version,
    CONSTRAINT price_protection_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE price_protection IS 'One row = the protection of a distributor''s stock against the changes of price of one day';
COMMENT ON COLUMN price_protection.distributor_id IS 'The distributor';
COMMENT ON COLUMN price_protection.claim_id IS 'The claim';
COMMENT ON COLUMN price_protection.effective_on IS 'First day of the new prices';
COMMENT ON COLUMN price_protection.currency_code IS 'Currency of the prices';
COMMENT ON COLUMN price_protection.agreement_id IS 'Agreement that protects';
COMMENT ON COLUMN price_protection.version_no IS 'Its version';
COMMENT ON COLUMN price_protection.settles_by IS 'credit or claim, as in the terms';
COMMENT ON COLUMN price_protection.claim_until IS 'Last day for claiming it; NULL = any time';
CREATE INDEX price_protection_version_idx ON price_protection (agreement_id, version_no);
CREATE INDEX price_protection_currency_idx ON price_protection (currency_code);

CREATE TABLE price_protection_request (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    request_no integer NOT NULL,
    requested_on date NOT NULL,
    reference_no text NOT NULL,
    requested_amount numeric(18,4),
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT price_protection_request_pkey PRIMARY KEY (distributor_id, claim_id, request_no),
    CONSTRAINT price_protection_request_no_check CHECK (request_no > 0),
    CONSTRAINT price_protection_request_amount_check CHECK (requested_amount >= 0 AND requested_amount < 'Infinity'),
    CONSTRAINT price_protection_request_protection_fkey FOREIGN KEY (distributor_id, claim_id) REFERENCES price_protection
);
COMMENT ON TABLE price_protection_request IS 'One row = the distributor claims a protection; a later one stands in place of those before';
COMMENT ON COLUMN price_protection_request.distributor_id IS 'The distributor';
COMMENT ON COLUMN price_protection_request.claim_id IS 'The protection';
COMMENT ON COLUMN price_protection_request.request_no IS 'Number of the request, from 1';
COMMENT ON COLUMN price_protection_request.requested_on IS 'Day of the claim';
COMMENT ON COLUMN price_protection_request.reference_no IS 'The distributor''s own number';
COMMENT ON COLUMN price_protection_request.requested_amount IS 'What it claims; no more is paid. NULL = whatever is due';
COMMENT ON COLUMN price_protection_request.recorded_at IS 'When it was entered';
COMMENT ON COLUMN price_protection_request.recorded_by IS 'Role that entered it';

CREATE TABLE price_protection_line (
    distributor_id bigint NOT NULL,
    claim_id bigint NOT NULL,
    assessment_no integer NOT NULL,
    line_no integer NOT NULL,
    warehouse_id bigint NOT NULL,
    product_id bigint NOT NULL,
    stock_place text NOT NULL,
    tranche_on date NOT NULL,
    quantity numeric NOT NULL,
    unit_cost numeric NOT NULL,
    new_cost numeric NOT NULL,
    amount numeric NOT NULL,
    CONSTRAINT price_protection_line_pkey PRIMARY KEY (distributor_id, claim_id, assessment_no, line_no),
    CONSTRAINT price_protection_line_place_check CHECK (stock_place IN ('on_hand', 'in_transit')),
    CONSTRAINT price_protection_line_amount_check CHECK (amount = quantity * (unit_cost - new_cost)),
    CONSTRAINT price_protection_line_quantity_check CHECK (quantity > 0)
);
COMMENT ON TABLE price_protection_line IS 'One row = a tranche that an assessment of a protection covers. Written with its claim, assessment and item in one statement, by assess_protections() alone, so it carries no foreign keys of its own';
COMMENT ON COLUMN price_protection_line.distributor_id IS 'The distributor';
COMMENT ON COLUMN price_protection_line.claim_id IS 'The protection';
COMMENT ON COLUMN price_protection_line.assessment_no IS 'The assessment';
COMMENT ON COLUMN price_protection_line.line_no IS 'Number of the line in the assessment, from 1';
COMMENT ON COLUMN price_protection_line.warehouse_id IS 'Where it lies, or goes';
COMMENT ON COLUMN price_protection_line.product_id IS 'The product';
COMMENT ON COLUMN price_protection_line.stock_place IS 'on_hand or in_transit at the close of the day before';
COMMENT ON COLUMN price_protection_line.tranche_on IS 'Date of the tranche';
COMMENT ON COLUMN price_protection_line.quantity IS 'Base units that are covered. Additive';
COMMENT ON COLUMN price_protection_line.unit_cost IS 'What one base unit of the tranche cost until then, earlier protections included';
COMMENT ON COLUMN price_protection_line.new_cost IS 'What it costs from then on: new list price less the discount of the distributor''s level';
COMMENT ON COLUMN price_protection_line.amount IS 'quantity × (unit_cost − new_cost), full precision; negative = a price that rose. Additive within a currency and assessment';

CREATE TRIGGER protection_term_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON protection_term
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_terms();
COMMENT ON TRIGGER protection_term_frozen ON protection_term IS 'Terms are immutable once their version is active';

CREATE TRIGGER protection_exclusion_frozen
    BEFORE INSERT OR UPDATE OR DELETE ON protection_exclusion
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_active_terms();
COMMENT ON TRIGGER protection_exclusion_frozen ON protection_exclusion IS 'Terms are immutable once their version is active';

CREATE TRIGGER protection_term_not_truncated
    BEFORE TRUNCATE ON protection_term
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER protection_term_not_truncated ON protection_term IS 'What is in force is not emptied';

CREATE TRIGGER protection_exclusion_not_truncated
    BEFORE TRUNCATE ON protection_exclusion
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER protection_exclusion_not_truncated ON protection_exclusion IS 'What is in force is not emptied';

CREATE TRIGGER price_protection_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON price_protection
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER price_protection_append_only ON price_protection IS 'Claims are append-only';

CREATE TRIGGER price_protection_request_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON price_protection_request
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER price_protection_request_append_only ON price_protection_request IS 'Claims are append-only';

CREATE TRIGGER price_protection_line_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON price_protection_line
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER price_protection_line_append_only ON price_protection_line IS 'Claims are append-only';

CREATE VIEW price_change WITH (security_invoker = true) AS
SELECT c.price_list_id,
    l.price_list_code,
    c.product_id,
    c.effective_on,
    c.old_price,
    c.new_price,
    round(100 * (c.new_price - c.old_price) / nullif(c.old_price, 0), 4) AS change_pct,
    l.currency_code,
    l.territory_id
FROM (
    SELECT i.price_list_id, i.product_id, i.valid_from AS effective_on, i.list_price AS new_price,
        lag(i.list_price) OVER (PARTITION BY i.price_list_id, i.product_id ORDER BY i.valid_from) AS old_price
    FROM price_list_item AS i
) AS c
JOIN price_list AS l ON l.price_list_id = c.price_list_id
WHERE c.old_price <> c.new_price;
COMMENT ON VIEW price_change IS 'One row = a list price that became another one';
COMMENT ON COLUMN price_change.price_list_id IS 'The list';
COMMENT ON COLUMN price_change.price_list_code IS 'Its short name';
COMMENT ON COLUMN price_change.product_id IS 'The product';
COMMENT ON COLUMN price_change.effective_on IS 'First day of the new price';
COMMENT ON COLUMN price_change.old_price IS 'List price of one base unit before';
COMMENT ON COLUMN price_change.new_price IS 'List price of one base unit from then on';
COMMENT ON COLUMN price_change.change_pct IS 'Change in per cent of the old price; NULL = it was 0. Not additive';
COMMENT ON COLUMN price_change.currency_code IS 'Currency of the list';
COMMENT ON COLUMN price_change.territory_id IS 'Territory of the list; NULL = every territory without a list of its own';

CREATE VIEW protection_term_in_force WITH (security_invoker = true) AS
SELECT a.distributor_id,
    v.agreement_id,
    v.version_no,
    coalesce(t.look_back_days, v.price_protection_days) AS look_back_days,
    coalesce(t.covers_in_transit, false) AS covers_in_transit,
    coalesce(t.covers_increase, false) AS covers_increase,
    coalesce(t.minimum_change_pct, 0) AS minimum_change_pct,
    t.cap_amount,
    coalesce(t.reported_policy, 'lower') AS reported_policy,
    coalesce(t.settles_by, 'credit') AS settles_by,
    t.claim_days,
    v.settlement_currency,
    v.valid_from,
    v.valid_to
FROM agreement_version AS v
JOIN agreement AS a ON a.agreement_id = v.agreement_id
LEFT JOIN protection_term AS t ON t.agreement_id = v.agreement_id AND t.version_no = v.version_no
WHERE v.version_state <> 'draft'
    AND (t.agreement_id IS NOT NULL OR v.price_protection_days IS NOT NULL);
COMMENT ON VIEW protection_term_in_force IS 'One row = an agreement in force that protects stock, with its terms';
COMMENT ON COLUMN protection_term_in_force.distributor_id IS 'The distributor';
COMMENT ON COLUMN protection_term_in_force.agreement_id IS 'The agreement';
COMMENT ON COLUMN protection_term_in_force.version_no IS 'Its version';
COMMENT ON COLUMN protection_term_in_force.look_back_days IS 'Greatest age of a tranche, days; NULL = any';
COMMENT ON COLUMN protection_term_in_force.covers_in_transit IS 'Whether goods on their way are covered';
COMMENT ON COLUMN protection_term_in_force.covers_increase IS 'Whether a gain is owed when the price rises';
COMMENT ON COLUMN protection_term_in_force.minimum_change_pct IS 'Least change that is protected, per cent';
COMMENT ON COLUMN protection_term_in_force.cap_amount IS 'Most that a day pays; NULL = no cap';
COMMENT ON COLUMN protection_term_in_force.reported_policy IS 'lower or counted';
COMMENT ON COLUMN protection_term_in_force.settles_by IS 'credit or claim';
COMMENT ON COLUMN protection_term_in_force.claim_days IS 'Days for claiming; NULL = any time';
COMMENT ON COLUMN protection_term_in_force.settlement_currency IS 'Currency of prices and amounts';
COMMENT ON COLUMN protection_term_in_force.valid_from IS 'First day of the version';
COMMENT ON COLUMN protection_term_in_force.valid_to IS 'Last day, inclusive; NULL = until further notice';
