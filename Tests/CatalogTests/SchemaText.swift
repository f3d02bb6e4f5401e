import TestSupport

/// The areas' schemas as text, from the catalogue, in an order that does not change.
enum SchemaText {
  /// The schemas that are ours, as a list for SQL.
  static let schemas =
    "'service', 'audit', 'access', 'directory', 'initiatives', 'grants', 'conferences', 'exchanges'"

  /// Everything that the migrations and routines have made.
  static func whole(_ service: TestService) async throws -> String {
    var parts: [String] = []
    for (title, query) in sections {
      let rows = try await service.sql(query)
      parts.append(
        "== \(title)\n" + rows.map { $0.map { $0 ?? "" }.joined() }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private static let sections: [(String, String)] = [
    ("tables and views", tables), ("columns", columns), ("constraints", constraints),
    ("indexes", indexes), ("triggers", triggers), ("functions", functions),
    ("policies", policies), ("transitions", transitions),
  ]

  private static let tables = """
    SELECT concat_ws(' ', n.nspname || '.' || c.relname,
      CASE c.relkind WHEN 'v' THEN 'view' WHEN 'r' THEN 'table' ELSE c.relkind::text END,
      array_to_string(c.reloptions, ' '))
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(schemas)) AND c.relkind IN ('r', 'v', 'm', 'p')
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
    """

  private static let columns = """
    SELECT concat_ws(' ', n.nspname || '.' || c.relname || '.' || a.attname,
      format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'not null' END,
      CASE a.attidentity WHEN 'a' THEN 'identity' WHEN 'd' THEN 'identity by default' END,
      CASE WHEN a.attgenerated = 's' THEN 'generated' WHEN d.adbin IS NOT NULL THEN 'default' END,
      pg_get_expr(d.adbin, d.adrelid))
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE n.nspname IN (\(schemas)) AND c.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0
      AND NOT a.attisdropped
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", a.attnum
    """

  private static let constraints = """
    SELECT concat_ws(' ', n.nspname || '.' || c.relname, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(schemas)) AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", k.conname COLLATE "C"
    """

  private static let indexes = """
    SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(schemas))
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", x.relname COLLATE "C"
    """

  private static let triggers = """
    SELECT pg_get_triggerdef(t.oid)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(schemas)) AND NOT t.tgisinternal
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", t.tgname COLLATE "C"
    """

  private static let functions = """
    SELECT concat_ws(' ', n.nspname || '.' || p.proname
      || '(' || pg_get_function_identity_arguments(p.oid) || ')',
      'returns', pg_get_function_result(p.oid),
      CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
      CASE WHEN p.prosecdef THEN 'security definer' END, array_to_string(p.proconfig, ' '))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN (\(schemas))
    ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C",
      pg_get_function_identity_arguments(p.oid) COLLATE "C"
    """

  private static let policies = """
    SELECT concat_ws(' ', n.nspname || '.' || c.relname, p.polname,
      CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
        WHEN 'd' THEN 'delete' ELSE 'all' END,
      'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
      'check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
    FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN (\(schemas))
    ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C", p.polname COLLATE "C"
    """

  private static let transitions = """
    SELECT noun || ' ' || from_state || '>' || to_state FROM service.transition
    ORDER BY noun COLLATE "C", from_state COLLATE "C", to_state COLLATE "C"
    """
}
