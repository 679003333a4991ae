-- One round of intake.sql, for one distributor.
INSERT INTO submission (distributor_id, report_kind, document_format, document)
VALUES (:distributor, 'sell_through', 'csv', convert_to('base ' || :'distributor', 'UTF8'))
RETURNING submission_id AS base_submission \gset
SELECT format($$COPY (SELECT %1$s, d, 3 * (%1$s - 1) + w, p, r, CASE WHEN q < 0 THEN 'RU' ELSE 'SS' END, 'I' || n / 5, n %% 5 + 1,
    q, 10 + p %% 90, q * (10 + p %% 90), 'EUR', %2$s, n FROM line ORDER BY n) TO '%3$s/typed'$$, :distributor, :base_submission, :'work') \gexec
SELECT format($$COPY (SELECT 'I' || n / 5, n %% 5 + 1, d, 'P' || p, q, 10 + p %% 90, q * (10 + p %% 90), 'EUR', 'C' || r, 'W' || w,
    CASE WHEN q < 0 THEN 'RU' ELSE 'SS' END FROM line ORDER BY n) TO '%s/text'$$, :'work') \gexec

DROP TABLE IF EXISTS base;
CREATE TABLE base (LIKE sell_through INCLUDING ALL);
CHECKPOINT;
SELECT pg_temp.start() \g /dev/null
SELECT format($$COPY base (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, invoice_no, invoice_line,
    quantity, unit_price, amount, currency_code, submission_id, submission_line_no) FROM '%s/typed'$$, :'work') \gexec
SELECT pg_temp.stop('lean') \g /dev/null
TRUNCATE base;
ALTER TABLE base
    ADD FOREIGN KEY (distributor_id) REFERENCES distributor,
    ADD FOREIGN KEY (distributor_id, warehouse_id) REFERENCES warehouse,
    ADD FOREIGN KEY (product_id) REFERENCES product,
    ADD FOREIGN KEY (reseller_id) REFERENCES reseller,
    ADD FOREIGN KEY (end_customer_id) REFERENCES end_customer,
    ADD FOREIGN KEY (currency_code) REFERENCES currency,
    ADD FOREIGN KEY (distributor_id, submission_id) REFERENCES submission,
    ADD FOREIGN KEY (distributor_id, corrects_sold_on, corrects_line_id) REFERENCES base;
CHECKPOINT;
SELECT pg_temp.start() \g /dev/null
SELECT format($$COPY base (distributor_id, sold_on, warehouse_id, product_id, reseller_id, transfer_type, invoice_no, invoice_line,
    quantity, unit_price, amount, currency_code, submission_id, submission_line_no) FROM '%s/typed'$$, :'work') \gexec
SELECT pg_temp.stop('base') \g /dev/null
DROP TABLE base;

CHECKPOINT;
SELECT pg_temp.start() \g /dev/null
SELECT format($$COPY sell_through_staging (invoice_no, invoice_line, sold_on, vendor_part, quantity, unit_price, amount, currency_code,
    customer_id, warehouse, transaction_type) FROM '%s/text'$$, :'work') \gexec
SELECT pg_temp.stop('1 stage') \g /dev/null
SELECT pg_temp.start() \g /dev/null
SELECT submission_id, lines_ready, findings FROM submit_staged('D' || :'distributor') \gset
SELECT pg_temp.stop('2 submit') \g /dev/null
SELECT pg_temp.start() \g /dev/null
SELECT FROM accept_submission(:submission_id) \g /dev/null
SELECT pg_temp.stop('3 accept') \g /dev/null
\echo distributor :distributor: :lines_ready lines ready, :findings findings
