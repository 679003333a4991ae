-- party, names: what makes two names the same. A name is compared without case,
-- accents, punctuation and legal form; what is left is its key.

CREATE TABLE legal_form (
    legal_form text NOT NULL,
    CONSTRAINT legal_form_pkey PRIMARY KEY (legal_form),
    CONSTRAINT legal_form_check CHECK (legal_form ~ '^[a-z]+$')
);
COMMENT ON TABLE legal_form IS 'One row = a word at the end of a company''s name that says its legal form and not its name';
COMMENT ON COLUMN legal_form.legal_form IS 'Lower case, without accents and points';

INSERT INTO legal_form (legal_form)
SELECT w
FROM string_to_table('ab ag aps as asa bv bvba co company corp corporation cv doo eeig eirl eood eurl ev gbr gesmbh gmbh '
    'inc incorporated kft kg kgaa kk lda limited llc llp lp ltd ltda mbh nv nyrt ohg ood oy oyj plc pte pty sa sarl sas '
    'sasu scs se sl slu snc spa spzoo sro srl srls ug zrt', ' ') AS w;

CREATE FUNCTION name_key(p_name text) RETURNS text
LANGUAGE sql
STABLE
BEGIN ATOMIC
    -- Points go, so that S.A.R.L. is sarl; other punctuation parts words.
    SELECT nullif(coalesce(nullif(btrim(regexp_replace(w.words, f.pattern, '')), ''), w.words), '')
    FROM (
        SELECT btrim(regexp_replace(
            regexp_replace(lower(unaccent(p_name)), '[.''’]', '', 'g'),
            '[^[:alnum:]]+', ' ', 'g')) AS words
    ) AS w
    CROSS JOIN (
        SELECT '( (' || string_agg(l.legal_form, '|') || '))+$' AS pattern
        FROM legal_form AS l
    ) AS f;
END;
COMMENT ON FUNCTION name_key(text) IS 'What is compared of a company''s name: lower case, no accents, no punctuation, no legal form at the end; a name that is nothing else stays. Müller & Söhne GmbH & Co. KG is muller sohne';

ALTER TABLE reseller
    ADD COLUMN name_key text,
    ADD COLUMN merged_into_id bigint,
    ADD CONSTRAINT reseller_merged_into_fkey FOREIGN KEY (merged_into_id) REFERENCES reseller,
    ADD CONSTRAINT reseller_merged_into_check CHECK (merged_into_id <> reseller_id);
COMMENT ON COLUMN reseller.name_key IS 'name_key() of its name, kept by a trigger';
COMMENT ON COLUMN reseller.merged_into_id IS 'The reseller that it turned out to be; NULL = itself';
CREATE INDEX reseller_name_key_idx ON reseller (name_key);
CREATE INDEX reseller_name_trgm_idx ON reseller USING gin (name_key gin_trgm_ops);
CREATE INDEX reseller_merged_into_idx ON reseller (merged_into_id);

CREATE FUNCTION keep_name_key() RETURNS trigger
LANGUAGE plpgsql
SET search_path FROM CURRENT
SET jit = off
AS $$
BEGIN
    NEW.name_key := name_key(NEW.reseller_name);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION keep_name_key() IS 'Trigger of reseller: name_key follows the name. After a change of legal_form: UPDATE reseller SET reseller_name = reseller_name';

CREATE TRIGGER reseller_name_key
    BEFORE INSERT OR UPDATE OF reseller_name ON reseller
    FOR EACH ROW EXECUTE FUNCTION keep_name_key();
COMMENT ON TRIGGER reseller_name_key ON reseller IS 'Keeps name_key';

CREATE TABLE reseller_identifier (
    identifier_qualifier text NOT NULL,
    identifier text NOT NULL,
    reseller_id bigint NOT NULL,
    CONSTRAINT reseller_identifier_pkey PRIMARY KEY (identifier_qualifier, identifier),
    CONSTRAINT reseller_identifier_qualifier_check CHECK (identifier_qualifier IN ('duns', 'tax_no', 'gln', 'vendor_no')),
    CONSTRAINT reseller_identifier_reseller_fkey FOREIGN KEY (reseller_id) REFERENCES reseller
);
COMMENT ON TABLE reseller_identifier IS 'One row = a number that a reseller has everywhere, whatever a distributor calls it';
COMMENT ON COLUMN reseller_identifier.identifier_qualifier IS 'Kind of number: duns, tax_no, gln or vendor_no';
COMMENT ON COLUMN reseller_identifier.identifier IS 'The number';
COMMENT ON COLUMN reseller_identifier.reseller_id IS 'Whose it is';
CREATE INDEX reseller_identifier_reseller_idx ON reseller_identifier (reseller_id);

CREATE FUNCTION reseller_mappings(p_distributor_id bigint, p_alias_kind text)
RETURNS TABLE (alias text, reseller_id bigint)
LANGUAGE sql
STABLE
BEGIN ATOMIC
    SELECT a.alias, coalesce(r.merged_into_id, r.reseller_id)
    FROM reseller_alias AS a
    JOIN reseller AS r ON r.reseller_id = a.reseller_id
    WHERE a.distributor_id = p_distributor_id
        AND a.alias_kind = p_alias_kind
        AND a.superseded_at IS NULL
        AND a.match_status <> 'rejected';
END;
COMMENT ON FUNCTION reseller_mappings(bigint, text) IS
    'Who a distributor''s customers are by its mappings of now, of kind id or name; who was merged is who it was merged into';

CREATE FUNCTION reseller_of_alias(p_distributor_id bigint, p_alias_kind text, p_alias text) RETURNS bigint
LANGUAGE sql
STABLE
SET enable_nestloop = on
BEGIN ATOMIC
    -- Whatever the caller plans for its own lines.
    SELECT m.reseller_id FROM reseller_mappings(p_distributor_id, p_alias_kind) AS m WHERE m.alias = p_alias;
END;
COMMENT ON FUNCTION reseller_of_alias(bigint, text, text) IS 'Who a customer of a distributor is by its mappings of now, of kind id or name; NULL = not mapped';
