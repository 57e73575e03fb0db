package io.stagepost.outbox.relay;

import com.zaxxer.hikari.HikariDataSource;
import io.stagepost.Messaging;
import io.stagepost.outbox.Outbox;
import java.util.function.Function;
import picocli.CommandLine.Mixin;

/** Which outbox, as the services that publish have set it up. */
final class OutboxOptions {
  @Mixin private DatabaseOptions database = new DatabaseOptions();

  @Mixin private TableOptions tables = new TableOptions();

  /** For picocli. */
  OutboxOptions() {}

  /** Connects to the database. */
  HikariDataSource open() {
    return database.open();
  }

  /** The outbox in a database. */
  Outbox in(HikariDataSource dataSource, Messaging messaging) {
    return Outbox.builder(messaging, dataSource)
        .table(tables.table())
        .shards(tables.shards())
        .build();
  }

  /** Does something with the outbox, without a broker. */
  <R> R with(Function<Outbox, R> work) {
    try (HikariDataSource dataSource = open();
        Messaging messaging = Messaging.over(new NoBroker())) {
      return work.apply(in(dataSource, messaging));
    }
  }
}
