-- feed: reports are read, judged and booked. Each line is kept as reported and
-- as resolved, side by side; what is wrong with it is a finding.

CREATE TABLE transfer_type (
    transfer_type text NOT NULL,
    meaning text NOT NULL,
    books_as text NOT NULL,
    is_return boolean NOT NULL DEFAULT false,
    reason_code text,
    CONSTRAINT transfer_type_pkey PRIMARY KEY (transfer_type),
    CONSTRAINT transfer_type_books_as_check CHECK (books_as IN ('sell_through', 'take_out', 'adjust', 'nothing')),
    CONSTRAINT transfer_type_reason_check CHECK ((reason_code IS NOT NULL) = (books_as IN ('take_out', 'adjust')))
);
COMMENT ON TABLE transfer_type IS 'One row = a code of X12 element 521 and what a reported line of that kind does here';
COMMENT ON COLUMN transfer_type.transfer_type IS 'The code (PTD01)';
COMMENT ON COLUMN transfer_type.meaning IS 'What it says';
COMMENT ON COLUMN transfer_type.books_as IS 'sell_through, take_out (stock leaves without a sale), adjust (stock changes as signed) or nothing';
COMMENT ON COLUMN transfer_type.is_return IS 'Whether it is goods coming back';
COMMENT ON COLUMN transfer_type.reason_code IS 'Reason with which stock is adjusted';

INSERT INTO transfer_type (transfer_type, meaning, books_as, is_return, reason_code) VALUES
    ('SS', 'stock sale', 'sell_through', false, NULL),
    ('SD', 'ship and debit sale', 'sell_through', false, NULL),
    ('SH', 'ship and debit sale', 'sell_through', false, NULL),
    ('CS', 'contract sale', 'sell_through', false, NULL),
    ('DS', 'drop ship sale: the vendor ships, it never was stock', 'sell_through', false, NULL),
    ('BP', 'broken price sale', 'sell_through', false, NULL),
    ('RB', 'return of a broken price sale', 'sell_through', true, NULL),
    ('RP', 'return at list price', 'sell_through', true, NULL),
    ('BN', 'return', 'sell_through', true, NULL),
    ('RU', 'return to usable stock', 'sell_through', true, NULL),
    ('RV', 'return to the vendor', 'take_out', false, 'vendor_return'),
    ('SC', 'scrap', 'take_out', false, 'scrap'),
    ('TD', 'transfer for disposal', 'take_out', false, 'scrap'),
    ('SM', 'sample', 'take_out', false, 'sample'),
    ('CC', 'charity', 'take_out', false, 'charity'),
    ('IA', 'inventory adjustment', 'adjust', false, 'adjustment'),
    ('SA', 'stocking adjustment', 'adjust', false, 'adjustment'),
    ('RC', 'received from the vendor: sell-in says so', 'nothing', false, NULL),
    ('PA', 'price adjustment: money only', 'nothing', false, NULL),
    ('RA', 'reapplication of a price adjustment: money only', 'nothing', false, NULL),
    ('SU', 'summary line', 'nothing', false, NULL),
    ('BB', 'demand information', 'nothing', false, NULL),
    ('IB', 'inter-branch transfer', 'nothing', false, NULL),
    ('BJ', 'relocation', 'nothing', false, NULL);

CREATE TABLE report_transfer_type (
    distributor_id bigint NOT NULL,
    reported_type text NOT NULL,
    transfer_type text NOT NULL,
    CONSTRAINT report_transfer_type_pkey PRIMARY KEY (distributor_id, reported_type),
    CONSTRAINT report_transfer_type_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT report_transfer_type_type_fkey FOREIGN KEY (transfer_type) REFERENCES transfer_type
);
COMMENT ON TABLE report_transfer_type IS 'One row = what a kind of line means in the reports of a distributor: codes whose meaning is agreed on with each (CO and BR, replacements; BO, others), or words of its own';
COMMENT ON COLUMN report_transfer_type.distributor_id IS 'The distributor';
COMMENT ON COLUMN report_transfer_type.reported_type IS 'Kind of line as reported (PTD01, or the transaction type of a CSV)';
COMMENT ON COLUMN report_transfer_type.transfer_type IS 'What it is taken for';
CREATE INDEX report_transfer_type_type_idx ON report_transfer_type (transfer_type);

CREATE TABLE inventory_activity (
    activity_code text NOT NULL,
    meaning text NOT NULL,
    count_kind text,
    preference integer NOT NULL DEFAULT 1,
    CONSTRAINT inventory_activity_pkey PRIMARY KEY (activity_code)
);
COMMENT ON TABLE inventory_activity IS 'One row = a code of X12 element 859 (852) or 673 (846) or of EDIFACT 6063 (INVRPT), and what a reported quantity of that kind means here';
COMMENT ON COLUMN inventory_activity.activity_code IS 'The code (ZA01, QTY01, QTY 6063)';
COMMENT ON COLUMN inventory_activity.meaning IS 'What it says';
COMMENT ON COLUMN inventory_activity.count_kind IS 'Kind of inventory_count that it becomes; NULL = read and kept, not booked';
COMMENT ON COLUMN inventory_activity.preference IS 'Where several codes of one item become the same kind, the lowest counts';

INSERT INTO inventory_activity (activity_code, meaning, count_kind, preference) VALUES
    ('OH', 'gross on hand', 'on_hand', 1),
    ('QE', 'ending balance', 'on_hand', 2),
    ('QA', 'available', 'on_hand', 3),
    ('QC', 'committed', 'committed', 1),
    ('HL', 'on hold', 'on_hold', 1),
    ('QH', 'damaged or on hold', 'on_hold', 2),
    ('DG', 'damaged', 'damaged', 1),
    ('QI', 'in transit', 'in_transit', 1),
    ('QP', 'on order', 'on_order', 1),
    ('QB', 'beginning balance', NULL, 1),
    ('QS', 'sold', NULL, 1),
    ('Q1', 'sold, net', NULL, 1),
    ('QR', 'received', NULL, 1),
    ('QU', 'returned by the consumer', NULL, 1),
    ('Q2', 'returned', NULL, 1),
    ('QT', 'adjusted', NULL, 1),
    ('QO', 'out of stock', NULL, 1),
    ('QD', 'additional demand', NULL, 1),
    -- X12 element 673 (846) and EDIFACT 6063 (INVRPT); no code means two things.
    ('17', 'on hand', 'on_hand', 1),
    ('145', 'actual stock', 'on_hand', 1),
    ('36', 'distributor inventory', 'on_hand', 2),
    ('26', 'total inventory', 'on_hand', 2),
    ('TX', 'ending total', 'on_hand', 2),
    ('ES', 'ending', 'on_hand', 2),
    ('33', 'available for sale', 'on_hand', 3),
    ('V2', 'available', 'on_hand', 3),
    ('34', 'uncommitted on the shelf', 'on_hand', 4),
    ('27', 'committed', 'committed', 1),
    ('XU', 'reserved', 'committed', 2),
    ('74', 'damaged', 'damaged', 1),
    ('20', 'unusable', 'damaged', 2),
    ('192', 'in transit', 'in_transit', 1),
    ('63', 'on order', 'on_order', 1),
    ('21', 'ordered', 'on_order', 1),
    ('TN', 'beginning total', NULL, 1),
    ('BI', 'book inventory', NULL, 1),
    ('29', 'projected available', NULL, 1),
    ('87', 'received', NULL, 1),
    ('75', 'receipts', NULL, 1),
    ('46', 'delivered', NULL, 1),
    ('48', 'received quantity', NULL, 1),
    ('77', 'stock transferred in', NULL, 1),
    ('78', 'stock transferred out', NULL, 1),
    ('A5', 'adjusted', NULL, 1),
    ('BQ', 'backordered', NULL, 1),
    ('TO', 'total', NULL, 1);

CREATE TABLE csv_column (
    canonical text NOT NULL,
    synonym text NOT NULL,
    preference integer NOT NULL DEFAULT 1,
    CONSTRAINT csv_column_pkey PRIMARY KEY (synonym, canonical)
);
COMMENT ON TABLE csv_column IS 'One row = a heading under which distributors send a column';
COMMENT ON COLUMN csv_column.canonical IS 'Our name of the column';
COMMENT ON COLUMN csv_column.synonym IS 'The heading in lower case without blanks and punctuation';
COMMENT ON COLUMN csv_column.preference IS 'Where a file has several headings of one column, the lowest counts';

INSERT INTO csv_column (canonical, synonym, preference)
SELECT c.canonical, s.synonym, s.place::integer
FROM (VALUES
    ('distributor', 'distributor,distributorid,distributorcode,distributorname,partnerorgid,partnername,memberid,reporterid,dcdea'),
    ('transaction_type', 'type,salestypecode,transactiontype,natureza,ptd'),
    ('invoice_no', 'invoiceno,invoice,invoicenumber,docno,belegnr,nf'),
    ('invoice_line', 'invoiceline,line,lineno,pos'),
    ('sold_on', 'invoicedate,transactiondate,activitydate,salesdate,date,shipdate,invoicedateship,asof,asofdate,countdate,stockdate,inventorydate'),
    ('vendor_part', 'partno,partnumber,mpn,microsoftpartnumber,vendorpart,productsku,manufacturerpartno,manufacturerpartnumber,ndc'),
    ('distributor_part', 'distributorsku,buyerpartnumber,distributorproductid,sku,itemno'),
    ('gtin', 'gtin,upc,ean,upceannumber,barcode'),
    ('quantity', 'quantity,qty,productqt,salesquantity,quantitypurchased,units,menge'),
    ('return_quantity', 'returnquantity,returnqty,customerreturns,returnedqty'),
    ('uom', 'uom,unit,um,unitofmeasure'),
    ('unit_price', 'resaleprice,unitprice,saleprice,price'),
    ('amount', 'amount,lineamount,extendedamount,value'),
    ('currency_code', 'currency,currencycode,currencyisocode'),
    ('customer_id', 'customerid,resellerid,soldtoid,shiptoid,customernumber,enduserid'),
    ('customer_name', 'customername,resellername,soldtoname,shiptoname,accountname,endusername,enduser'),
    ('customer_postcode', 'zip,zipcode,postcode,postalcode,customerzip,resellerpostalcode,resellerzip'),
    ('customer_country', 'country,customercountry,resellercountry'),
    ('contract_no', 'contract,contractno,contractnumber,sdnumber,authorization,specialpricing,dealid'),
    ('warehouse', 'warehouse,location,locationname,branch,branchcode'),
    ('serials', 'serialnumbers,serialnumber,serials,serial'),
    ('period_starts_on', 'reportstart,reportstartdate,datarangestart,periodstart'),
    ('period_ends_on', 'reportend,reportenddate,datarangeend,periodend'),
    ('week_ends_on', 'weekending,weekenddate,weekend'),
    ('on_hand', 'onhand,qtyonhand,stock,soh,available'),
    ('committed', 'committed,qtycommitted,reserved,allocated'),
    ('on_hold', 'onhold,qtyonhold,blocked'),
    ('damaged', 'damaged,qtydamaged,defective'),
    ('in_transit', 'intransit,qtyintransit'),
    ('on_order', 'onorder,qtyonorder,backorder')
) AS c (canonical, synonyms)
CROSS JOIN LATERAL string_to_table(c.synonyms, ',') WITH ORDINALITY AS s (synonym, place);

CREATE TABLE report_profile (
    distributor_id bigint NOT NULL,
    default_currency text NOT NULL,
    mode_policy text NOT NULL DEFAULT 'additive',
    partial_acceptance text NOT NULL DEFAULT 'lines',
    match_accept_score numeric(4,3) NOT NULL DEFAULT 0.8,
    match_review_score numeric(4,3) NOT NULL DEFAULT 0.4,
    csv_delimiter text,
    has_heading boolean NOT NULL DEFAULT true,
    decimal_mark text,
    date_order text,
    count_policy text NOT NULL DEFAULT 'first',
    CONSTRAINT report_profile_pkey PRIMARY KEY (distributor_id),
    CONSTRAINT report_profile_mode_policy_check CHECK (mode_policy IN ('additive', 'snapshot_per_period', 'purpose_code')),
    CONSTRAINT report_profile_partial_check CHECK (partial_acceptance IN ('lines', 'transaction', 'document')),
    CONSTRAINT report_profile_scores_check CHECK (match_review_score >= 0 AND match_review_score <= match_accept_score AND match_accept_score <= 1),
    CONSTRAINT report_profile_delimiter_check CHECK (length(csv_delimiter) = 1),
    CONSTRAINT report_profile_decimal_mark_check CHECK (decimal_mark IN ('.', ',')),
    CONSTRAINT report_profile_date_order_check CHECK (date_order IN ('dmy', 'mdy', 'ymd', 'serial')),
    CONSTRAINT report_profile_count_policy_check CHECK (count_policy IN ('first', 'sum')),
    CONSTRAINT report_profile_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor,
    CONSTRAINT report_profile_currency_fkey FOREIGN KEY (default_currency) REFERENCES currency
);
COMMENT ON TABLE report_profile IS 'One row = how the reports of a distributor are to be read';
COMMENT ON COLUMN report_profile.distributor_id IS 'The distributor';
COMMENT ON COLUMN report_profile.default_currency IS 'Currency of lines that name none';
COMMENT ON COLUMN report_profile.mode_policy IS 'What a report with purpose 00, or without any, does: additive = adds lines; snapshot_per_period = replaces what was reported for its period; purpose_code = adds lines, and is held when its period or number was booked already. Other purposes always mean what they say';
COMMENT ON COLUMN report_profile.partial_acceptance IS 'What a refused line takes along: lines = itself alone, transaction = its X12 transaction set, document = everything';
COMMENT ON COLUMN report_profile.match_accept_score IS 'A customer whose name is at least so similar to a reseller''s (0 to 1) is taken for it';
COMMENT ON COLUMN report_profile.match_review_score IS 'From this similarity up it is proposed for review';
COMMENT ON COLUMN report_profile.csv_delimiter IS 'What divides the columns of CSV and staged reports; NULL = found out';
COMMENT ON COLUMN report_profile.has_heading IS 'Whether CSV reports have a heading; if not, report_column says by place which column is which';
COMMENT ON COLUMN report_profile.decimal_mark IS 'Point or comma in the numbers of CSV and staged reports, the other one and blanks dividing thousands; NULL = by what the numbers of the CSV say, and where they may be read two ways (1,234) they are refused; staged: a point, and nothing that divides';
COMMENT ON COLUMN report_profile.date_order IS 'Order of the parts of dates in CSV and staged reports: dmy, mdy, ymd, or serial (day numbers of a spreadsheet); NULL = CCYY-MM-DD or CCYYMMDD, and other dates only where a day above 12 in the file says which is the month';
COMMENT ON COLUMN report_profile.count_policy IS 'Several counts of one item, place and day in one report: first = one is booked and the others are refused (DUP_COUNT), sum = they are parts of one count and added up';
CREATE INDEX report_profile_currency_idx ON report_profile (default_currency);

CREATE TABLE report_column (
    distributor_id bigint NOT NULL,
    report_column_id bigint GENERATED ALWAYS AS IDENTITY,
    heading text,
    place integer,
    canonical text NOT NULL,
    CONSTRAINT report_column_pkey PRIMARY KEY (distributor_id, report_column_id),
    CONSTRAINT report_column_place_key UNIQUE (distributor_id, place),
    CONSTRAINT report_column_where_check CHECK (num_nonnulls(heading, place) = 1),
    CONSTRAINT report_column_heading_check CHECK (heading <> ''),
    CONSTRAINT report_column_place_check CHECK (place BETWEEN 1 AND 1600),
    CONSTRAINT report_column_canonical_check CHECK (canonical IN (
        'distributor', 'transaction_type', 'invoice_no', 'invoice_line', 'sold_on', 'vendor_part', 'distributor_part', 'gtin',
        'quantity', 'return_quantity', 'uom', 'unit_price', 'amount', 'currency_code', 'customer_id',
        'customer_name', 'customer_postcode', 'customer_country', 'contract_no', 'warehouse', 'serials',
        'period_starts_on', 'period_ends_on', 'week_ends_on', 'on_hand', 'committed', 'on_hold', 'damaged', 'in_transit',
        'on_order', 'ignore')),
    CONSTRAINT report_column_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE report_column IS 'One row = what a column of the CSV reports of a distributor is, whatever csv_column says';
COMMENT ON COLUMN report_column.distributor_id IS 'The distributor';
COMMENT ON COLUMN report_column.report_column_id IS 'Key within the distributor';
COMMENT ON COLUMN report_column.heading IS 'Heading of the column; case, blanks and punctuation do not matter. NULL = by place';
COMMENT ON COLUMN report_column.place IS 'Place of the column, from 1, where its heading says nothing; NULL = by heading';
COMMENT ON COLUMN report_column.canonical IS 'Our name of the column, as in csv_column; ignore = leave it out';
CREATE UNIQUE INDEX report_column_heading_key ON report_column (distributor_id, heading);

-- What rules and facts are made of stands in front: the lines are read for it again.
CREATE TABLE submission_line (
    distributor_id bigint NOT NULL,
    submission_id bigint NOT NULL,
    line_no integer NOT NULL,
    is_return boolean NOT NULL DEFAULT false,
    line_state text NOT NULL DEFAULT 'ready',
    books_as text NOT NULL,
    activity_on date,
    warehouse_id bigint,
    product_id bigint,
    reseller_id bigint,
    quantity numeric,
    unit_price numeric,
    amount numeric,
    currency_code text,
    invoice_no text,
    invoice_line text,
    contract_no text,
    reported_type text,
    count_kind text,
    reason_code text,
    corrects_on date,
    corrects_line_id bigint,
    reported_unit_quantity numeric,
    transaction_no integer,
    segment_no integer,
    byte_offset bigint,
    reported_vendor_part text,
    reported_gtin text,
    reported_distributor_part text,
    reported_customer_id text,
    reported_customer_name text,
    reported_customer_postcode text,
    reported_customer_country text,
    reported_warehouse text,
    reported_on text,
    reported_quantity text,
    reported_uom text,
    reported_price text,
    reported_amount text,
    reported_currency text,
    purpose text,
    report_no text,
    reported_customer_qualifier text,
    serials text[],
    CONSTRAINT submission_line_pkey PRIMARY KEY (distributor_id, submission_id, line_no),
    CONSTRAINT submission_line_books_as_check CHECK (books_as IN ('sell_through', 'inventory_count', 'inventory_adjustment', 'nothing')),
    CONSTRAINT submission_line_state_check CHECK (line_state IN ('ready', 'refused', 'not_booked', 'unchanged', 'rejudged')),
    CONSTRAINT submission_line_corrects_check CHECK ((corrects_on IS NULL) = (corrects_line_id IS NULL))
);
COMMENT ON TABLE submission_line IS 'One row = a line of a report: as reported and what it was taken for';
COMMENT ON COLUMN submission_line.distributor_id IS 'Who reported';
COMMENT ON COLUMN submission_line.submission_id IS 'The document';
COMMENT ON COLUMN submission_line.line_no IS 'Number of the line in the document, from 1';
COMMENT ON COLUMN submission_line.is_return IS 'Whether goods came back';
COMMENT ON COLUMN submission_line.line_state IS 'ready (booked, once the submission is accepted), refused (see finding), not_booked (nothing to book), unchanged (stands already from an earlier report), or rejudged (was refused, and is a line of a later submission now)';
COMMENT ON COLUMN submission_line.books_as IS 'Fact that it becomes: sell_through, inventory_count, inventory_adjustment or nothing';
COMMENT ON COLUMN submission_line.activity_on IS 'Day of the activity; NULL = could not be read';
COMMENT ON COLUMN submission_line.warehouse_id IS 'Warehouse that it was taken for';
COMMENT ON COLUMN submission_line.product_id IS 'Product that it was taken for; NULL = unknown';
COMMENT ON COLUMN submission_line.reseller_id IS 'Reseller that it was taken for; NULL = unknown';
COMMENT ON COLUMN submission_line.quantity IS 'Signed, in base units; NULL = could not be read or converted';
COMMENT ON COLUMN submission_line.unit_price IS 'Per base unit';
COMMENT ON COLUMN submission_line.amount IS 'Sign of the quantity';
COMMENT ON COLUMN submission_line.currency_code IS 'Currency that it was taken for';
COMMENT ON COLUMN submission_line.invoice_no IS 'Invoice of the distributor';
COMMENT ON COLUMN submission_line.invoice_line IS 'Line of that invoice';
COMMENT ON COLUMN submission_line.contract_no IS 'Special price authorization that it refers to';
COMMENT ON COLUMN submission_line.reported_type IS 'Kind of line as written: PTD01, ZA01 or the column of the file';
COMMENT ON COLUMN submission_line.count_kind IS 'Kind of count, where it becomes one';
COMMENT ON COLUMN submission_line.reason_code IS 'Reason, where it becomes an adjustment';
COMMENT ON COLUMN submission_line.corrects_on IS 'Activity date of the fact that it takes the place of; NULL = none';
COMMENT ON COLUMN submission_line.corrects_line_id IS 'Key of that fact';
COMMENT ON COLUMN submission_line.reported_unit_quantity IS 'Signed, in the reported unit, where that is not the base unit; NULL = as quantity';
COMMENT ON COLUMN submission_line.transaction_no IS 'X12: which transaction set of the document; NULL = CSV';
COMMENT ON COLUMN submission_line.segment_no IS 'X12: which segment of the document; CSV: which line of the file';
COMMENT ON COLUMN submission_line.byte_offset IS 'X12: where that segment begins, in bytes from 0; NULL = CSV';
COMMENT ON COLUMN submission_line.reported_vendor_part IS 'Vendor''s part number as written';
COMMENT ON COLUMN submission_line.reported_gtin IS 'GTIN as written';
COMMENT ON COLUMN submission_line.reported_distributor_part IS 'Distributor''s own number as written';
COMMENT ON COLUMN submission_line.reported_customer_id IS 'Customer number as written';
COMMENT ON COLUMN submission_line.reported_customer_name IS 'Customer name as written';
COMMENT ON COLUMN submission_line.reported_customer_postcode IS 'Postal code as written';
COMMENT ON COLUMN submission_line.reported_customer_country IS 'Country as written';
COMMENT ON COLUMN submission_line.reported_warehouse IS 'Place as written; NULL = none named';
COMMENT ON COLUMN submission_line.reported_on IS 'Date as written';
COMMENT ON COLUMN submission_line.reported_quantity IS 'Quantity as written';
COMMENT ON COLUMN submission_line.reported_uom IS 'Unit as written; NULL = none';
COMMENT ON COLUMN submission_line.reported_price IS 'Unit price as written';
COMMENT ON COLUMN submission_line.reported_amount IS 'Amount as written';
COMMENT ON COLUMN submission_line.reported_currency IS 'Currency as written';
COMMENT ON COLUMN submission_line.purpose IS 'X12 element 353 of its transaction set; NULL = none';
COMMENT ON COLUMN submission_line.report_no IS 'The sender''s number of the report that it stands in (BPT02); NULL = none';
COMMENT ON COLUMN submission_line.reported_customer_qualifier IS 'Kind of the customer number, X12 element 66: 1 DUNS, FI tax number, 91 or 92 the distributor''s own …; NULL = its own';
COMMENT ON COLUMN submission_line.serials IS 'Serial numbers; NULL = none';

CREATE TRIGGER submission_line_proved
    AFTER INSERT ON submission_line
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_submissions();
COMMENT ON TRIGGER submission_line_proved ON submission_line IS 'The submission of every row exists and stays';

CREATE TRIGGER submission_line_stays
    BEFORE UPDATE OF distributor_id, submission_id ON submission_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_document();
COMMENT ON TRIGGER submission_line_stays ON submission_line IS 'A line belongs to its submission for ever';
CREATE INDEX submission_line_report_no_idx ON submission_line (distributor_id, report_no) WHERE report_no IS NOT NULL;
CREATE INDEX submission_line_serials_idx ON submission_line USING gin (serials) WHERE serials IS NOT NULL;

CREATE TABLE finding (
    distributor_id bigint NOT NULL,
    submission_id bigint NOT NULL,
    finding_no bigint GENERATED ALWAYS AS IDENTITY,
    line_no integer,
    transaction_no integer,
    segment_no integer,
    byte_offset bigint,
    severity text NOT NULL,
    level text NOT NULL,
    code text NOT NULL,
    message text NOT NULL,
    value text,
    remedy text,
    CONSTRAINT finding_pkey PRIMARY KEY (distributor_id, submission_id, finding_no),
    CONSTRAINT finding_severity_check CHECK (severity IN ('refuse', 'hold', 'warn'))
);
COMMENT ON TABLE finding IS 'One row = something that is wrong or odd in a report';
COMMENT ON COLUMN finding.distributor_id IS 'Who reported';
COMMENT ON COLUMN finding.submission_id IS 'The document';
COMMENT ON COLUMN finding.finding_no IS 'Key within the document';
COMMENT ON COLUMN finding.line_no IS 'Line that it concerns; NULL = the document or a transaction as a whole';
COMMENT ON COLUMN finding.transaction_no IS 'X12: transaction set of the document; NULL = the document or CSV';
COMMENT ON COLUMN finding.segment_no IS 'X12: segment of the document; CSV: line of the file';
COMMENT ON COLUMN finding.byte_offset IS 'X12: where that segment begins, in bytes from 0';
COMMENT ON COLUMN finding.severity IS 'refuse = what it concerns is not booked, hold = the document waits until somebody releases it, warn = it is booked';
COMMENT ON COLUMN finding.level IS 'file, interchange, group, transaction, segment, element or business';
COMMENT ON COLUMN finding.code IS 'Class of the error, as in doc/reference.md';
COMMENT ON COLUMN finding.message IS 'What is wrong, in words';
COMMENT ON COLUMN finding.value IS 'The text that is wrong, cut to 99 characters';
COMMENT ON COLUMN finding.remedy IS 'What to do';

CREATE TRIGGER finding_proved
    AFTER INSERT ON finding
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION prove_submissions();
COMMENT ON TRIGGER finding_proved ON finding IS 'The submission of every row exists and stays';

CREATE TRIGGER finding_stays
    BEFORE UPDATE OF distributor_id, submission_id ON finding
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_document();
COMMENT ON TRIGGER finding_stays ON finding IS 'A finding belongs to its submission for ever';

CREATE TABLE intake_queue (
    distributor_id bigint NOT NULL,
    accepted bigint NOT NULL DEFAULT 1,
    CONSTRAINT intake_queue_pkey PRIMARY KEY (distributor_id),
    CONSTRAINT intake_queue_distributor_fkey FOREIGN KEY (distributor_id) REFERENCES distributor
);
COMMENT ON TABLE intake_queue IS 'One row = a distributor: acceptances of its submissions queue at this row, so that the second sees what the first booked, or fails with 40001 where its snapshot cannot';
COMMENT ON COLUMN intake_queue.distributor_id IS 'The distributor';
COMMENT ON COLUMN intake_queue.accepted IS 'How many of its submissions were accepted';
