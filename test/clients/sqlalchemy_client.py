# What a program sees through SQLAlchemy and psycopg2, as Superset reflects a schema.
# How it is called and what it puts out: README.md in this folder.
import sys
import warnings

import seen
import sqlalchemy
from sqlalchemy import text

# An unknown type is a warning to SQLAlchemy; to us it is an error.
warnings.simplefilter('error', sqlalchemy.exc.SAWarning)
engine = sqlalchemy.create_engine(sys.argv[1], isolation_level='AUTOCOMMIT')
db = engine.connect()
views = seen.facts(sys.argv[2])


def columns():
    inspector = sqlalchemy.inspect(engine)
    for view in inspector.get_view_names(schema=seen.FACE):
        seen.put('view', view, 'VIEW', inspector.get_table_comment(view, schema=seen.FACE)['text'])
        for c in inspector.get_columns(view, schema=seen.FACE):
            kind = str(c['type']).replace(' ', '')
            seen.put('column', view, c['name'],
                     'TIMESTAMPTZ' if getattr(c['type'], 'timezone', False) else kind, c.get('comment'))


def keys():
    inspector = sqlalchemy.inspect(engine)
    for table in inspector.get_table_names(schema=seen.MODEL):
        primary = inspector.get_pk_constraint(table, schema=seen.MODEL)['constrained_columns']
        if primary:
            seen.put('primary', table, ','.join(primary))
        for k in inspector.get_foreign_keys(table, schema=seen.MODEL):
            seen.put('foreign', table, ','.join(k['constrained_columns']),
                     k['referred_table'], ','.join(k['referred_columns']))


def count(view, column, value):
    query = f'SELECT count(*) FROM {seen.FACE}.{view} WHERE {column} = :v AND {column} LIKE :v'
    return db.execute(text(query), {'v': value}).scalar()


def error():
    try:
        db.execute(text('SELECT * FROM channel.purchase_price(p_distributor => :p_distributor, '
                        'p_product => :p_product, p_quantity => :p_quantity, p_on => :p_on)'), seen.CALL)
        seen.put('error', 'none')
    except sqlalchemy.exc.DBAPIError as e:
        d = e.orig.diag
        seen.put('error', d.sqlstate, d.message_primary, d.message_detail, d.message_hint)


def write():
    for sql in seen.WRITES:
        try:
            db.execute(text(sql))
            seen.put('write', 'done')
        except sqlalchemy.exc.DBAPIError as e:
            seen.put('write', e.orig.pgcode)


seen.run({
    'columns': columns,
    'keys': keys,
    'read': lambda: seen.read(views, lambda query: db.execute(text(query))),
    'filters': lambda: seen.filters(views, count),
    'error': error,
    'write': write,
})
