-- Every SQLSTATE of our own that the sources raise (:raised) is explained in
-- error_code, and nothing else is.
SELECT coalesce(code || ': in error_code, never raised', raised || ': raised, not in error_code')
FROM regexp_split_to_table(nullif(:'raised', ''), ' ') AS raised
FULL JOIN :"model".error_code ON code = raised
WHERE code IS NULL OR raised IS NULL
ORDER BY 1;
