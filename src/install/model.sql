-- install: what every model carries about itself.

CREATE TABLE model_version (
    step_no integer GENERATED ALWAYS AS IDENTITY,
    step text NOT NULL,
    engine_version text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    applied_by text NOT NULL DEFAULT current_user,
    CONSTRAINT model_version_pkey PRIMARY KEY (step_no)
);
COMMENT ON TABLE model_version IS 'One row = a step by which this model came to be what it is: its creation and each upgrade';
COMMENT ON COLUMN model_version.step_no IS 'Order in which they were applied';
COMMENT ON COLUMN model_version.step IS 'create, or the name of the upgrade step';
COMMENT ON COLUMN model_version.engine_version IS 'Version of the engine that applied it';
COMMENT ON COLUMN model_version.applied_at IS 'When';
COMMENT ON COLUMN model_version.applied_by IS 'Role that did it';

CREATE TABLE error_code (
    code text NOT NULL,
    meaning text NOT NULL,
    remedy text NOT NULL,
    is_retryable boolean NOT NULL DEFAULT false,
    CONSTRAINT error_code_pkey PRIMARY KEY (code),
    CONSTRAINT error_code_code_check CHECK (code ~ '^ZD[0-9]{3}$')
);
COMMENT ON TABLE error_code IS 'One row = an SQLSTATE of its own that distmgmt raises; elsewhere the standard codes are used';
COMMENT ON COLUMN error_code.code IS 'The SQLSTATE';
COMMENT ON COLUMN error_code.meaning IS 'What happened';
COMMENT ON COLUMN error_code.remedy IS 'What to do';
COMMENT ON COLUMN error_code.is_retryable IS 'Whether the same call can succeed later without a change';

INSERT INTO error_code (code, meaning, remedy, is_retryable) VALUES
    ('ZD001', 'A fact or a received document was to be changed or removed', 'Book a correction: a reversal and, if needed, a replacement; submit a corrected document as a new submission', false),
    ('ZD002', 'A version of an agreement that is in force, or its terms, was to be changed', 'End the version and insert a new one', false),
    ('ZD003', 'A minimum resale price was to be enforced where the territory does not allow it', 'Use action record, or set allows_resale_floor after legal advice', false),
    ('ZD004', 'A report cannot be attributed to a distributor', 'Name the distributor in the call, or enter the sender in distributor_identifier', false),
    ('ZD005', 'A submission is not in a state that allows the step', 'Look at submission.submission_state; only a validated submission can be accepted or rejected', false),
    ('ZD006', 'The format of a document is not one that can be read', 'Send X12 867 or 852, or CSV with a header row', false),
    ('ZD007', 'An exchange rate is missing', 'Enter it in fx_rate', false),
    ('ZD008', 'An accrual run was asked for a day before an earlier run', 'Use rebate_as_of() to look at the past', false),
    ('ZD010', 'A price is below a floor whose action is reject', 'Correct the price, or have the floor or an authorization changed', false),
    ('ZD020', 'A reversal is not the negative of the row that it takes back', 'Copy the row with quantity and amount negated; book what is true instead as a replacement', false),
    ('ZD021', 'A case of reconciliation was to go to a state that does not follow', 'Calculate with reconcile_inventory() first', false),
    ('ZD022', 'An adjustment was to be approved by who proposed it', 'Let another one approve it', false),
    ('ZD040', 'A fiscal period is not in a state that allows the step', 'Look at fiscal_period.period_state and period_change', false),
    ('ZD041', 'Who asked for an approval was to give it', 'Have another role decide', false),
    ('ZD042', 'A validation rule cannot have this parameter, or is essential and cannot be weakened', 'See validation_rule: parameters for the names, is_essential', false),
    ('ZD043', 'No period is open in which something could be posted', 'Add years to the calendar, or reopen a period', false),
    ('ZD044', 'A submission is held by a finding', 'Look at its findings; reject it, or release it with a reason', false),
    ('ZD045', 'A match is not waiting for a decision', 'Look at reseller_match_queue', false),
    ('ZD046', 'No line that stands matches a correction', 'Look at standing_fact; it may be corrected already', false),
    ('ZD047', 'Two resellers cannot be merged', 'Both have to exist, be two, and not be merged already', false),
    ('ZD060', 'A statement was asked for a day before one already stated', 'Give the day of the latest statement or a later one; rebate_as_of() looks at the past', false),
    ('ZD061', 'A statement does not add up to its tiers and lines', 'Let issue_statements() write statements; add nothing to one that is there', false),
    ('ZD062', 'A settlement document does not cover its lines', 'Settle at most what is open of it, in its currency', false),
    ('ZD063', 'Two statements do not compare', 'Compare statements of one distributor, span and currency that measure the same', false),
    ('ZD064', 'A product has no price for a distributor', 'Enter it in a price list that holds on the day in the territory', false),
    ('ZD999', 'Internal: takes a dry run back; never reaches a caller', 'None', false);
