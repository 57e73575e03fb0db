package io.stagepost.benchmarks.service.raw;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * The least that sends what was committed: looks every 100 ms, sends, waits, deletes. A failure
 * ends it.
 */
final class OutboxByHand implements Runnable {
  private static final String TAKE =
      """
      DELETE FROM outbox WHERE id IN
        (SELECT id FROM outbox ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED)
      RETURNING topic, key, body""";

  private final DataSource dataSource;
  private final Producer<byte[], byte[]> producer;
  private final CountDownLatch end;

  OutboxByHand(DataSource dataSource, Producer<byte[], byte[]> producer, CountDownLatch end) {
    this.dataSource = dataSource;
    this.producer = producer;
    this.end = end;
  }

  @Override
  public void run() {
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(false);
      do {
        relay(connection);
      } while (!end.await(100, TimeUnit.MILLISECONDS));
    } catch (SQLException | ExecutionException | InterruptedException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private void relay(Connection connection)
      throws SQLException, ExecutionException, InterruptedException {
    List<Future<?>> sent = new ArrayList<>();
    try (PreparedStatement take = connection.prepareStatement(TAKE);
        ResultSet rows = take.executeQuery()) {
      while (rows.next()) {
        sent.add(
            producer.send(
                new ProducerRecord<>(rows.getString(1), rows.getBytes(2), rows.getBytes(3))));
      }
    }
    for (Future<?> each : sent) {
      each.get();
    }
    connection.commit();
  }
}
