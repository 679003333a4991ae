-- price, incentives below the invoice: what the vendor gives for a line after it
-- was invoiced. Rebates are allocated to lines by their statements; everything
-- else (ship-and-debit, price protection, funds, terms, freight) is entered here
-- by whoever grants it, so that the waterfall of a line ends in its pocket price.

CREATE TABLE line_incentive (
    distributor_id bigint NOT NULL,
    fact_on date NOT NULL,
    line_incentive_id bigint GENERATED ALWAYS AS IDENTITY,
    fact_table text NOT NULL,
    fact_id bigint NOT NULL,
    incentive_kind text NOT NULL,
    amount numeric(18,4) NOT NULL,
    currency_code text NOT NULL,
    source_key text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT line_incentive_pkey PRIMARY KEY (distributor_id, fact_on, line_incentive_id),
    CONSTRAINT line_incentive_fact_check CHECK (fact_table IN ('sell_in', 'sell_through')),
    CONSTRAINT line_incentive_kind_check CHECK (incentive_kind IN ('ship_debit', 'price_protection', 'fund', 'terms', 'freight', 'other')),
    CONSTRAINT line_incentive_amount_check CHECK (amount <> 0 AND abs(amount) < 'Infinity'),
    CONSTRAINT line_incentive_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT line_incentive_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE line_incentive IS 'One row = an amount that the vendor gave for a line after it was invoiced, rebates apart (they stand in statement_allocation); taken back by a negative row';
COMMENT ON COLUMN line_incentive.distributor_id IS 'The distributor';
COMMENT ON COLUMN line_incentive.fact_on IS 'Activity date of the line';
COMMENT ON COLUMN line_incentive.line_incentive_id IS 'Key within distributor and day';
COMMENT ON COLUMN line_incentive.fact_table IS 'sell_in or sell_through';
COMMENT ON COLUMN line_incentive.fact_id IS 'Key of the line, with distributor and day';
COMMENT ON COLUMN line_incentive.incentive_kind IS 'ship_debit, price_protection, fund, terms, freight or other';
COMMENT ON COLUMN line_incentive.amount IS 'Given to the distributor; negative = taken back. Additive within a currency';
COMMENT ON COLUMN line_incentive.currency_code IS 'Currency';
COMMENT ON COLUMN line_incentive.source_key IS 'What it was given by: number of the claim, credit memo …';
COMMENT ON COLUMN line_incentive.recorded_at IS 'Since when it is known';
CREATE INDEX line_incentive_fact_idx ON line_incentive (distributor_id, fact_table, fact_on, fact_id);
CREATE INDEX line_incentive_currency_idx ON line_incentive (currency_code);

CREATE TRIGGER line_incentive_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON line_incentive
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER line_incentive_append_only ON line_incentive IS 'What was given is taken back by another row';
