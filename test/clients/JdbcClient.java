// What a program sees through pgjdbc, the driver of Tableau, Looker, Metabase and
// DBeaver. How it is called and what it puts out: README.md in this folder.

import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.JDBCType;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.postgresql.util.PSQLException;

public class JdbcClient {
    static final String FACE = "channel_bi";
    static final String MODEL = "channel";

    record Fact(String view, String column, String type, boolean groups, String sample) {}

    static Connection db;
    static final Map<String, List<Fact>> views = new LinkedHashMap<>();

    public static void main(String[] args) throws Exception {
        for (String line : Files.readAllLines(Path.of(args[1]))) {
            String[] f = line.split("\t", -1);
            views.computeIfAbsent(f[0], v -> new ArrayList<>())
                .add(new Fact(f[0], f[1], f[2], f[3].equals("t"), f[4]));
        }
        try (Connection connection = DriverManager.getConnection(args[0])) {
            db = connection;
            for (int i = 2; i < args.length; i++) {
                switch (args[i]) {
                    case "columns" -> columns();
                    case "keys" -> keys();
                    case "read" -> read();
                    case "filters" -> filters();
                    case "error" -> fail("SELECT * FROM channel.purchase_price("
                        + "p_distributor => ?, p_product => ?, p_quantity => ?, p_on => ?)");
                    case "write" -> write();
                    default -> throw new IllegalArgumentException(args[i]);
                }
            }
        }
    }

    static void put(Object... fields) {
        StringBuilder line = new StringBuilder();
        for (Object field : fields) {
            if (line.length() > 0) {
                line.append('\t');
            }
            line.append(field == null ? "\\N" : field.toString());
        }
        System.out.println(line);
    }

    static String word(int type, int precision, int scale) {
        String name = type == 2001 || type == 2003 || type == 1111
            ? "unknown " + type : JDBCType.valueOf(type).getName();
        return type == java.sql.Types.NUMERIC ? name + "(" + precision + "," + scale + ")" : name;
    }

    // The list of columns, as a tool asks for it, and what the driver says of a
    // result without rows, which is how Tableau looks at a view.
    static void columns() throws SQLException {
        DatabaseMetaData meta = db.getMetaData();
        try (ResultSet r = meta.getTables(null, FACE, "%", null)) {
            while (r.next()) {
                put("view", r.getString("TABLE_NAME"), r.getString("TABLE_TYPE"), r.getString("REMARKS"));
            }
        }
        try (ResultSet r = meta.getColumns(null, FACE, "%", "%")) {
            while (r.next()) {
                put("column", r.getString("TABLE_NAME"), r.getString("COLUMN_NAME"),
                    word(r.getInt("DATA_TYPE"), r.getInt("COLUMN_SIZE"), r.getInt("DECIMAL_DIGITS")),
                    r.getString("REMARKS"));
            }
        }
        for (String view : views.keySet()) {
            try (Statement s = db.createStatement();
                ResultSet r = s.executeQuery("SELECT * FROM " + FACE + "." + view + " WHERE 1 = 0")) {
                ResultSetMetaData m = r.getMetaData();
                for (int i = 1; i <= m.getColumnCount(); i++) {
                    put("result", view, m.getColumnName(i),
                        word(m.getColumnType(i), m.getPrecision(i), m.getScale(i)));
                }
            }
        }
    }

    // Primary and foreign keys of every table of the model; one line a key.
    static void keys() throws SQLException {
        DatabaseMetaData meta = db.getMetaData();
        List<String> tables = new ArrayList<>();
        try (ResultSet r = meta.getTables(null, MODEL, "%", new String[] {"TABLE", "PARTITIONED TABLE"})) {
            while (r.next()) {
                tables.add(r.getString("TABLE_NAME"));
            }
        }
        for (String table : tables) {
            Map<Short, String> primary = new TreeMap<>();
            try (ResultSet r = meta.getPrimaryKeys(null, MODEL, table)) {
                while (r.next()) {
                    primary.put(r.getShort("KEY_SEQ"), r.getString("COLUMN_NAME"));
                }
            }
            if (!primary.isEmpty()) {
                put("primary", table, String.join(",", primary.values()));
            }
            Map<String, List<String>> from = new LinkedHashMap<>();
            Map<String, List<String>> to = new LinkedHashMap<>();
            Map<String, String> target = new LinkedHashMap<>();
            try (ResultSet r = meta.getImportedKeys(null, MODEL, table)) {
                while (r.next()) {
                    String name = r.getString("FK_NAME");
                    from.computeIfAbsent(name, n -> new ArrayList<>()).add(r.getString("FKCOLUMN_NAME"));
                    to.computeIfAbsent(name, n -> new ArrayList<>()).add(r.getString("PKCOLUMN_NAME"));
                    target.put(name, r.getString("PKTABLE_NAME"));
                }
            }
            for (String name : target.keySet()) {
                put("foreign", table, String.join(",", from.get(name)),
                    target.get(name), String.join(",", to.get(name)));
            }
        }
    }

    // What one column adds up to in one group: how many values, and their sum.
    static class Sum {
        long count;
        BigDecimal sum = BigDecimal.ZERO;

        void add(BigDecimal value) {
            count++;
            sum = sum.add(value);
        }
    }

    // Every value of every view, as the driver makes it an object of Java.
    static void read() throws SQLException {
        for (Map.Entry<String, List<Fact>> view : views.entrySet()) {
            Map<String, Map<String, Sum>> groups = new TreeMap<>();
            long rows = 0;
            try (Statement s = db.createStatement();
                ResultSet r = s.executeQuery("SELECT * FROM " + FACE + "." + view.getKey())) {
                while (r.next()) {
                    rows++;
                    String group = "-";
                    for (Fact f : view.getValue()) {
                        if (f.groups && r.getDate(f.column) != null) {
                            group = r.getDate(f.column).toString().substring(0, 7);
                        }
                    }
                    Map<String, Sum> sums = groups.computeIfAbsent(group, g -> new TreeMap<>());
                    for (Fact f : view.getValue()) {
                        Sum sum = sums.computeIfAbsent(f.column, c -> new Sum());
                        BigDecimal value = value(r, f);
                        if (value != null) {
                            sum.add(value);
                        }
                    }
                }
            }
            put("rows", view.getKey(), rows);
            groups.forEach((group, sums) -> sums.forEach((column, sum) ->
                put("read", view.getKey(), group, column, sum.count, sum.sum.toPlainString())));
        }
    }

    // A number that stands for the value: itself, the length of a text, the day of
    // a date, the second of a timestamp.
    static BigDecimal value(ResultSet r, Fact f) throws SQLException {
        Object o = switch (f.type) {
            case "date" -> r.getDate(f.column);
            case "timestamp with time zone" -> r.getTimestamp(f.column);
            default -> r.getObject(f.column);
        };
        if (o == null) {
            return null;
        } else if (o instanceof BigDecimal n) {
            return n;
        } else if (o instanceof Integer || o instanceof Long) {
            return BigDecimal.valueOf(((Number) o).longValue());
        } else if (o instanceof Boolean b) {
            return b ? BigDecimal.ONE : BigDecimal.ZERO;
        } else if (o instanceof String t) {
            return BigDecimal.valueOf(t.codePointCount(0, t.length()));
        } else if (o instanceof java.sql.Date d) {
            return BigDecimal.valueOf(d.toLocalDate().toEpochDay());
        } else if (o instanceof java.sql.Timestamp t) {
            return BigDecimal.valueOf(t.toInstant().getEpochSecond());
        }
        throw new SQLException(f.view + "." + f.column + " is a " + o.getClass());
    }

    // A filter on each text column, bound the way a report designer binds it.
    static void filters() throws SQLException {
        for (List<Fact> columns : views.values()) {
            for (Fact f : columns) {
                if (!f.type.equals("text")) {
                    continue;
                }
                try (PreparedStatement s = db.prepareStatement("SELECT count(*) FROM " + FACE + "." + f.view
                    + " WHERE " + f.column + " = ? AND " + f.column + " LIKE ?")) {
                    s.setString(1, f.sample);
                    s.setString(2, f.sample);
                    try (ResultSet r = s.executeQuery()) {
                        r.next();
                        put("filter", f.view, f.column, r.getLong(1));
                    }
                }
            }
        }
    }

    static void fail(String call) throws SQLException {
        try (PreparedStatement s = db.prepareStatement(call)) {
            s.setString(1, "ALPHA");
            s.setString(2, "no such product");
            s.setBigDecimal(3, new BigDecimal("1.5"));
            s.setDate(4, java.sql.Date.valueOf("2026-03-31"));
            s.executeQuery();
            put("error", "none");
        } catch (PSQLException e) {
            var m = e.getServerErrorMessage();
            put("error", m.getSQLState(), m.getMessage(), m.getDetail(), m.getHint());
        }
    }

    static void write() throws SQLException {
        for (String sql : new String[] {"UPDATE channel_bi.dim_product SET product_name = ''",
            "INSERT INTO channel.product DEFAULT VALUES", "DELETE FROM channel.sell_in",
            "CREATE TABLE public.mine (product_id bigint REFERENCES channel.product)"}) {
            try (Statement s = db.createStatement()) {
                s.executeUpdate(sql);
                put("write", "done");
            } catch (PSQLException e) {
                put("write", e.getSQLState());
            }
        }
    }
}
