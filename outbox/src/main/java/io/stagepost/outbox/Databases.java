package io.stagepost.outbox;

import io.stagepost.MessagingException;
import io.stagepost.outbox.store.OutboxStore;
import io.stagepost.outbox.store.PostgresStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** Which store belongs to which database, by its product's name. */
final class Databases {
  private static final Map<String, OutboxStore.Factory> STORES =
      Map.of("PostgreSQL", PostgresStore::new);

  private Databases() {}

  /** The factory of a connection's database. */
  static OutboxStore.Factory of(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    OutboxStore.Factory factory = STORES.get(product);
    if (factory == null) {
      throw new MessagingException(
          "SP-OUTBOX-027",
          "The database is "
              + product
              + ", and there is no outbox for it here, only for "
              + String.join(", ", STORES.keySet().stream().sorted().toList())
              + "; give one of your own to Outbox.builder(...).store(...).");
    }
    return factory;
  }
}
