-- access: what was changed in the data that everything else refers to: master data,
-- terms, rules, rights. Facts need no such journal: they are never changed.

CREATE TABLE reference_change (
    reference_change_id bigint GENERATED ALWAYS AS IDENTITY,
    table_name text NOT NULL,
    change_kind text NOT NULL,
    old_row jsonb,
    new_row jsonb,
    changed_by text NOT NULL,
    changed_login text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT reference_change_pkey PRIMARY KEY (reference_change_id),
    CONSTRAINT reference_change_kind_check CHECK (change_kind IN ('insert', 'update', 'delete'))
);
COMMENT ON TABLE reference_change IS 'One row = a row of reference data that was inserted, updated or deleted, with what it was and became';
COMMENT ON COLUMN reference_change.reference_change_id IS 'Key';
COMMENT ON COLUMN reference_change.table_name IS 'The table';
COMMENT ON COLUMN reference_change.change_kind IS 'insert, update or delete';
COMMENT ON COLUMN reference_change.old_row IS 'The row before; NULL = inserted';
COMMENT ON COLUMN reference_change.new_row IS 'The row after; NULL = deleted';
COMMENT ON COLUMN reference_change.changed_by IS 'Role that changed it';
COMMENT ON COLUMN reference_change.changed_login IS 'Role that was logged in';
COMMENT ON COLUMN reference_change.changed_at IS 'When: start of the transaction';
CREATE INDEX reference_change_table_idx ON reference_change (table_name, changed_at);

CREATE TRIGGER reference_change_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON reference_change
    FOR EACH STATEMENT EXECUTE FUNCTION append_only();
COMMENT ON TRIGGER reference_change_append_only ON reference_change IS 'A journal is not changed';

CREATE FUNCTION note_reference_change() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path FROM CURRENT
AS $$
BEGIN
    -- An update that changes nothing is none.
    IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NULL;
    END IF;
    INSERT INTO reference_change (table_name, change_kind, old_row, new_row, changed_by, changed_login, changed_at)
    VALUES (TG_ARGV[0], lower(TG_OP),
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END,
        caller_role(), session_user, now());
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION note_reference_change() IS
    'Trigger of reference data; its argument is the name of the table. Writes the row before and after into reference_change, with the rights of its owner, so that nobody else needs to write there';

CREATE TRIGGER territory_noted
    AFTER INSERT OR UPDATE OR DELETE ON territory
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('territory');
COMMENT ON TRIGGER territory_noted ON territory IS 'Changes are kept in reference_change';

CREATE TRIGGER distributor_noted
    AFTER INSERT OR UPDATE OR DELETE ON distributor
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('distributor');
COMMENT ON TRIGGER distributor_noted ON distributor IS 'Changes are kept in reference_change';

CREATE TRIGGER warehouse_noted
    AFTER INSERT OR UPDATE OR DELETE ON warehouse
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('warehouse');
COMMENT ON TRIGGER warehouse_noted ON warehouse IS 'Changes are kept in reference_change';

CREATE TRIGGER distributor_identifier_noted
    AFTER INSERT OR UPDATE OR DELETE ON distributor_identifier
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('distributor_identifier');
COMMENT ON TRIGGER distributor_identifier_noted ON distributor_identifier IS 'Changes are kept in reference_change';

CREATE TRIGGER distributor_reseller_noted
    AFTER INSERT OR UPDATE OR DELETE ON distributor_reseller
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('distributor_reseller');
COMMENT ON TRIGGER distributor_reseller_noted ON distributor_reseller IS 'Changes are kept in reference_change';

CREATE TRIGGER reseller_noted
    AFTER INSERT OR UPDATE OR DELETE ON reseller
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('reseller');
COMMENT ON TRIGGER reseller_noted ON reseller IS 'Changes are kept in reference_change';

CREATE TRIGGER reseller_identifier_noted
    AFTER INSERT OR UPDATE OR DELETE ON reseller_identifier
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('reseller_identifier');
COMMENT ON TRIGGER reseller_identifier_noted ON reseller_identifier IS 'Changes are kept in reference_change';

CREATE TRIGGER product_noted
    AFTER INSERT OR UPDATE OR DELETE ON product
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('product');
COMMENT ON TRIGGER product_noted ON product IS 'Changes are kept in reference_change';

CREATE TRIGGER product_uom_noted
    AFTER INSERT OR UPDATE OR DELETE ON product_uom
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('product_uom');
COMMENT ON TRIGGER product_uom_noted ON product_uom IS 'Changes are kept in reference_change';

CREATE TRIGGER price_list_noted
    AFTER INSERT OR UPDATE OR DELETE ON price_list
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('price_list');
COMMENT ON TRIGGER price_list_noted ON price_list IS 'Changes are kept in reference_change';

CREATE TRIGGER price_list_item_noted
    AFTER INSERT OR UPDATE OR DELETE ON price_list_item
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('price_list_item');
COMMENT ON TRIGGER price_list_item_noted ON price_list_item IS 'Changes are kept in reference_change';

CREATE TRIGGER price_floor_noted
    AFTER INSERT OR UPDATE OR DELETE ON price_floor
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('price_floor');
COMMENT ON TRIGGER price_floor_noted ON price_floor IS 'Changes are kept in reference_change';

CREATE TRIGGER currency_noted
    AFTER INSERT OR UPDATE OR DELETE ON currency
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('currency');
COMMENT ON TRIGGER currency_noted ON currency IS 'Changes are kept in reference_change';

CREATE TRIGGER fx_rate_noted
    AFTER INSERT OR UPDATE OR DELETE ON fx_rate
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('fx_rate');
COMMENT ON TRIGGER fx_rate_noted ON fx_rate IS 'Changes are kept in reference_change';

CREATE TRIGGER fiscal_calendar_noted
    AFTER INSERT OR UPDATE OR DELETE ON fiscal_calendar
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('fiscal_calendar');
COMMENT ON TRIGGER fiscal_calendar_noted ON fiscal_calendar IS 'Changes are kept in reference_change';

CREATE TRIGGER agreement_noted
    AFTER INSERT OR UPDATE OR DELETE ON agreement
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('agreement');
COMMENT ON TRIGGER agreement_noted ON agreement IS 'Changes are kept in reference_change';

CREATE TRIGGER agreement_version_noted
    AFTER INSERT OR UPDATE OR DELETE ON agreement_version
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('agreement_version');
COMMENT ON TRIGGER agreement_version_noted ON agreement_version IS 'Changes are kept in reference_change';

CREATE TRIGGER discount_level_noted
    AFTER INSERT OR UPDATE OR DELETE ON discount_level
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('discount_level');
COMMENT ON TRIGGER discount_level_noted ON discount_level IS 'Changes are kept in reference_change';

CREATE TRIGGER commitment_noted
    AFTER INSERT OR UPDATE OR DELETE ON commitment
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('commitment');
COMMENT ON TRIGGER commitment_noted ON commitment IS 'Changes are kept in reference_change';

CREATE TRIGGER commitment_relief_noted
    AFTER INSERT OR UPDATE OR DELETE ON commitment_relief
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('commitment_relief');
COMMENT ON TRIGGER commitment_relief_noted ON commitment_relief IS 'Changes are kept in reference_change';

CREATE TRIGGER gap_tolerance_noted
    AFTER INSERT OR UPDATE OR DELETE ON gap_tolerance
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('gap_tolerance');
COMMENT ON TRIGGER gap_tolerance_noted ON gap_tolerance IS 'Changes are kept in reference_change';

CREATE TRIGGER rebate_program_noted
    AFTER INSERT OR UPDATE OR DELETE ON rebate_program
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('rebate_program');
COMMENT ON TRIGGER rebate_program_noted ON rebate_program IS 'Changes are kept in reference_change';

CREATE TRIGGER program_line_noted
    AFTER INSERT OR UPDATE OR DELETE ON program_line
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('program_line');
COMMENT ON TRIGGER program_line_noted ON program_line IS 'Changes are kept in reference_change';

CREATE TRIGGER report_profile_noted
    AFTER INSERT OR UPDATE OR DELETE ON report_profile
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('report_profile');
COMMENT ON TRIGGER report_profile_noted ON report_profile IS 'Changes are kept in reference_change';

CREATE TRIGGER receiver_identifier_noted
    AFTER INSERT OR UPDATE OR DELETE ON receiver_identifier
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('receiver_identifier');
COMMENT ON TRIGGER receiver_identifier_noted ON receiver_identifier IS 'Changes are kept in reference_change';

CREATE TRIGGER report_transfer_type_noted
    AFTER INSERT OR UPDATE OR DELETE ON report_transfer_type
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('report_transfer_type');
COMMENT ON TRIGGER report_transfer_type_noted ON report_transfer_type IS 'Changes are kept in reference_change';

CREATE TRIGGER report_schedule_noted
    AFTER INSERT OR UPDATE OR DELETE ON report_schedule
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('report_schedule');
COMMENT ON TRIGGER report_schedule_noted ON report_schedule IS 'Changes are kept in reference_change';

CREATE TRIGGER validation_rule_noted
    AFTER INSERT OR UPDATE OR DELETE ON validation_rule
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('validation_rule');
COMMENT ON TRIGGER validation_rule_noted ON validation_rule IS 'Changes are kept in reference_change';

CREATE TRIGGER validation_rule_override_noted
    AFTER INSERT OR UPDATE OR DELETE ON validation_rule_override
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('validation_rule_override');
COMMENT ON TRIGGER validation_rule_override_noted ON validation_rule_override IS 'Changes are kept in reference_change';

CREATE TRIGGER data_quality_weight_noted
    AFTER INSERT OR UPDATE OR DELETE ON data_quality_weight
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('data_quality_weight');
COMMENT ON TRIGGER data_quality_weight_noted ON data_quality_weight IS 'Changes are kept in reference_change';

CREATE TRIGGER transfer_type_noted
    AFTER INSERT OR UPDATE OR DELETE ON transfer_type
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('transfer_type');
COMMENT ON TRIGGER transfer_type_noted ON transfer_type IS 'Changes are kept in reference_change';

CREATE TRIGGER access_rule_noted
    AFTER INSERT OR UPDATE OR DELETE ON access_rule
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('access_rule');
COMMENT ON TRIGGER access_rule_noted ON access_rule IS 'Changes are kept in reference_change';

CREATE TRIGGER access_action_noted
    AFTER INSERT OR UPDATE OR DELETE ON access_action
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('access_action');
COMMENT ON TRIGGER access_action_noted ON access_action IS 'Changes are kept in reference_change';

CREATE TRIGGER access_grant_noted
    AFTER INSERT OR UPDATE OR DELETE ON access_grant
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('access_grant');
COMMENT ON TRIGGER access_grant_noted ON access_grant IS 'Changes are kept in reference_change';

CREATE TRIGGER distributor_login_noted
    AFTER INSERT OR UPDATE OR DELETE ON distributor_login
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('distributor_login');
COMMENT ON TRIGGER distributor_login_noted ON distributor_login IS 'Changes are kept in reference_change';

CREATE TRIGGER approval_policy_noted
    AFTER INSERT OR UPDATE OR DELETE ON approval_policy
    FOR EACH ROW EXECUTE FUNCTION note_reference_change('approval_policy');
COMMENT ON TRIGGER approval_policy_noted ON approval_policy IS 'Changes are kept in reference_change';
