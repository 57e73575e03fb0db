package io.stagepost.samples.shop;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Up to which line the input may be taken in, with {@code --faults}: whoever makes the faults
 * writes it into the table {@code gate}, so that there is input left for all of them, on machines
 * of any speed. Thread-safe.
 */
final class Gate {
  /** Lets all lines in. */
  static final Gate OPEN = new Gate(null);

  private static final long LOOK_MS = 50;

  private final @Nullable DataSource database;
  private volatile long upToLine;

  Gate(@Nullable DataSource database) {
    this.database = database;
  }

  void await(long line) throws SQLException, InterruptedException {
    while (database != null && line > upToLine) {
      upToLine = read(database);
      if (line > upToLine) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MS);
      }
    }
  }

  private static long read(DataSource database) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT up_to_line FROM gate")) {
      return rows.next() ? rows.getLong(1) : 0;
    }
  }
}
