-- agreement, charges: what a missed commitment or a level that was not reached costs
-- becomes a row, as rebates do: what the facts say now less all that was charged
-- before, so that a late line or a relief changes the sum and never an earlier row.

CREATE TABLE agreement_charge (
    agreement_id bigint NOT NULL,
    version_no integer NOT NULL,
    charge_kind text NOT NULL,
    commitment_no integer NOT NULL DEFAULT 0,
    span_starts_on date NOT NULL,
    party_no bigint NOT NULL,
    posting_no integer NOT NULL,
    span_ends_on date NOT NULL,
    amount numeric(18,4) NOT NULL,
    currency_code text NOT NULL,
    charged_on date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    recorded_by text NOT NULL DEFAULT current_user,
    CONSTRAINT agreement_charge_pkey PRIMARY KEY (agreement_id, version_no, charge_kind, commitment_no, span_starts_on, party_no, posting_no),
    CONSTRAINT agreement_charge_kind_check CHECK (charge_kind IN ('shortfall', 'bill_back', 'true_up')),
    CONSTRAINT agreement_charge_commitment_check CHECK ((charge_kind = 'true_up') = (commitment_no = 0)),
    CONSTRAINT agreement_charge_amount_check CHECK (amount <> 0 AND abs(amount) < 'Infinity'),
    CONSTRAINT agreement_charge_version_fkey FOREIGN KEY (agreement_id, version_no) REFERENCES agreement_version,
    CONSTRAINT agreement_charge_currency_fkey FOREIGN KEY (currency_code) REFERENCES currency
);
COMMENT ON TABLE agreement_charge IS 'One row = a charge (negative: a credit) to a party of an agreement: what a span or year costs, less all that was charged for it before';
COMMENT ON COLUMN agreement_charge.agreement_id IS 'The agreement';
COMMENT ON COLUMN agreement_charge.version_no IS 'Its version';
COMMENT ON COLUMN agreement_charge.charge_kind IS 'shortfall = a minimum that was not bought, bill_back = discount above what the span of a missed commitment earned, true_up = discount of a year against the level that it earned';
COMMENT ON COLUMN agreement_charge.commitment_no IS 'The commitment; 0 = none, of a true_up';
COMMENT ON COLUMN agreement_charge.span_starts_on IS 'First day of the span, or of the agreement''s year';
COMMENT ON COLUMN agreement_charge.party_no IS 'The distributor; 0 = the members together';
COMMENT ON COLUMN agreement_charge.posting_no IS 'Number of the charge for this span and party, from 1; two runs that do not see each other cannot post the same one';
COMMENT ON COLUMN agreement_charge.span_ends_on IS 'Last day, inclusive';
COMMENT ON COLUMN agreement_charge.amount IS 'The charge, rounded to the minor unit. Additive within a currency';
COMMENT ON COLUMN agreement_charge.currency_code IS 'Settlement currency';
COMMENT ON COLUMN agreement_charge.charged_on IS 'Day as of which it was charged';
COMMENT ON COLUMN agreement_charge.recorded_at IS 'When it was charged';
COMMENT ON COLUMN agreement_charge.recorded_by IS 'Role that charged it';
CREATE INDEX agreement_charge_currency_idx ON agreement_charge (currency_code);

CREATE TRIGGER agreement_charge_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_charge
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER agreement_charge_append_only ON agreement_charge IS 'Charges are append-only';

CREATE FUNCTION charge_agreements(
    p_as_of date,
    p_dry_run boolean DEFAULT false
) RETURNS SETOF agreement_charge
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
DECLARE
    v_rows agreement_charge[];
BEGIN
    IF p_as_of IS NULL OR NOT isfinite(p_as_of) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'day up to which to charge is missing',
            DETAIL = format('The argument p_as_of is %s.', coalesce(p_as_of::text, 'NULL')),
            HINT = 'Give a day, such as the last of the period.';
    END IF;
    -- One after the other; who does not see the one before fails on the key.
    LOCK TABLE agreement_charge IN SHARE ROW EXCLUSIVE MODE;
    BEGIN
        WITH year AS MATERIALIZED (
            -- The years of agreements that have ended: on the day before an
            -- anniversary, or with the version.
            SELECT v.agreement_id, v.version_no, least(v.valid_to, (v.valid_from + make_interval(years => y.years + 1))::date - 1) AS ends_on
            FROM agreement_version AS v
            CROSS JOIN LATERAL generate_series(0, extract(year FROM age(least(p_as_of, v.valid_to), v.valid_from))::integer) AS y (years)
            WHERE v.version_state <> 'draft'
                AND v.valid_from <= p_as_of
        ),
        cost AS (
            SELECT c.agreement_id, c.version_no, CASE c.shortfall_mode WHEN 'cash' THEN 'shortfall' ELSE 'bill_back' END AS charge_kind,
                c.commitment_no, c.span_starts_on, c.party_no, c.span_ends_on, c.charge_amount AS amount, c.currency_code
            FROM commitment_as_of(p_as_of) AS c
            WHERE c.is_ended AND c.shortfall_mode IN ('cash', 'bill_back')
            UNION ALL
            SELECT t.agreement_id, t.version_no, 'true_up', 0, t.year_starts_on, t.party_no, y.ends_on, t.billed_amount, t.currency_code
            FROM (SELECT DISTINCT z.ends_on FROM year AS z WHERE z.ends_on <= p_as_of) AS e
            CROSS JOIN LATERAL discount_true_up(e.ends_on) AS t
            JOIN year AS y ON y.agreement_id = t.agreement_id AND y.version_no = t.version_no AND y.ends_on = e.ends_on
        ),
        charged AS (
            SELECT h.agreement_id, h.version_no, h.charge_kind, h.commitment_no, h.span_starts_on, h.party_no,
                sum(h.amount) AS amount, max(h.posting_no) AS postings
            FROM agreement_charge AS h
            GROUP BY h.agreement_id, h.version_no, h.charge_kind, h.commitment_no, h.span_starts_on, h.party_no
        ),
        entered AS (
            INSERT INTO agreement_charge (
                agreement_id, version_no, charge_kind, commitment_no, span_starts_on, party_no, posting_no, span_ends_on, amount,
                currency_code, charged_on
            )
            SELECT c.agreement_id, c.version_no, c.charge_kind, c.commitment_no, c.span_starts_on, c.party_no,
                coalesce(h.postings, 0) + 1, c.span_ends_on, c.amount - coalesce(h.amount, 0), c.currency_code, p_as_of
            FROM cost AS c
            LEFT JOIN charged AS h USING (agreement_id, version_no, charge_kind, commitment_no, span_starts_on, party_no)
            WHERE c.amount <> coalesce(h.amount, 0)
            RETURNING *
        )
        SELECT array_agg(entered::agreement_charge ORDER BY entered.agreement_id, entered.charge_kind, entered.commitment_no,
            entered.span_starts_on, entered.party_no)
        INTO v_rows
        FROM entered;
        IF p_dry_run THEN
            RAISE EXCEPTION USING ERRCODE = 'ZD999', MESSAGE = 'dry run';
        END IF;
    EXCEPTION WHEN SQLSTATE 'ZD999' THEN
        NULL;
    END;
    RETURN QUERY SELECT r.* FROM unnest(v_rows) AS r;
END
$$;
COMMENT ON FUNCTION charge_agreements(date, boolean) IS
    'Charges what commitments in modes cash and bill_back and the discount of agreements'' years that have ended by p_as_of cost, less all that was charged before; returns the rows. A second call charges nothing; p_dry_run writes nothing. 22023 without a day, ZD007 when an exchange rate is missing.';
