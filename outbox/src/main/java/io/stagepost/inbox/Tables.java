package io.stagepost.inbox;

import io.stagepost.MessagingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The names of the tables, all from one. Immutable.
 *
 * @param entries the table of events, perhaps with its schema
 */
record Tables(String entries) {
  /** As the shipped DDL has it. */
  static final String DEFAULT = "stagepost_inbox";

  /** Unquoted in any database, and short enough to have a day and an index name behind it. */
  private static final Pattern NAME =
      Pattern.compile("([a-z_][a-z0-9_]{0,39}\\.)?[a-z_][a-z0-9_]{0,39}");

  Tables {
    check(entries);
  }

  static void check(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new MessagingException(
          "SP-INBOX-017",
          "The table name '"
              + name
              + "' does not match "
              + NAME
              + ": give one of lower-case letters, digits and underscores, at most 40, perhaps with"
              + " a schema before it.");
    }
  }

  String keys() {
    return entries + "_key";
  }

  String mark() {
    return entries + "_mark";
  }

  /** SQL with these names in it instead of the shipped ones. */
  String in(String sql) {
    return sql.replace(DEFAULT, entries);
  }

  /** A shipped DDL script with these names; in an index's name no schema is allowed. */
  String ddl(String resource) {
    String plain = entries.substring(entries.indexOf('.') + 1);
    return script(resource)
        .replaceAll("(index if not exists|  key) " + DEFAULT, "$1 " + plain)
        .replace(DEFAULT, entries);
  }

  static String script(String resource) {
    try (InputStream in = Tables.class.getResourceAsStream(resource)) {
      return new String(
          Objects.requireNonNull(in, resource).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
