# An application that calls stored functions through psycopg 3: a report is tried,
# handed in, accepted; a price is asked for. Called with where to connect, a
# document, and the name of its file; puts out what came back, a line for each call.
import datetime
import decimal
import sys

import psycopg
import seen
from psycopg.rows import dict_row

dsn, document, file_name = sys.argv[1:]


def call(db, query, **arguments):
    return db.execute(query, arguments).fetchone()


def report(name, row):
    seen.put(name, row['distributor_code'], type(row['submission_id']).__name__, row['submission_state'],
             row['lines_read'], row['lines_ready'], row['lines_refused'], str(row['is_repeat']).lower(),
             len(row['findings_list']) if isinstance(row['findings_list'], list) else row['findings_list'])


with psycopg.connect(dsn, row_factory=dict_row) as db:
    submit = '''SELECT * FROM channel.submit_report(p_document => %(document)s,
        p_distributor_code => %(code)s, p_file_name => %(name)s, p_dry_run => %(dry)s)'''
    report('tried', call(db, submit, document=document, code='GAMMA', name=file_name, dry=True))
    row = call(db, submit, document=document, code='GAMMA', name=file_name, dry=False)
    report('submitted', row)
    report('accepted', call(db, 'SELECT * FROM channel.accept_submission(p_submission_id => %(id)s)',
                            id=row['submission_id']))
    report('again', call(db, submit, document=document, code='GAMMA', name=file_name, dry=False))
    for quantity in '10', '0.333', '99999999999999.999':
        price = call(db, '''SELECT * FROM channel.purchase_price(p_distributor => %(code)s,
            p_product => %(product)s, p_quantity => %(quantity)s, p_on => %(day)s)''',
                     code='ALPHA', product='NW-SW8', quantity=decimal.Decimal(quantity),
                     day=datetime.date(2026, 3, 31))
        seen.put('price', price['unit_price'], price['amount'], price['currency_code'], price['rule_kind'])
