# What a program sees through psqlODBC, the driver of Excel, Access, Power Query.
# How it is called and what it puts out: README.md in this folder.
import re
import sys

import pyodbc
import seen

pyodbc.pooling = False
db = pyodbc.connect(sys.argv[1], autocommit=True)
views = seen.facts(sys.argv[2])

WORDS = {getattr(pyodbc, name): name[4:] for name in (
    'SQL_VARCHAR', 'SQL_LONGVARCHAR', 'SQL_WVARCHAR', 'SQL_WLONGVARCHAR', 'SQL_BIT',
    'SQL_INTEGER', 'SQL_BIGINT', 'SQL_NUMERIC', 'SQL_DECIMAL', 'SQL_DOUBLE',
    'SQL_TYPE_DATE', 'SQL_TYPE_TIMESTAMP')}


def word(kind, size, digits):
    name = WORDS.get(kind, f'unknown {kind}')
    if name == 'NUMERIC':
        return f'{name}({size},{digits})'
    return f'{name}({size})' if 'CHAR' in name else name


def columns():
    """The list of columns. psqlODBC knows no comments."""
    for t in db.cursor().tables(schema=seen.FACE).fetchall():
        seen.put('view', t.table_name, t.table_type, t.remarks or None)
    for view in views:
        for c in db.cursor().columns(schema=seen.FACE, table=view).fetchall():
            seen.put('column', c.table_name, c.column_name,
                     word(c.data_type, c.column_size, c.decimal_digits), c.remarks or None)


def keys():
    cursor = db.cursor()
    for table in [t.table_name for t in cursor.tables(schema=seen.MODEL, tableType='TABLE').fetchall()]:
        primary = [k.column_name for k in cursor.primaryKeys(table, schema=seen.MODEL).fetchall()]
        if primary:
            seen.put('primary', table, ','.join(primary))
        foreign = {}
        for k in cursor.foreignKeys(foreignTable=table, foreignSchema=seen.MODEL).fetchall():
            foreign.setdefault((k.fk_name, k.pktable_name), []).append((k.fkcolumn_name, k.pkcolumn_name))
        for (_, target), pairs in foreign.items():
            seen.put('foreign', table, ','.join(p[0] for p in pairs), target, ','.join(p[1] for p in pairs))


def count(view, column, value):
    query = f'SELECT count(*) FROM {seen.FACE}.{view} WHERE {column} = ? AND {column} LIKE ?'
    return db.execute(query, value, value).fetchval()


def error():
    """ODBC gives one text; message and DETAIL are in it, HINT is lost."""
    try:
        db.execute('SELECT * FROM channel.purchase_price(p_distributor => ?, p_product => ?, p_quantity => ?, p_on => ?)',
                   *seen.CALL.values())
        seen.put('error', 'none')
    except pyodbc.Error as e:
        text = re.sub(r'^\[\w+\] ', '', e.args[1])
        found = re.search(r'ERROR: (.*?)(?:\n|;)\s*(?:DETAIL: (.*?))?(?:\nHINT: (.*))?;?\s*\n?(?:Error while|\()', text, re.S)
        seen.put('error', e.args[0], *(found.groups() if found else (text.encode(),)))


def write():
    for sql in seen.WRITES:
        try:
            db.execute(sql)
            seen.put('write', 'done')
        except pyodbc.Error as e:
            seen.put('write', e.args[0])


seen.run({
    'columns': columns,
    'keys': keys,
    'read': lambda: seen.read(views, db.execute),
    'filters': lambda: seen.filters(views, count),
    'error': error,
    'write': write,
})
