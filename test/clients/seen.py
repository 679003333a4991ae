# What the clients in Python have in common: the facts they are given, the lines
# they put out, and the arithmetic of "read". README.md tells the form.
import datetime
import decimal
import sys

FACE = 'channel_bi'
MODEL = 'channel'
CALL = dict(p_distributor='ALPHA', p_product='no such product',
            p_quantity=decimal.Decimal('1.5'), p_on=datetime.date(2026, 3, 31))
WRITES = ("UPDATE channel_bi.dim_product SET product_name = ''",
          'INSERT INTO channel.product DEFAULT VALUES',
          'DELETE FROM channel.sell_in',
          'CREATE TABLE public.mine (product_id bigint REFERENCES channel.product)')
DAY0 = datetime.date(1970, 1, 1)
SECOND0 = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def put(*fields):
    print('\t'.join('\\N' if f is None else str(f) for f in fields))


def facts(path):
    """{view: [(column, type, is it what "read" groups by, a value to look for)]}"""
    views = {}
    with open(path, encoding='utf-8') as lines:
        for line in lines:
            view, column, kind, groups, sample = line.rstrip('\n').split('\t')
            views.setdefault(view, []).append((column, kind, groups == 't', sample))
    return views


def number(value):
    """What stands for a value: itself, the length of a text, the day of a date, the
    second of a timestamp."""
    if isinstance(value, (bool, int, decimal.Decimal)):
        return +value
    if isinstance(value, str):
        return len(value)
    if isinstance(value, datetime.datetime):
        # ODBC has no time zones: what comes is in that of the session, UTC here.
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
        return (aware - SECOND0) // datetime.timedelta(seconds=1)
    if isinstance(value, datetime.date):
        return (value - DAY0).days
    raise TypeError(f'{value!r} is a {type(value)}')


def read(views, rows_of):
    """Every value of every view; rows_of(query) gives its rows."""
    decimal.getcontext().prec = 60
    for view, columns in views.items():
        groups = {}
        rows = 0
        by = next((i for i, c in enumerate(columns) if c[2]), None)
        for row in rows_of(f'SELECT * FROM {FACE}.{view}'):
            rows += 1
            group = '-' if by is None or row[by] is None else row[by].strftime('%Y-%m')
            sums = groups.setdefault(group, [[0, 0] for _ in columns])
            for total, value in zip(sums, row, strict=True):
                if value is not None:
                    total[0] += 1
                    total[1] += number(value)
        put('rows', view, rows)
        for group, sums in groups.items():
            for (column, *_), (count, total) in zip(columns, sums):
                put('read', view, group, column, count, format(total, 'f') if isinstance(total, decimal.Decimal) else total)


def filters(views, count_of):
    """A filter on each text column; count_of(view, column, value) gives its count."""
    for view, columns in views.items():
        for column, kind, _, sample in columns:
            if kind == 'text':
                put('filter', view, column, count_of(view, column, sample))


def run(commands):
    """Does what the command line asks for; commands: {name: function}."""
    for name in sys.argv[3:]:
        commands[name]()
