-- reseller, states: where each reseller stood on a day, from its events and from
-- what it bought. A reseller is one however many distributors it buys from and
-- whatever was merged into it.

CREATE FUNCTION reseller_purchases_as_of(
    p_on date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    reseller_id bigint,
    first_on date,
    last_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- As known now: whole months from the rollup, the days of the month that p_on
    -- cuts from the facts of those days. As known earlier: from all facts.
    SELECT m.distributor_id,
        r.root_id AS reseller_id,
        m.first_on,
        m.last_on
    FROM reseller_month AS m
    JOIN reseller_root AS r ON r.reseller_id = m.reseller_id
    WHERE p_knowledge = 'infinity'
        AND m.month_on < date_trunc('month', (p_on + 1)::timestamp)::date
        AND m.sale_lines > 0
    UNION ALL
    SELECT d.distributor_id,
        r.root_id AS reseller_id,
        f.sold_on AS first_on,
        f.sold_on AS last_on
    FROM distributor AS d
    JOIN sell_through_as_of(p_on, p_knowledge) AS f ON f.distributor_id = d.distributor_id
    JOIN reseller_root AS r ON r.reseller_id = f.reseller_id
    WHERE f.sold_on >= CASE p_knowledge
            WHEN 'infinity' THEN date_trunc('month', (p_on + 1)::timestamp)::date
            ELSE '-infinity'
        END
        AND f.quantity > 0;
END;
COMMENT ON FUNCTION reseller_purchases_as_of(date, timestamptz) IS
    'One row = a time (at most a month) in which a reseller, after mergers, bought of a distributor: first and last day. Up to p_on, as known at p_knowledge; with the default knowledge from the rollup. Returns alone are no purchase';

CREATE FUNCTION reseller_buyers_as_of(
    p_on date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    distributor_id bigint,
    reseller_id bigint,
    first_on date,
    last_on date
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Who bought nothing after p_on is told by one row; of the others the purchases
    -- up to then are looked at.
    SELECT u.distributor_id,
        u.reseller_id,
        min(u.first_on) AS first_on,
        max(u.last_on) AS last_on
    FROM (
        SELECT b.distributor_id, r.root_id AS reseller_id, b.first_on, b.last_on
        FROM reseller_buyer AS b
        JOIN reseller_root AS r ON r.reseller_id = b.reseller_id
        WHERE p_knowledge = 'infinity'
            AND b.last_on <= p_on
        UNION ALL
        SELECT m.distributor_id, r.root_id AS reseller_id, m.first_on, m.last_on
        FROM reseller_buyer AS b
        JOIN reseller_month AS m ON m.distributor_id = b.distributor_id AND m.reseller_id = b.reseller_id
        JOIN reseller_root AS r ON r.reseller_id = b.reseller_id
        WHERE p_knowledge = 'infinity'
            AND b.last_on > p_on
            AND b.first_on <= p_on
            AND m.month_on < date_trunc('month', (p_on + 1)::timestamp)::date
            AND m.sale_lines > 0
        UNION ALL
        SELECT d.distributor_id, r.root_id AS reseller_id, f.sold_on AS first_on, f.sold_on AS last_on
        FROM distributor AS d
        JOIN sell_through_as_of(p_on, p_knowledge) AS f ON f.distributor_id = d.distributor_id
        JOIN reseller_root AS r ON r.reseller_id = f.reseller_id
        WHERE f.sold_on >= CASE p_knowledge
                WHEN 'infinity' THEN date_trunc('month', (p_on + 1)::timestamp)::date
                ELSE '-infinity'
            END
            AND f.quantity > 0
    ) AS u
    GROUP BY u.distributor_id, u.reseller_id;
END;
COMMENT ON FUNCTION reseller_buyers_as_of(date, timestamptz) IS
    'One row = a reseller, after mergers, that bought of a distributor up to p_on, as known at p_knowledge: first and last day. With the default knowledge from the rollups; quick for today';

CREATE FUNCTION reseller_comebacks_as_of(
    p_on date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    reseller_id bigint,
    comeback_on date,
    idle_days integer
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT g.reseller_id,
        g.first_on,
        g.first_on - g.before_on
    FROM (
        SELECT p.reseller_id,
            p.first_on,
            max(p.last_on) OVER (
                PARTITION BY p.reseller_id ORDER BY p.first_on, p.last_on
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_on
        FROM reseller_purchases_as_of(p_on, p_knowledge) AS p
    ) AS g
    WHERE g.first_on - g.before_on > (SELECT y.dormant_days FROM reseller_policy_on(p_on) AS y);
END;
COMMENT ON FUNCTION reseller_comebacks_as_of(date, timestamptz) IS
    'One row = a purchase of a reseller that had been dormant or churned: the day, and the days since the purchase before. Re-activation is counted here and never as activation';

CREATE FUNCTION reseller_pipeline_as_of(
    p_on date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    reseller_id bigint,
    pipeline_state text,
    pipeline_since date,
    enrolled_on date,
    recruited_by_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Of merged resellers the one that got furthest counts, one that was
    -- terminated only where there is no other.
    SELECT DISTINCT ON (o.root_id)
        o.root_id,
        l.to_state,
        l.happened_on,
        min(n.enrolled_on) OVER (PARTITION BY o.root_id),
        first_value(n.distributor_id) OVER (PARTITION BY o.root_id ORDER BY n.enrolled_on, o.reseller_id)
    FROM (
        SELECT DISTINCT ON (e.reseller_id)
            e.reseller_id, e.to_state, e.happened_on
        FROM reseller_event_as_of(p_on, p_knowledge) AS e
        ORDER BY e.reseller_id, e.happened_on DESC, e.reseller_event_id DESC
    ) AS l
    JOIN reseller_root AS o ON o.reseller_id = l.reseller_id
    JOIN reseller_state AS s ON s.reseller_state = l.to_state
    LEFT JOIN (
        SELECT DISTINCT ON (e.reseller_id)
            e.reseller_id, e.happened_on AS enrolled_on, e.distributor_id
        FROM reseller_event_as_of(p_on, p_knowledge) AS e
        JOIN reseller_state AS t ON t.reseller_state = e.to_state AND t.is_enrolment
        ORDER BY e.reseller_id, e.happened_on, e.reseller_event_id
    ) AS n ON n.reseller_id = l.reseller_id
    ORDER BY o.root_id, l.to_state = 'terminated', s.place DESC, o.reseller_id <> o.root_id, o.reseller_id;
END;
COMMENT ON FUNCTION reseller_pipeline_as_of(date, timestamptz) IS
    'One row = where a reseller, after mergers, stood by its events on p_on: the state and since when, the day it was enrolled first (reseller_state.is_enrolment; NULL = never) and the distributor that recruited it. Resellers without events are left out';

CREATE FUNCTION reseller_enrolment_as_of(
    p_on date DEFAULT 'infinity',
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    reseller_id bigint,
    pipeline_state text,
    pipeline_since date,
    enrolled_on date,
    recruited_by_id bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT r.reseller_id,
        coalesce(l.pipeline_state, 'none'),
        l.pipeline_since,
        coalesce(l.enrolled_on, d.related_on),
        coalesce(l.recruited_by_id, CASE WHEN l.enrolled_on IS NULL THEN d.distributor_id END)
    FROM reseller AS r
    LEFT JOIN reseller_pipeline_as_of(p_on, p_knowledge) AS l ON l.reseller_id = r.reseller_id
    LEFT JOIN (
        SELECT DISTINCT ON (o.root_id)
            o.root_id, h.valid_from AS related_on, h.distributor_id
        FROM distributor_reseller AS h
        JOIN reseller_root AS o ON o.reseller_id = h.reseller_id
        WHERE h.valid_from <= p_on
        ORDER BY o.root_id, h.valid_from, h.distributor_id
    ) AS d ON d.root_id = r.reseller_id
    WHERE r.merged_into_id IS NULL;
END;
COMMENT ON FUNCTION reseller_enrolment_as_of(date, timestamptz) IS
    'One row = a reseller (merged ones counted with the one they are): its state by events (none = there are none), since when, and the day of enrolment with the distributor that recruited it: the event, else the begin of its first relation with a distributor; NULL = not enrolled';

CREATE FUNCTION reseller_state_as_of(
    p_on date DEFAULT current_date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    reseller_id bigint,
    reseller_code text,
    lifecycle_state text,
    state_since date,
    pipeline_state text,
    commercial_state text,
    enrolled_on date,
    recruited_by_id bigint,
    first_sold_on date,
    last_sold_on date,
    comeback_on date,
    days_to_first_deal integer,
    distributors bigint
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT x.reseller_id,
        x.reseller_code,
        CASE
            WHEN x.pipeline_state = 'terminated' THEN 'terminated'
            WHEN x.commercial_state <> 'none' THEN x.commercial_state
            ELSE x.pipeline_state
        END,
        CASE
            WHEN x.pipeline_state = 'terminated' OR x.commercial_state = 'none' THEN x.pipeline_since
            WHEN x.commercial_state = 'activated' THEN x.first_sold_on
            WHEN x.commercial_state = 'active' THEN coalesce(x.comeback_on, x.first_sold_on)
            WHEN x.commercial_state = 'dormant' THEN x.last_sold_on + x.dormant_days + 1
            ELSE x.last_sold_on + x.churn_days + 1
        END,
        x.pipeline_state,
        x.commercial_state,
        x.enrolled_on,
        x.recruited_by_id,
        x.first_sold_on,
        x.last_sold_on,
        x.comeback_on,
        CASE WHEN x.first_sold_on >= x.enrolled_on THEN x.first_sold_on - x.enrolled_on WHEN x.first_sold_on < x.enrolled_on THEN 0 END,
        coalesce(x.distributors, 0)
    FROM (
        SELECT l.reseller_id,
            r.reseller_code,
            l.pipeline_state,
            l.pipeline_since,
            l.enrolled_on,
            l.recruited_by_id,
            s.first_sold_on,
            s.last_sold_on,
            c.comeback_on,
            s.distributors,
            y.dormant_days,
            y.churn_days,
            CASE
                WHEN s.last_sold_on IS NULL THEN 'none'
                WHEN CASE WHEN isfinite(p_on) THEN p_on ELSE (now() AT TIME ZONE 'UTC')::date END - s.last_sold_on > y.churn_days THEN 'churned'
                WHEN CASE WHEN isfinite(p_on) THEN p_on ELSE (now() AT TIME ZONE 'UTC')::date END - s.last_sold_on > y.dormant_days THEN 'dormant'
                WHEN s.first_sold_on = s.last_sold_on THEN 'activated'
                ELSE 'active'
            END AS commercial_state
        FROM reseller_enrolment_as_of(p_on, p_knowledge) AS l
        JOIN reseller AS r ON r.reseller_id = l.reseller_id
        CROSS JOIN reseller_policy_on(p_on) AS y
        LEFT JOIN (
            SELECT p.reseller_id,
                min(p.first_on) AS first_sold_on,
                max(p.last_on) AS last_sold_on,
                count(*) AS distributors
            FROM reseller_buyers_as_of(p_on, p_knowledge) AS p
            GROUP BY p.reseller_id
        ) AS s ON s.reseller_id = l.reseller_id
        LEFT JOIN (
            SELECT b.reseller_id, max(b.comeback_on) AS comeback_on
            FROM reseller_comebacks_as_of(p_on, p_knowledge) AS b
            GROUP BY b.reseller_id
        ) AS c ON c.reseller_id = l.reseller_id
    ) AS x;
END;
COMMENT ON FUNCTION reseller_state_as_of(date, timestamptz) IS
    'One row = a reseller (merged ones counted with the one they are) as it stood at the close of p_on, as known at p_knowledge. pipeline_state follows from its events, commercial_state from what it bought (none, activated, active, dormant, churned; windows of reseller_policy), lifecycle_state is terminated, else the commercial state, else that of the events. enrolled_on = the event, else the begin of its first relation with a distributor; days_to_first_deal counts from it (0 where it bought before; NULL = no deal or not enrolled). distributors = of whom it ever bought';

CREATE VIEW reseller_lifecycle WITH (security_invoker = true) AS
SELECT s.reseller_id,
    s.reseller_code,
    r.reseller_name,
    s.lifecycle_state,
    s.state_since,
    s.pipeline_state,
    s.commercial_state,
    s.enrolled_on,
    d.distributor_code AS recruited_by_code,
    s.first_sold_on,
    s.last_sold_on,
    s.comeback_on,
    s.days_to_first_deal,
    s.distributors
FROM reseller_state_as_of((now() AT TIME ZONE 'UTC')::date, 'infinity') AS s
JOIN reseller AS r ON r.reseller_id = s.reseller_id
LEFT JOIN distributor AS d ON d.distributor_id = s.recruited_by_id;
COMMENT ON VIEW reseller_lifecycle IS 'One row = a reseller as it stands today';
COMMENT ON COLUMN reseller_lifecycle.reseller_id IS 'The reseller';
COMMENT ON COLUMN reseller_lifecycle.reseller_code IS 'The vendor''s number for it';
COMMENT ON COLUMN reseller_lifecycle.reseller_name IS 'Its name';
COMMENT ON COLUMN reseller_lifecycle.lifecycle_state IS 'terminated, else the commercial state, else that of the events';
COMMENT ON COLUMN reseller_lifecycle.state_since IS 'Since when; NULL = nothing is known of it';
COMMENT ON COLUMN reseller_lifecycle.pipeline_state IS 'By its events: none, prospect, applied, approved, contracted, onboarding, enabled or terminated';
COMMENT ON COLUMN reseller_lifecycle.commercial_state IS 'By what it bought: none, activated, active, dormant or churned';
COMMENT ON COLUMN reseller_lifecycle.enrolled_on IS 'Day of enrolment; NULL = not enrolled';
COMMENT ON COLUMN reseller_lifecycle.recruited_by_code IS 'Distributor that recruited it; NULL = none named';
COMMENT ON COLUMN reseller_lifecycle.first_sold_on IS 'Day of the first accepted sale to it: its activation; NULL = none';
COMMENT ON COLUMN reseller_lifecycle.last_sold_on IS 'Day of the last; NULL = none';
COMMENT ON COLUMN reseller_lifecycle.comeback_on IS 'Day of the last re-activation; NULL = none';
COMMENT ON COLUMN reseller_lifecycle.days_to_first_deal IS 'Days from enrolment to the first sale; NULL = one of them is missing. Not additive: take the median';
COMMENT ON COLUMN reseller_lifecycle.distributors IS 'Distributors of whom it ever bought. Not additive';

CREATE FUNCTION reseller_funnel_as_of(
    p_on date DEFAULT current_date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    reseller_state text,
    place integer,
    resellers bigint,
    share_pct numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT t.reseller_state,
        t.place,
        count(s.reseller_id),
        100 * count(s.reseller_id) / nullif(sum(count(s.reseller_id)) OVER (), 0)
    FROM reseller_state AS t
    LEFT JOIN reseller_state_as_of(p_on, p_knowledge) AS s ON s.lifecycle_state = t.reseller_state
    GROUP BY t.reseller_state, t.place;
END;
COMMENT ON FUNCTION reseller_funnel_as_of(date, timestamptz) IS 'One row = a state of the lifecycle: how many resellers were in it at the close of p_on, and what part of all in per cent';

CREATE FUNCTION reseller_cohorts_as_of(
    p_on date DEFAULT current_date,
    p_knowledge timestamptz DEFAULT 'infinity'
) RETURNS TABLE (
    cohort_on date,
    distributor_id bigint,
    recruited bigint,
    activated bigint,
    activated_in_window bigint,
    is_complete boolean,
    activation_rate numeric,
    median_days_to_first_deal numeric
)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT date_trunc('month', s.enrolled_on::timestamp)::date,
        s.recruited_by_id,
        count(*),
        count(s.first_sold_on),
        count(*) FILTER (WHERE s.days_to_first_deal <= y.activation_days),
        bool_and(s.enrolled_on + y.activation_days <= p_on),
        (count(*) FILTER (WHERE s.days_to_first_deal <= y.activation_days))::numeric / count(*),
        (percentile_cont(0.5) WITHIN GROUP (ORDER BY s.days_to_first_deal))::numeric
    FROM reseller_state_as_of(p_on, p_knowledge) AS s
    CROSS JOIN reseller_policy_on(p_on) AS y
    WHERE s.enrolled_on <= p_on
    GROUP BY date_trunc('month', s.enrolled_on::timestamp)::date, s.recruited_by_id;
END;
COMMENT ON FUNCTION reseller_cohorts_as_of(date, timestamptz) IS
    'One row = the resellers that a distributor (NULL = nobody named) recruited in a calendar month: how many, how many bought since, how many within activation_days of enrolment, whether that window is over for all of them (before, the rate can only rise), activation_rate = in window / recruited, median days to the first deal of those that had one. Counts are additive, rates and medians are not';
