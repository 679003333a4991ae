-- claim, funds: how much of the money is used, and what will be lost.

CREATE VIEW fund_utilisation WITH (security_invoker = true) AS
SELECT b.distributor_id,
    d.distributor_code,
    b.fund_id,
    b.fund_code,
    f.fund_kind,
    b.currency_code,
    b.accrued_amount + b.transferred_amount AS funded_amount,
    b.committed_amount,
    b.paid_amount,
    b.expired_amount,
    b.forfeited_amount,
    b.available_amount,
    round(100 * b.paid_amount / nullif(b.accrued_amount + b.transferred_amount, 0), 2) AS utilisation_pct,
    round(100 * (b.paid_amount + b.committed_amount) / nullif(b.accrued_amount + b.transferred_amount, 0), 2) AS pledged_pct,
    round(100 * (b.expired_amount + b.forfeited_amount) / nullif(b.accrued_amount + b.transferred_amount, 0), 2) AS lost_pct
FROM fund_balance AS b
JOIN fund AS f ON f.distributor_id = b.distributor_id AND f.fund_id = b.fund_id
JOIN distributor AS d ON d.distributor_id = b.distributor_id;
COMMENT ON VIEW fund_utilisation IS 'One row = a fund and how much of its money is used';
COMMENT ON COLUMN fund_utilisation.distributor_id IS 'The distributor';
COMMENT ON COLUMN fund_utilisation.distributor_code IS 'Its short name';
COMMENT ON COLUMN fund_utilisation.fund_id IS 'The fund';
COMMENT ON COLUMN fund_utilisation.fund_code IS 'Its short name';
COMMENT ON COLUMN fund_utilisation.fund_kind IS 'mdf or coop';
COMMENT ON COLUMN fund_utilisation.currency_code IS 'Currency of all amounts';
COMMENT ON COLUMN fund_utilisation.funded_amount IS 'Accrued, allocated and transferred. Additive within a currency';
COMMENT ON COLUMN fund_utilisation.committed_amount IS 'Promised and not paid. Additive within a currency';
COMMENT ON COLUMN fund_utilisation.paid_amount IS 'Paid. Additive within a currency';
COMMENT ON COLUMN fund_utilisation.expired_amount IS 'Expired. Additive within a currency';
COMMENT ON COLUMN fund_utilisation.forfeited_amount IS 'Lost because a deadline was missed. Additive within a currency';
COMMENT ON COLUMN fund_utilisation.available_amount IS 'What can be committed. Additive within a currency';
COMMENT ON COLUMN fund_utilisation.utilisation_pct IS 'Paid in per cent of what came in; NULL = nothing came in. Not additive';
COMMENT ON COLUMN fund_utilisation.pledged_pct IS 'Paid or promised in per cent of what came in. Not additive';
COMMENT ON COLUMN fund_utilisation.lost_pct IS 'Expired or forfeited in per cent of what came in. Not additive';

CREATE FUNCTION fund_warnings(p_on date, p_days integer DEFAULT 30) RETURNS TABLE (
    distributor_id bigint,
    fund_code text,
    warning text,
    plan_no text,
    due_on date,
    days_left integer,
    amount numeric,
    currency_code text
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT v.distributor_id,
        f.fund_code,
        CASE WHEN v.expires_on < p_on THEN 'expired'::text ELSE 'expires'::text END AS warning,
        NULL::text AS plan_no,
        v.expires_on AS due_on,
        v.expires_on - p_on AS days_left,
        sum(v.remaining_amount) AS amount,
        f.currency_code
    FROM fund_vintage AS v
    JOIN fund AS f ON f.distributor_id = v.distributor_id AND f.fund_id = v.fund_id
    WHERE v.remaining_amount > 0 AND v.expires_on <= p_on + p_days
    GROUP BY v.distributor_id, f.fund_code, v.expires_on, f.currency_code
    UNION ALL
    SELECT p.distributor_id,
        p.fund_code,
        CASE WHEN d.claim_due_on < p_on THEN 'claim overdue'::text ELSE 'claim due'::text END AS warning,
        p.plan_no,
        d.claim_due_on AS due_on,
        d.claim_due_on - p_on AS days_left,
        p.committed_amount AS amount,
        p.currency_code
    FROM fund_plan_state AS p
    JOIN fund_deadline AS d
        ON d.distributor_id = p.distributor_id
        AND d.fund_id = p.fund_id
        AND d.span_starts_on = p.span_starts_on
    WHERE p.committed_amount > 0
        AND p.claimed_amount = 0
        AND d.claim_due_on <= p_on + p_days;
END;
COMMENT ON FUNCTION fund_warnings(date, integer) IS
    'One row = money of a fund that is lost within p_days days of p_on, or would be lost already: expires / expired (nobody plans with it), claim due / claim overdue (promised to a plan for which nothing is claimed)';
