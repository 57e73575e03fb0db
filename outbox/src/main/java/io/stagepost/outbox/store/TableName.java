package io.stagepost.outbox.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.MessagingException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What an outbox's tables are called. SQL is written with the default name, from which the names of
 * all tables and sequences begin; {@link #in} puts the outbox's own in its place.
 */
final class TableName {
  private static final String DEFAULT = "stagepost_outbox";
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z_][A-Za-z0-9_]{0,62}\\.)?[A-Za-z_][A-Za-z0-9_]{0,39}");

  private final String name;

  TableName(String name) {
    if (!FORM.matcher(name).matches()) {
      throw new MessagingException(
          "SP-OUTBOX-025",
          "table(\""
              + name
              + "\") is no name for an outbox; it may have letters, digits and underscores, 40 at"
              + " most, after a schema and a dot if need be.");
    }
    this.name = name;
  }

  /** The SQL with this name in place of the default one. */
  String in(String sql) {
    return name.equals(DEFAULT) ? sql : sql.replace(DEFAULT, name);
  }

  /** Without its schema. */
  String local() {
    return name.substring(name.indexOf('.') + 1);
  }

  /** The DDL of a database, with this name. */
  String ddl(String resource) {
    try (InputStream in = TableName.class.getResourceAsStream("/io/stagepost/outbox/" + resource)) {
      return in(new String(Objects.requireNonNull(in, resource).readAllBytes(), UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
